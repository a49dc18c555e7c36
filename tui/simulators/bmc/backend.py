"""The ETL backend: the ETLs of one installation, their statuses as text, and what is done to them."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from tui.simulators.bmc.answers import Refused, write
from tui.simulators.bmc.etl import Etl, EtlSpec, Look, RunConfiguration
from tui.simulators.bmc.service import ServiceEtl
from tui.simulators.bmc.vocabulary import ERROR, NO_REQUEST, OK, NeverRun

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Mapping

    from tui.core.clock import Clock
    from tui.simulators.bmc.vocabulary import Behaviour

_FIRST_REQUEST = 21_359
_ROWS_A_PIECE = 100


Life = Etl | ServiceEtl
"""What an ETL is and what can be done to it."""


class Backend:
    """What the installation knows.

    Args:
        clock: Its time.
        behaviour: What no page tells.
        specs: Its ETLs.
    """

    def __init__(self, clock: Clock, behaviour: Behaviour, specs: Iterable[EtlSpec]) -> None:
        self.behaviour = behaviour
        self.night = clock.now()
        """When the simulation began."""
        self.runs_started: Counter[str] = Counter()
        """Runs that a request made, by `etl_id`; those of a schedule are not among them."""
        self.said: dict[str, tuple[int, str]] = {}
        """Code and body of the statuses that a test has written itself, by `etl_id`."""
        self._clock = clock
        self._specs = {spec.id: spec for spec in specs}
        # Made when they are first asked for: most of many thousands never are.
        self._lives: dict[str, Life] = {}
        self._rows: dict[str, str] = {}
        self._next_request = _FIRST_REQUEST

    def etl(self, etl_id: str) -> Life:
        """An ETL by its id."""
        life = self._lives.get(etl_id)
        if life is not None:
            return life
        spec = self._specs.get(etl_id)
        if spec is None:
            raise Refused(400, "ETL not found")
        life = ServiceEtl(spec, self.night) if spec.is_service else Etl(spec, self.night)
        self._lives[etl_id] = life
        return life

    def add(self, spec: EtlSpec) -> None:
        """Let there be one more ETL, or a changed one in the place of the one with its id."""
        self._forget(spec.id)
        self._specs[spec.id] = spec

    def remove(self, etl_id: str) -> None:
        """Let an ETL be gone."""
        self._forget(etl_id)
        del self._specs[etl_id]

    def set_outcome(self, etl_id: str, exit_code: str, duration_s: float | None) -> None:
        """Say how the runs of an ETL end that are asked for from now on."""
        etl = self.etl(etl_id)
        seconds = etl.spec.duration_s if duration_s is None else duration_s
        etl.spec = replace(etl.spec, exit_code=exit_code, duration_s=seconds)

    async def rows(self) -> AsyncIterator[bytes]:
        """All ETLs as a JSON array, so many at a time."""
        specs = list(self._specs.values())
        before = "["
        for first in range(0, len(specs), _ROWS_A_PIECE):
            some = specs[first : first + _ROWS_A_PIECE]
            yield (before + ",".join(self._row(spec) for spec in some)).encode()
            before = ","
            # Thousands of rows take a while: whoever shares the loop gets a turn in between.
            await asyncio.sleep(0)
        yield b"[]" if before == "[" else b"]"

    def status(self, etl_id: str) -> tuple[int, str]:
        """The code and the body of an ETL's status."""
        etl = self.etl(etl_id)
        if etl_id in self.said:
            return self.said[etl_id]
        spec, look = etl.spec, etl.look(self._clock.now())
        members: dict[str, object] = {"status": look.status, "task_id": int(spec.task_id or spec.id)}
        if look.status is None:
            manner = spec.never_run or self.behaviour.never_run
            if manner is NeverRun.NO_CONTENT:
                return 204, ""
            if manner is NeverRun.MISSING:
                del members["status"]
            elif manner is NeverRun.EMPTY:
                members["status"] = ""
        for name, value in (("exit_code", self._exit_code(look)), ("last_exec_ts", self._last_exec(look))):
            if value or self.behaviour.writes_nulls:
                members[name] = value or None
        return 200, write(members)

    def run(self, etl_id: str, properties: Mapping[str, object]) -> Mapping[str, object]:
        """Run an ETL now, or switch a service on."""
        etl, lag_s = self.etl(etl_id), self.behaviour.lag_s
        is_accepted = etl.spec.accepts_runs and etl.run(self._clock.now(), lag_s, properties)
        if is_accepted:
            self.runs_started[etl_id] += 1
        return self._answer(etl, is_accepted=is_accepted)

    def schedule(self, etl_id: str) -> Mapping[str, object]:
        """Put an ETL on its schedule."""
        etl = self.etl(etl_id)
        return self._answer(etl, is_accepted=etl.schedule(self._clock.now(), self.behaviour.lag_s))

    def stop(self, etl_id: str) -> Mapping[str, object]:
        """Tell an ETL to stop."""
        etl, unschedules = self.etl(etl_id), self.behaviour.stop_unschedules
        return self._answer(etl, is_accepted=etl.stop(self._clock.now(), unschedules=unschedules))

    def kill(self, etl_id: str) -> Mapping[str, object]:
        """End an ETL's run at once."""
        etl = self.etl(etl_id)
        return self._answer(etl, is_accepted=etl.kill(self._clock.now()))

    def _answer(self, etl: Life, *, is_accepted: bool) -> Mapping[str, object]:
        request_id = NO_REQUEST
        if is_accepted and not etl.spec.is_service:
            request_id = self._next_request
            self._next_request += 1
        return {"task_execution_request_id": request_id, "request_status": OK if is_accepted else ERROR}

    def _exit_code(self, look: Look) -> str:
        if look.ended is None:
            return ""
        if look.ended.is_aborted:
            return self.behaviour.aborted_exit
        return self.behaviour.exit_words.get(look.ended.exit_code, look.ended.exit_code)

    def _last_exec(self, look: Look) -> str:
        moment = look.since if self.behaviour.service_has_last_exec else None
        newest = look.active or look.ended
        if self.behaviour.last_exec_is_end:
            moment = look.ended.ended_at if look.ended else moment
        elif newest is not None:
            moment = newest.started_at
        return f"{moment:%Y-%m-%dT%H:%M:%SZ}" if moment else ""

    def _row(self, spec: EtlSpec) -> str:
        row = self._rows.get(spec.id)
        if row is None:
            row = self._rows[spec.id] = write(
                {
                    "name": spec.name,
                    "etl_id": int(spec.id),
                    "run_configurations": [_configuration(one) for one in _configurations(spec)],
                }
            )
        return row

    def _forget(self, etl_id: str) -> None:
        self._lives.pop(etl_id, None)
        self._rows.pop(etl_id, None)


def _configurations(spec: EtlSpec) -> Iterable[RunConfiguration]:
    return spec.configurations or (RunConfiguration(int(spec.id) + 100_000),)


def _configuration(one: RunConfiguration) -> Mapping[str, object]:
    return {"name": one.name, "active": one.active, "run_configuration_id": one.id}

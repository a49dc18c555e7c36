"""An ETL that is a service: it's on or off, never ends by itself and has no exit code."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from tui.simulators.bmc.etl import Look
from tui.simulators.bmc.vocabulary import SERVICE_OFF, SERVICE_ON

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tui.simulators.bmc.etl import EtlRun, EtlSpec


class ServiceEtl:
    """A service with what has been done to it.

    Args:
        spec: What it is.
        night: When the simulation began.
    """

    def __init__(self, spec: EtlSpec, night: datetime) -> None:
        self.spec = spec
        self.asked: list[EtlRun] = []
        """None: what a service does isn't cut into runs."""
        self._turns: list[tuple[datetime, str]] = []
        if spec.service_status is not None:
            self._turns.append((spec.service_since or night, spec.service_status))

    def look(self, now: datetime) -> Look:
        """How it stands."""
        for moment, status in reversed(self._turns):
            if moment <= now:
                return Look(status, since=moment)
        return Look(None)

    def run(self, now: datetime, lag_s: float, _properties: Mapping[str, object]) -> bool:
        """Switch it on; False when it's on."""
        return self._turn(now, lag_s, SERVICE_ON)

    def schedule(self, _now: datetime, _lag_s: float) -> bool:
        """Refuse: a service runs all the time, and nothing about it can be scheduled."""
        return False

    def stop(self, now: datetime, *, unschedules: bool) -> bool:  # noqa: ARG002 - it has no schedule
        """Switch it off; False when it isn't on."""
        if not self._is_on():
            return False
        return self.spec.ignores_stop or self._turn(now, self.spec.stop_s, SERVICE_OFF)

    def kill(self, now: datetime) -> bool:
        """Switch it off at once; False when it isn't on."""
        return self._is_on() and self._turn(now, 0.0, SERVICE_OFF)

    def _is_on(self) -> bool:
        """Whether it is on, or will be when what was asked of it is done."""
        return bool(self._turns) and self._turns[-1][1] == SERVICE_ON

    def _turn(self, now: datetime, after_s: float, status: str) -> bool:
        if self._turns and self._turns[-1][1] == status:
            return False
        self._turns.append((now + timedelta(seconds=after_s), status))
        return True

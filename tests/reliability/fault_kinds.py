"""The faults of the matrix: how each begins, and how it ends."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import trustme

from tests.support.faults import Fault

if TYPE_CHECKING:
    from tests.adapters.http_harness import HttpHarness
    from tests.reliability.named_servers import NamedServer

HOURS_3 = 3 * 3600.0
"""How far the clock jumps."""

NEW_JOBS = 6
"""Jobs that a system has after it was set up anew; none of them has the id of one that it had."""

ASKED_PAUSE_S = 6
"""Seconds for which a busy system asks to be left alone."""


@dataclass
class Patient:
    """One system that is to suffer."""

    harness: HttpHarness
    """What it is, and the clock of nightdeck."""
    server: NamedServer
    """Where it is."""
    unknown_names: set[str]
    """Names that nobody can look up."""
    authority: trustme.CA
    """Who vouches for it where it has TLS."""


Step = Callable[[Patient], Awaitable[None]]


@dataclass(frozen=True)
class FaultKind:
    """One fault."""

    name: str
    """As the table calls it."""
    begin: Step
    """Brings it about."""
    end: Step
    """Takes it away."""
    is_outage: bool = True
    """Whether sweeps fail as long as it lasts; else nightdeck gets over it on its own."""
    needs_session: bool = False
    """Whether it takes a system with sessions."""
    is_silent: bool = False
    """Whether only a timeout ends it."""
    has_tls: bool = False
    """Whether the system speaks TLS."""
    has_new_jobs: bool = False
    """Whether the system comes back with other jobs."""


def _injected(name: str, fault: Fault) -> FaultKind:
    async def begin(patient: Patient) -> None:
        patient.server.retry_after = str(ASKED_PAUSE_S)
        patient.server.inject(fault, times=None)

    async def end(patient: Patient) -> None:
        patient.server.heal()

    return FaultKind(name, begin, end, is_silent=fault in (Fault.HANG, Fault.SLOW_BODY))


async def _nothing(_: Patient) -> None:
    """What is over has nothing to be taken away."""


async def _stop(patient: Patient) -> None:
    await patient.server.stop()


async def _listen(patient: Patient) -> None:
    await patient.server.listen()


async def _forget_name(patient: Patient) -> None:
    patient.unknown_names.add(patient.server.host)
    await patient.server.drop()


async def _know_name(patient: Patient) -> None:
    patient.unknown_names.discard(patient.server.host)


async def _show_wrong_certificate(patient: Patient) -> None:
    await patient.server.show_certificate(trustme.CA())


async def _show_right_certificate(patient: Patient) -> None:
    await patient.server.show_certificate(patient.authority)


async def _expire(patient: Patient) -> None:
    patient.harness.expire_session()


async def _jump_ahead(patient: Patient) -> None:
    patient.harness.clock.jump(HOURS_3)


async def _jump_back(patient: Patient) -> None:
    patient.harness.clock.jump(-HOURS_3)


async def _listen_anew(patient: Patient) -> None:
    patient.harness.jobs = NEW_JOBS
    patient.harness.simulator = patient.harness.make_simulator()
    await patient.server.listen()


KINDS = (
    FaultKind("refused", _stop, _listen),
    _injected("reset", Fault.RESET),
    _injected("hang", Fault.HANG),
    _injected("slow body", Fault.SLOW_BODY),
    _injected("429", Fault.BUSY),
    _injected("500", Fault.FAILED),
    _injected("503", Fault.UNAVAILABLE),
    _injected("web page", Fault.HTML),
    _injected("garbage", Fault.GARBAGE),
    _injected("truncated", Fault.TRUNCATED),
    _injected("401", Fault.EXPIRED),
    FaultKind("session expired", _expire, _nothing, is_outage=False, needs_session=True),
    FaultKind("unknown name", _forget_name, _know_name),
    FaultKind("wrong certificate", _show_wrong_certificate, _show_right_certificate, has_tls=True),
    FaultKind("clock ahead", _jump_ahead, _jump_back, is_outage=False),
    FaultKind("clock back", _jump_back, _jump_ahead, is_outage=False),
    FaultKind("restart, new ids", _stop, _listen_anew, has_new_jobs=True),
)
"""Every fault of the matrix."""

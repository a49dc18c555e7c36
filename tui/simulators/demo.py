"""The demo: five made-up systems behind the very adapters that speak to real ones."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import httpx

from tui.simulators.demo_credentials import CREDENTIALS
from tui.simulators.fleet import HANDFUL, SYSTEMS

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping, Sequence

    from tui.core.clock import Clock
    from tui.simulators.fleet import System

    Answering = Callable[[httpx.Request], Coroutine[None, None, httpx.Response]]

CALLS_EACH = 150
"""Where each job costs a call, so many jobs at the most: in a large demo the other systems have the rest."""

LIVELY_S = 3.0
"""Seconds between two sweeps, so that something happens while somebody looks."""

LARGE = 5_000
"""Jobs from which on the systems are swept at their usual pace: a sweep is work then."""

OUTAGE_EVERY_S, OUTAGE_S, OUTAGE_AFTER_S = 300.0, 45.0, 60.0
"""How often, for how long, and how soon the shaky system can't be reached."""

_COSTLY = frozenset({"bmc", "datameer"})
_HOST = "https://{name}.demo.invalid"
"""An address that nobody can have: the name is reserved for such uses."""


@dataclass(frozen=True, slots=True)
class DemoSystem:
    """One connection of the demo."""

    name: str
    """The connection's name."""
    type: str
    """The adapter's type."""
    environment: str
    """`prod`, `stage`, `dev` or empty."""
    jobs: int
    """How many jobs it has."""
    is_shaky: bool
    """Whether it can't be reached now and then."""
    refresh_s: float | None
    """Seconds between two sweeps; None for the system's usual pace."""

    def make_simulator(self, clock: Clock) -> Answering:
        """The made-up system itself, which answers requests.

        Args:
            clock: Its time.
        """
        module = importlib.import_module(f"tui.simulators.{self.type}")
        simulator: Answering = getattr(module, _SIMULATORS[self.type]).preload(clock, self.jobs)
        return simulator

    def make(self, clock: Clock) -> Running:
        """Let there be such a system. Takes a moment when it has many jobs.

        Args:
            clock: The system's time.
        """
        simulator = self.make_simulator(clock)
        table = {"type": self.type, **CREDENTIALS[self.type](_HOST.format(name=self.name), simulator)}
        answering = Shaky(simulator, clock) if self.is_shaky else simulator
        return Running(table, httpx.MockTransport(answering))


class Running(NamedTuple):
    """A made-up system that can be asked."""

    table: Mapping[str, Any]
    """What a config file would say of the connection to it."""
    transport: httpx.AsyncBaseTransport
    """The network on which it answers."""


class Shaky:
    """A system that is away for a while, and comes back by itself.

    Args:
        system: What answers at other times.
        clock: Tells when it is away.
    """

    def __init__(self, system: Answering, clock: Clock) -> None:
        self._system = system
        self._clock = clock
        self._since = clock.monotonic()

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer, or be away."""
        lived_s = self._clock.monotonic() - self._since - OUTAGE_AFTER_S
        if lived_s >= 0 and lived_s % OUTAGE_EVERY_S < OUTAGE_S:
            raise httpx.ConnectError("the demo's outage: it comes back by itself")
        return await self._system(request)


def make_demo(jobs: int = 0) -> Sequence[DemoSystem]:
    """The connections of the demo; nothing is made up yet.

    Args:
        jobs: How many jobs there are together; 0 is a handful.
    """
    sizes = demo_sizes(jobs)
    return [
        DemoSystem(
            name=system.name,
            type=_TYPES[system.name],
            environment=system.environment,
            jobs=sizes[system],
            is_shaky=system.is_shaky,
            refresh_s=LIVELY_S if (jobs or HANDFUL) < LARGE else None,
        )
        for system in SYSTEMS
    ]


def demo_sizes(jobs: int) -> Mapping[System, int]:
    """How many jobs each made-up system has.

    Args:
        jobs: How many there are together; 0 is a handful.
    """
    wanted = jobs or HANDFUL
    costly = {
        system: min(int(wanted * system.share), CALLS_EACH)
        for system in SYSTEMS
        if _TYPES[system.name] in _COSTLY
    }
    others = [system for system in SYSTEMS if system not in costly]
    rest, share = wanted - sum(costly.values()), sum(system.share for system in others)
    sizes = {system: int(rest * system.share / share) for system in others} | costly
    sizes[others[0]] += wanted - sum(sizes.values())
    return {system: sizes[system] for system in SYSTEMS}


_TYPES = {
    "talend-prod": "talend",
    "iics-eu": "informatica",
    "enos-cn": "enos",
    "bmc": "bmc",
    "datameer": "datameer",
}
_SIMULATORS = {
    "talend": "TalendSimulator",
    "informatica": "InformaticaSimulator",
    "enos": "EnosSimulator",
    "bmc": "BmcSimulator",
    "datameer": "DatameerSimulator",
    "airflow": "AirflowSimulator",
    "slurm": "SlurmServer",
}

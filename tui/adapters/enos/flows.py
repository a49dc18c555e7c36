"""The flows of the user, and what only a call for each of them tells."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from tui.adapters.enos.codes import DECLINED
from tui.adapters.enos.searching import together
from tui.adapters.enos.wire import FlowDetail, FlowRow, row_of
from tui.core.errors import BadAnswer, NightdeckError, NotFound, ServerFailed
from tui.transport.limits import MAX_RECORDS
from tui.transport.turns import in_turns

if TYPE_CHECKING:
    from collections.abc import Collection, Generator, Iterable, Mapping, Sequence
    from typing import Any

    from tui.adapters.enos.api import EnosApi
    from tui.adapters.enos.settings import EnosSettings
    from tui.core.clock import Clock

KEPT_S = 300.0
"""Seconds for which the list of flows is good: flows are made by people, and seldom."""

DETAILS_PER_SWEEP = 8
"""Flows that are asked for in detail in one sweep, at a call each."""

DETAILS_KEPT_S = 120.0
"""Seconds before a flow is asked for in detail again; with many flows its turn comes later."""

_LONG_AGO_S = float("-inf")

PERIODIC = 1
"""The `type` of a flow that has a schedule."""


@dataclass(frozen=True, slots=True)
class Flow:
    """One flow as the list tells of it."""

    id: str
    """Its `flowId`, as text."""
    name: str
    """Its name, or what it is when it has none."""
    cycle: str
    """How often it runs, in the system's letter."""


@dataclass(frozen=True, slots=True)
class Details:
    """What is told of a flow by itself."""

    read_s: float
    """When it was read, on the monotonic clock."""
    active: bool | None = None
    """Whether its schedule works; None when that isn't told."""
    type: int | None = None
    """0 by hand, 1 periodic, 2 for once; None when that isn't told."""
    locked: str = ""
    """Why it can't be changed or run; empty when it can."""

    @property
    def is_held(self) -> bool:
        """Whether its schedule is switched off."""
        return self.active is False

    @property
    def is_awaited(self) -> bool:
        """Whether it starts by itself."""
        return self.active is True and self.type == PERIODIC


class FlowCatalogue:
    """Knows the flows that are watched.

    Args:
        api: The server.
        settings: Which flows to watch.
        clock: For not asking too often.
    """

    def __init__(self, api: EnosApi, settings: EnosSettings, clock: Clock) -> None:
        self._api = api
        self._settings = settings
        self._clock = clock
        self._flows: dict[str, Flow] = {}
        self._read_s: float | None = None
        self._foreign: set[str] = set()
        self._details: dict[str, Details] = {}
        self._queue: deque[str] = deque()
        self._troubled: set[str] = set()

    async def current(self) -> Mapping[str, Flow]:
        """The flows by id; asked for when what is known is too old."""
        if self._read_s is None or self._clock.monotonic() - self._read_s >= KEPT_S:
            await self._read()
        return self._flows

    def doubt(self) -> None:
        """Take nothing of the list for granted any more."""
        self._read_s = None

    async def find(self, flow_id: str) -> Flow:
        """One flow; the list is read again when it isn't known. Raises NotFound."""
        flows = await self.current()
        if flow_id not in flows and self._read_s != self._clock.monotonic():
            await self._read()
        if flow_id not in self._flows:
            raise NotFound(
                f"{self._api.host} lists no flow {flow_id}",
                hint="it may have been deleted, or `jobs` or `exclude` leave it out",
            )
        return self._flows[flow_id]

    async def note_instances_of(self, flow_ids: Collection[str]) -> Mapping[str, Flow]:
        """The flows by id, read again when one that has instances is not known yet, not even as foreign."""
        strange = set(flow_ids) - self._flows.keys() - self._foreign
        if strange:
            if self._read_s != self._clock.monotonic():
                await self._read()
            if len(self._foreign) > MAX_RECORDS:
                self._foreign.clear()
            self._foreign |= strange - self._flows.keys()
        return self._flows

    def details(self, flow_id: str) -> Details | None:
        """What is known of a flow beyond the list; None when it was not its turn yet."""
        return self._details.get(flow_id)

    async def read_details(self, flow_id: str) -> FlowDetail:
        """Ask for one flow now. Raises NotFound."""
        told = row_of(FlowDetail, await self._api.flow(flow_id)) or FlowDetail()
        self._details[flow_id] = _details_of(told, self._clock.monotonic())
        return told

    async def note_active(self, flow_id: str, *, is_active: bool) -> None:
        """See what has become of a flow that was just switched on or off."""
        known = self._details.get(flow_id)
        try:
            await self.read_details(flow_id)
        except NightdeckError:
            # The change was made all the same; the next turn of this flow sets it right if need be.
            known = known or Details(_LONG_AGO_S)
            self._details[flow_id] = replace(known, read_s=self._clock.monotonic(), active=is_active)

    @property
    def has_order(self) -> bool:
        """Whether it is settled whose turn it is to be asked for in detail."""
        return bool(self._queue)

    async def read_some_details(self, first: Iterable[str]) -> None:
        """Ask for a few flows whose turn it is, those first that no instance tells of.

        Args:
            first: Flows to begin with, as long as nothing is known of any.

        Raises:
            SystemUnavailable: The connection is in trouble. One flow alone can't keep it there: it is left
                out when it can't be read for the second time.
        """
        await together(self._try_details(flow_id) for flow_id in self._due(first))

    async def _try_details(self, flow_id: str) -> None:
        try:
            await self.read_details(flow_id)
        except DECLINED:
            # It only makes the picture fuller: without it everything else works all the same.
            self._leave_as_known(flow_id)
        except (BadAnswer, ServerFailed):
            if flow_id not in self._troubled:
                self._troubled.add(flow_id)
                self.mark_due(flow_id)
                raise
            # The connection is in order, this flow is not.
            self._leave_as_known(flow_id)
        else:
            self._troubled.discard(flow_id)

    def mark_due(self, flow_id: str) -> None:
        """Let it be this flow's turn in the next sweep, whatever is known of it."""
        if flow_id in self._details:
            self._details[flow_id] = replace(self._details[flow_id], read_s=_LONG_AGO_S)
        if flow_id in self._queue:
            self._queue.remove(flow_id)
            self._queue.appendleft(flow_id)

    def _leave_as_known(self, flow_id: str) -> None:
        known = self._details.get(flow_id, Details(_LONG_AGO_S))
        self._details[flow_id] = replace(known, read_s=self._clock.monotonic())

    def _due(self, first: Iterable[str]) -> list[str]:
        if not self._queue:
            begun = [flow_id for flow_id in first if flow_id in self._flows]
            self._queue.extend(dict.fromkeys([*begun, *self._flows]))
        due: list[str] = []
        for _ in range(min(DETAILS_PER_SWEEP, len(self._queue))):
            known = self._details.get(self._queue[0])
            if known is not None and self._clock.monotonic() - known.read_s < DETAILS_KEPT_S:
                break
            due.append(self._queue[0])
            self._queue.rotate(-1)
        return due

    async def _read(self) -> None:
        values = await self._api.my_flows()
        flows = await in_turns(self._watched(values))
        if flows.keys() != self._flows.keys():
            self._queue = deque(flow_id for flow_id in self._queue if flow_id in flows)
            if self._queue:
                self._queue.extendleft(flow_id for flow_id in flows if flow_id not in self._flows)
            self._details = {key: told for key, told in self._details.items() if key in flows}
        self._flows = flows
        self._read_s = self._clock.monotonic()

    def _watched(self, values: Sequence[Any]) -> Generator[None, None, dict[str, Flow]]:
        found: dict[str, Flow] = {}
        for value in values:
            row = row_of(FlowRow, value)
            if row is not None and row.id not in found:
                flow = Flow(row.id, row.name or f"flow {row.id}", row.cycle)
                if self._is_watched(flow):
                    found[flow.id] = flow
            yield
        return found

    def _is_watched(self, flow: Flow) -> bool:
        settings = self._settings

        def fits(patterns: Iterable[str]) -> bool:
            return any(fnmatchcase(text, pattern) for pattern in patterns for text in (flow.id, flow.name))

        return (not settings.jobs or fits(settings.jobs)) and not fits(settings.exclude)


def _details_of(told: FlowDetail, read_s: float) -> Details:
    locked = "the flow is locked in EnOS" if told.is_locked else ""
    if told.is_user_locked:
        locked = "the user is locked in EnOS"
    return Details(read_s, None if told.active is None else bool(told.active), told.type, locked)

"""The newest executions of each flow, as the searches told them, kept also when they leave the window."""

from __future__ import annotations

import zlib
from dataclasses import asdict, dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Any, NamedTuple

from tui.adapters.enos.states import NativeState, native_state
from tui.adapters.enos.times import Span, is_repeated, parse_span
from tui.core.state import State
from tui.core.turns import next_turn
from tui.transport.limits import MAX_RECORDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import tzinfo

    from tui.adapters.enos.wire import InstanceRow
    from tui.core.adapter import Memory
    from tui.core.clock import Clock

MEMORY_KEY = "instances"
"""Under which the newest instances are kept over restarts, with the number of a shelf."""

SHELVES = 32
"""Parts in which they are kept, so that what changed can be saved without all the rest."""

SAVED_EVERY_S = 60.0
"""Seconds between two savings; what is lost by a crash is told again by the next search, mostly."""


@dataclass(frozen=True, slots=True)
class Instance:
    """One flow instance, in the system's own words."""

    id: str
    flow_id: str
    status: str = ""
    text: str = ""
    trigger: str = ""
    start: str = ""
    end: str = ""
    is_cancelled: bool = False
    is_timeout: bool = False
    can_read: bool = True

    @classmethod
    def of(cls, row: InstanceRow) -> Instance:
        """An instance from its row: texts alone are kept, because there are thousands of them."""
        return cls(
            id=row.id,
            flow_id=row.flow_id,
            status=row.status,
            text=row.text,
            trigger=row.trigger,
            start=row.start,
            end=row.end,
            is_cancelled=bool(row.is_cancelled),
            is_timeout=bool(row.is_timeout),
            can_read=row.can_read is not False,
        )

    @property
    def native(self) -> NativeState:
        """What its status means."""
        return native_state(
            self.status,
            self.text,
            has_ended=bool(self.end),
            is_timeout=self.is_timeout,
            is_cancelled=self.is_cancelled,
        )

    @property
    def is_open(self) -> bool:
        """Whether it may still change, as far as its status tells."""
        state = self.native.state
        return not state.is_final and not (state is State.UNKNOWN and bool(self.end))

    def span(self, zone: tzinfo) -> Span:
        """When it was planned, began and ended; the status is believed where it and the times disagree."""
        span = parse_span(self.trigger, self.start, self.end, zone)
        return span._replace(ended_at=None) if self.is_open else span


class Place(NamedTuple):
    """Where an instance was told of. Searches tell the newest first."""

    search: int = 0
    """Which one it was, counted through the session; 0 for none."""
    kind: int = -1
    """Which kind it was for."""
    at: int = 0
    """How many came before it."""


NOWHERE = Place()
"""Where an instance was told of that no search told of."""


@dataclass(slots=True)
class History:
    """What is kept of one flow's instances."""

    newest: Instance
    """The newest by its planned time."""
    newest_place: Place = NOWHERE
    """Where it was last told of."""
    finished: Instance | None = None
    """The newest that has ended."""
    finished_place: Place = NOWHERE
    """Where it was last told of."""
    earlier: Instance | None = None
    """An older one that goes on, after which the newest has its turn."""

    @property
    def open_ones(self) -> list[Instance]:
        """Those that may still change."""
        return [item for item in (self.newest, self.earlier) if item is not None and item.is_open]


class InstanceLedger:
    """Remembers the newest instances of each flow.

    Args:
        memory: Where they are kept over restarts.
        clock: For not saving too often.
    """

    def __init__(self, memory: Memory, clock: Clock) -> None:
        self._memory = memory
        self._clock = clock
        self._histories: dict[str, History] = {}
        self._shelves: tuple[set[str], ...] = tuple(set() for _ in range(SHELVES))
        self._changed: set[int] = set()
        self._saved_s = clock.monotonic()
        self._open: set[str] = set()
        self._failed: set[str] = set()
        self.zone: tzinfo = UTC
        """The zone of the server, in which an hour may come twice."""

    async def load(self) -> None:
        """Fetch what an earlier session kept; what can't be read is left out."""
        for shelf in range(SHELVES):
            kept = await self._memory.load(f"{MEMORY_KEY}-{shelf}")
            for values in kept.values() if isinstance(kept, dict) else ():
                for item in _read(values):
                    self._take_in(item, NOWHERE)
            await next_turn()

    async def save(self, *, is_last: bool = False) -> None:
        """Keep what has changed, now and then, and at the end."""
        if not self._changed or not (is_last or self._clock.monotonic() - self._saved_s >= SAVED_EVERY_S):
            return
        self._saved_s = self._clock.monotonic()
        changed, self._changed = self._changed, set()
        for shelf in sorted(changed):
            kept = {name: _written(self._histories[name]) for name in self._shelves[shelf]}
            await self._memory.save(f"{MEMORY_KEY}-{shelf}", kept)
            await next_turn()

    def history(self, flow_id: str) -> History | None:
        """What is known of a flow's instances; None when it has none."""
        return self._histories.get(flow_id)

    def is_old_news(self, flow_id: str, instance_id: str, trigger: str) -> bool:
        """Whether an instance, by what a glance tells, can't change what is known."""
        known = self._histories.get(flow_id)
        if known is None or known.finished is None or known.earlier is not None:
            return False
        last = known.finished.trigger
        is_earlier = len(trigger) == len(last) and trigger < last
        if not is_earlier or instance_id in (known.newest.id, known.finished.id):
            return False
        return not (is_repeated(trigger, self.zone) and is_repeated(last, self.zone))

    def open_instances(self) -> Iterator[Instance]:
        """The instances that may still change."""
        for flow_id in tuple(self._open):
            yield from self._histories[flow_id].open_ones

    def failed_instances(self) -> Sequence[Instance]:
        """The newest instances of their flows that have failed."""
        return [self._histories[flow_id].newest for flow_id in self._failed]

    def take(self, item: Instance, place: Place = NOWHERE) -> None:
        """Note how an instance stands now."""
        before = self._histories.get(item.flow_id)
        if before is None and len(self._histories) >= MAX_RECORDS:
            return
        marks = (before.newest, before.finished, before.earlier) if before is not None else None
        history = self._take_in(item, place)
        if marks != (history.newest, history.finished, history.earlier):
            self._changed.add(_shelf(item.flow_id))

    def forget(self, item: Instance) -> None:
        """Leave out an instance that there is no more."""
        history = self._histories.get(item.flow_id)
        if history is None:
            return
        self._changed.add(_shelf(item.flow_id))
        if history.earlier is not None and history.earlier.id == item.id:
            history.earlier = None
        if history.newest.id == item.id and history.finished is not None:
            history.newest = history.finished
        elif history.newest.id == item.id:
            del self._histories[item.flow_id]
            for names in (self._open, self._failed, self._shelves[_shelf(item.flow_id)]):
                names.discard(item.flow_id)
            return
        self._sort_out(history)

    def _sort_out(self, history: History) -> None:
        """Keep the flows at hand that are looked at in every sweep."""
        flow_id = history.newest.flow_id
        (self._open.add if history.open_ones else self._open.discard)(flow_id)
        has_failed = history.newest.native.state is State.FAILED
        (self._failed.add if has_failed else self._failed.discard)(flow_id)

    def _take_in(self, item: Instance, place: Place) -> History:
        history = self._histories.get(item.flow_id)
        if history is None:
            history = self._histories[item.flow_id] = History(item, place)
            self._shelves[_shelf(item.flow_id)].add(item.flow_id)
        if item.id == history.newest.id:
            history.newest = item
            history.newest_place = max(place, history.newest_place, key=lambda told: told.search)
        elif self._is_newer(item, place, history.newest, history.newest_place):
            self._supersede(history, history.newest)
            history.newest, history.newest_place = item, place
        elif item.is_open or (history.earlier is not None and history.earlier.id == item.id):
            self._supersede(history, item)
        self._note_end(history, item, place)
        self._sort_out(history)
        return history

    def _is_newer(self, item: Instance, place: Place, other: Instance, other_place: Place) -> bool:
        """Whether an instance is newer than another of its flow.

        Their times are spelled alike, so that their texts are in order. In the hour that comes twice it
        counts which one a search told of first.
        """
        if is_repeated(item.trigger, self.zone) and is_repeated(other.trigger, self.zone):
            if place.search != other_place.search:
                return place.search > other_place.search
            if place.kind == other_place.kind and place.search:
                return place.at < other_place.at
        return _rank(item) > _rank(other)

    def _supersede(self, history: History, older: Instance) -> None:
        """Keep an older instance while it goes on."""
        if older.is_open:
            history.earlier = older
        elif history.earlier is not None and history.earlier.id == older.id:
            history.earlier = None

    def _note_end(self, history: History, item: Instance, place: Place) -> None:
        finished = history.finished
        if not item.native.state.is_final:
            if finished is not None and finished.id == item.id:
                # It has begun anew.
                history.finished = None
            return
        if (
            finished is None
            or finished.id == item.id
            or self._is_newer(item, place, finished, history.finished_place)
        ):
            history.finished, history.finished_place = item, place


def _rank(item: Instance) -> tuple[str, str, str]:
    """The order of a flow's instances."""
    return item.trigger or item.start, item.start, item.id


def _shelf(flow_id: str) -> int:
    return zlib.crc32(flow_id.encode("utf-8", "replace")) % SHELVES


def _written(history: History) -> list[dict[str, Any]]:
    items = {
        item.id: item for item in (history.earlier, history.finished, history.newest) if item is not None
    }
    return [
        {name: value for name in _DEFAULTS if (value := getattr(item, name)) != _DEFAULTS[name]}
        for item in items.values()
    ]


def _read(values: Any) -> list[Instance]:
    found: list[Instance] = []
    for value in values if isinstance(values, list) else ():
        if not isinstance(value, dict) or not (value.get("id") and value.get("flow_id")):
            continue
        told = {name: value[name] for name in _DEFAULTS if name in value}
        if all(isinstance(value, type(_DEFAULTS[name])) for name, value in told.items()):
            found.append(Instance(**told))
    return found


_DEFAULTS = asdict(Instance(id="", flow_id=""))

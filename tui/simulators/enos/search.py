"""The search for instances: a page of all costs what the page costs, a narrower search what it looks at."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING

from tui.simulators.enos.refusal import Refused
from tui.simulators.enos.timetable import Entry
from tui.simulators.enos.vocabulary import Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tui.simulators.enos.body import Arguments, Pagination, Sorter
    from tui.simulators.enos.life import Flow
    from tui.simulators.enos.service import BatchService
    from tui.simulators.enos.timetable import Timetable

_KEPT_MS = 30 * 86_400_000
_ENTRIES_A_TURN = 100
_MINUTE_MS = 60_000
_TYPES = (0, 1, 2)
_ALL = frozenset(int(status) for status in Status)
_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Query:
    """What somebody looks for."""

    type: int
    """The scheduling type."""
    expression: str
    """A part of the flow's name or of the instance's id; empty for all."""
    owner: str
    """One of the owners; empty for all."""
    since_ms: int
    """The earliest trigger time, in true epoch milliseconds."""
    until_ms: int
    """The latest one."""
    statuses: frozenset[int]
    """The statuses."""
    page: Pagination
    """Which part of it."""

    @property
    def is_plain(self) -> bool:
        """Whether everything in a stretch of time is wanted, in the order of time."""
        is_by_time = all(sorter.field == "triggerTime" for sorter in self.page.sorters[:1])
        return is_by_time and not self.expression and not self.owner and self.statuses == _ALL

    @property
    def is_newest_first(self) -> bool:
        """Whether the order begins at the end."""
        return bool(self.page.sorters) and self.page.sorters[0].is_descending


@dataclass(frozen=True, slots=True)
class Found:
    """One page, and how many there are."""

    total: int
    """All that fit."""
    entries: Sequence[Entry]
    """Those on the page."""


def read_query(service: BatchService, arguments: Arguments) -> Query:
    """The search that a body describes.

    Args:
        service: The installation.
        arguments: What was sent.

    Raises:
        Refused: When something is missing or wrong.
    """
    kind = arguments.whole("type")
    if kind not in _TYPES:
        raise Refused.parameter("type is unknown")
    skew_ms = service.stamps.millis(_EARLIEST)
    now_ms = service.now_ms()
    return Query(
        type=kind,
        expression=arguments.text("expression"),
        owner=arguments.text("owner"),
        since_ms=max(arguments.moment_ms("fromTriggerTime") - skew_ms, now_ms - _KEPT_MS),
        until_ms=arguments.moment_ms("toTriggerTime") - skew_ms,
        statuses=arguments.statuses(),
        page=arguments.pagination(service.behaviour.first_page),
    )


async def find(service: BatchService, query: Query) -> Found:
    """Look for instances.

    Args:
        service: The installation.
        query: What for.
    """
    behaviour, page = service.behaviour, query.page
    size = page.size if page.number is not None else behaviour.default_page_size
    if behaviour.largest_page is not None:
        size = min(size, behaviour.largest_page)
    offset = (page.number or 0) * size
    if query.is_plain:
        others = service.irregular(query.type, query.since_ms, query.until_ms)
        # Only what somebody asked for can be meant for the time to come.
        until_ms = min(query.until_ms, service.now_ms())
        span = service.timetable(query.type).span(query.since_ms, until_ms, others)
        return Found(len(span), list(islice(span.read(offset, newest_first=query.is_newest_first), size)))
    found = await _scan(service, query)
    return Found(len(found), found[offset : offset + size])


async def _scan(service: BatchService, query: Query) -> list[Entry]:
    found, now = list[Entry](), service.now()
    for seen, entry in enumerate(_candidates(service, query)):
        if seen % _ENTRIES_A_TURN == _ENTRIES_A_TURN - 1:
            # Thousands take a while: whoever shares the loop gets a turn in between.
            await asyncio.sleep(0)
        if _fits(service, query, entry, now):
            found.append(entry)
    if query.is_newest_first:
        # Equals stand the other way round as well, as on the page that isn't sorted.
        found.reverse()
    for sorter in reversed(query.page.sorters):
        found.sort(key=lambda entry: _key(entry, sorter, now), reverse=sorter.is_descending)
    return found


def _candidates(service: BatchService, query: Query) -> Iterator[Entry]:
    others = service.irregular(query.type, query.since_ms, query.until_ms)
    until_ms = min(query.until_ms, service.now_ms())
    timetable = service.timetable(query.type)
    if not query.expression and not query.owner:
        if Status.SUCCESS not in query.statuses:
            return iter(sorted([*others, *_standing_so(timetable.flows, query, service.now_ms())]))
        return timetable.span(query.since_ms, until_ms, others).read(0, newest_first=False)
    suspects = (
        flow
        for flow in service.flows.values()
        if flow.is_regular and flow.spec.type == query.type and _is_suspect(query, flow)
    )
    found = {entry[:3]: entry for entry in _entries(suspects, query.since_ms, until_ms)}
    if query.expression.isdigit():
        found.update((entry[:3], entry) for entry in _in_its_minutes(timetable, query, until_ms))
    return iter(sorted([*others, *found.values()]))


def _entries(flows: Iterable[Flow], since_ms: int, until_ms: int) -> Iterator[Entry]:
    return (
        Entry(flow.trigger_ms(number), flow.order, number, flow)
        for flow in flows
        for number in flow.numbers(since_ms, until_ms)
    )


def _standing_so(flows: Iterable[Flow], query: Query, now_ms: int) -> Iterator[Entry]:
    """Those that may stand so: only the newest of a flow can still be going on."""
    for flow in flows:
        newest = flow.newest(now_ms)
        since_ms = query.since_ms
        if not flow.may_come_to(query.statuses):
            if not flow.may_be_active(newest, now_ms):
                continue
            since_ms = max(since_ms, flow.trigger_ms(newest))
        yield from _entries((flow,), since_ms, min(query.until_ms, now_ms))


def _in_its_minutes(timetable: Timetable, query: Query, until_ms: int) -> Iterator[Entry]:
    """The digits that are looked for may be part of the time in an id: no other minute needs a look."""
    for minute in range(query.since_ms // _MINUTE_MS, until_ms // _MINUTE_MS + 1):
        if query.expression in datetime.fromtimestamp(minute * 60, UTC).strftime("%Y%m%d%H%M"):
            first_ms = max(query.since_ms, minute * _MINUTE_MS)
            last_ms = min(until_ms, (minute + 1) * _MINUTE_MS - 1)
            yield from timetable.span(first_ms, last_ms, ()).read(0, newest_first=False)


def _is_suspect(query: Query, flow: Flow) -> bool:
    if query.owner and not flow.spec.is_owned_by(query.owner):
        return False
    head, hyphen, _ = query.expression.partition("-")
    is_in_id = flow.spec.id.endswith(head) if hyphen else head in flow.spec.id
    return is_in_id or query.expression in flow.spec.name


def _fits(service: BatchService, query: Query, entry: Entry, now: datetime) -> bool:
    spec = entry.flow.spec
    if query.owner and not spec.is_owned_by(query.owner):
        return False
    if query.expression and query.expression not in spec.name:
        instance_id = entry.instance.id if entry.instance else entry.flow.instance_id(entry.number)
        if query.expression not in instance_id:
            return False
    if query.statuses == _ALL:
        return True
    return _status(service, entry, now) in query.statuses


def _status(service: BatchService, entry: Entry, now: datetime) -> int:
    if entry.instance is not None:
        return entry.instance.look(now).status
    key = (entry.order, entry.number)
    status = service.verdicts.get(key)
    if status is None:
        if entry.flow.may_be_active(entry.number, service.now_ms()):
            return entry.flow.regular(entry.number).look(now).status
        status = service.verdicts[key] = entry.flow.outcome(entry.number).status
    return status


def _key(entry: Entry, sorter: Sorter, now: datetime) -> float:
    if sorter.field == "triggerTime":
        return entry.trigger_ms
    instance = entry.instance or entry.flow.regular(entry.number)
    look = instance.look(now)
    moment = {
        "createTime": instance.created_at,
        "startTime": look.started_at,
        "endTime": look.ended_at,
        "updateTime": look.ended_at or look.started_at or instance.created_at,
    }[sorter.field]
    return 0.0 if moment is None else moment.timestamp()

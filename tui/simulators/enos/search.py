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
    from tui.simulators.enos.instance import Instance
    from tui.simulators.enos.life import Flow
    from tui.simulators.enos.service import BatchService

_KEPT_MS = 30 * 86_400_000
_ENTRIES_A_TURN = 500
_MINUTE_MS = 60_000
_TYPES = (0, 1, 2)
_ALL = frozenset(int(status) for status in Status)
_ENDED = frozenset(
    {Status.FAIL, Status.SUCCESS, Status.INTERNAL_ERROR, Status.TIMEOUT, Status.CANCEL, Status.SKIP}
)
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
    found, now, now_ms = list[Entry](), service.now(), service.now_ms()
    for seen, entry in enumerate(_candidates(service, query)):
        if seen % _ENTRIES_A_TURN == _ENTRIES_A_TURN - 1:
            # Thousands take a while: whoever shares the loop gets a turn in between.
            await asyncio.sleep(0)
        if _fits(query, entry, now, now_ms):
            found.append(entry)
    for sorter in reversed(query.page.sorters):
        found.sort(key=lambda entry: _key(entry, sorter, now), reverse=sorter.is_descending)
    return found


def _candidates(service: BatchService, query: Query) -> Iterator[Entry]:
    others = service.irregular(query.type, query.since_ms, query.until_ms)
    until_ms = min(query.until_ms, service.now_ms())
    if _needs_all(query, until_ms):
        span = service.timetable(query.type).span(query.since_ms, until_ms, others)
        return span.read(0, newest_first=False)
    suspects = (
        flow
        for flow in service.flows.values()
        if flow.is_regular and flow.spec.type == query.type and _is_suspect(query, flow)
    )
    return iter(sorted([*others, *_entries(suspects, query.since_ms, until_ms)]))


def _entries(flows: Iterable[Flow], since_ms: int, until_ms: int) -> Iterator[Entry]:
    return (
        Entry(flow.trigger_ms(number), flow.order, number, flow)
        for flow in flows
        for number in flow.numbers(since_ms, until_ms)
    )


def _needs_all(query: Query, until_ms: int) -> bool:
    """Whether an instance of any flow may fit, so that it isn't enough to look at some flows."""
    if query.owner:
        return False
    if not query.expression:
        return True
    if not query.expression.isdigit():
        return False
    # Its digits may be part of a time in an id: no more ids are made than there are minutes.
    minutes = range(query.since_ms // _MINUTE_MS, until_ms // _MINUTE_MS + 1)
    return any(
        query.expression in datetime.fromtimestamp(minute * 60, UTC).strftime("%Y%m%d%H%M")
        for minute in minutes
    )


def _is_suspect(query: Query, flow: Flow) -> bool:
    if query.owner and not flow.spec.is_owned_by(query.owner):
        return False
    head, hyphen, _ = query.expression.partition("-")
    is_in_id = flow.spec.id.endswith(head) if hyphen else head in flow.spec.id or query.expression.isdigit()
    return is_in_id or query.expression in flow.spec.name


def _fits(query: Query, entry: Entry, now: datetime, now_ms: int) -> bool:
    spec = entry.flow.spec
    if query.owner and not spec.is_owned_by(query.owner):
        return False
    if query.expression and query.expression not in spec.name:
        instance_id = entry.instance.id if entry.instance else entry.flow.instance_id(entry.number)
        if query.expression not in instance_id:
            return False
    if query.statuses == _ALL:
        return True
    if entry.instance is None and not _may_stand_so(query, entry, now_ms):
        return False
    return _instance(entry).look(now).status in query.statuses


def _may_stand_so(query: Query, entry: Entry, now_ms: int) -> bool:
    """Whether it is worth while to make a regular instance and look at it."""
    if entry.flow.may_be_active(entry.number, now_ms):
        return True
    wanted = query.statuses & _ENDED if entry.flow.spec.script else query.statuses
    return bool(wanted) and (Status.SUCCESS in wanted or entry.flow.may_fail())


def _key(entry: Entry, sorter: Sorter, now: datetime) -> datetime:
    instance = _instance(entry)
    look = instance.look(now)
    moment = {
        "triggerTime": instance.trigger_at,
        "createTime": instance.created_at,
        "startTime": look.started_at,
        "endTime": look.ended_at,
        "updateTime": look.ended_at or look.started_at or instance.created_at,
    }[sorter.field]
    return moment or _EARLIEST


def _instance(entry: Entry) -> Instance:
    return entry.instance or entry.flow.regular(entry.number)

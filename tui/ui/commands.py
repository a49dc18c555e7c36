"""What the command palette finds: commands with their keys, saved views, themes and every loaded job."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial
from heapq import nlargest
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeVar

from rich.cells import cell_len
from textual.actions import parse
from textual.command import DiscoveryHit, Hit, Provider
from textual.content import Content

from tui.ui.bindings import TABLE, Group
from tui.ui.keysheet import answering_node, reason_against, rows_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence

    from textual.command import Hits
    from textual.screen import Screen
    from textual.style import Style

    from tui.core.keys import JobKey
    from tui.core.models import Job

_T = TypeVar("_T")

MOST_JOBS = 60
"""Jobs that are listed at once: more is no help to the eye, and typing on finds the rest."""

_BLOCK = 4_000
"""Jobs that are looked at before other work gets its turn: a few milliseconds."""
_NOT_LISTED = frozenset({"palette", "interrupt"})
_EXACT, _START, _WORD, _INSIDE, _SCATTERED = 100.0, 80.0, 60.0, 40.0, 20.0
_COMMANDS_FIRST = 5.0
_LENGTH_COUNTS = 0.01
_MOST_APART = 0.75
_TITLE_WIDTH, _KEY_WIDTH, _NAME_WIDTH = 27, 10, 48
_GAP = "  "


class PaletteSource(Protocol):
    """What the palette needs from the app."""

    def jobs(self) -> Iterable[Job]:
        """Every job that is loaded."""
        ...

    def views(self) -> Sequence[str]:
        """Names of the saved views, in the order of their digits."""
        ...

    def themes(self) -> Sequence[str]:
        """Names of the themes that can be used."""
        ...

    def go_to(self, key: JobKey) -> None:
        """Put the cursor on a job."""
        ...

    def use_view(self, number: int) -> None:
        """Show a saved view; 0 shows everything."""
        ...

    def use_theme(self, name: str) -> None:
        """Paint in another theme."""
        ...


class Match(NamedTuple):
    """How well a text answers to what was typed."""

    score: float
    """Higher is better."""
    spans: tuple[tuple[int, int], ...]
    """Parts of the text that were found: first character and the one after the last."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the palette."""

    title: str
    """What is searched and shown."""
    key: str
    """The keys that do the same; empty when there are none."""
    note: str
    """A sentence about it."""
    run: Callable[[], Awaitable[object] | object]
    """Does it."""
    is_grey: bool = False
    """Whether it can't be done now; running it says why."""


def match(words: Sequence[str], folded: str) -> Match | None:
    """Look for every word in a text; where one isn't in it as it is, its letters may stand a little apart.

    Args:
        words: What was typed, in lower case.
        folded: Where to look, in lower case.
    """
    score = 0.0
    spans: list[tuple[int, int]] = []
    for word in words:
        at = folded.find(word)
        if at >= 0:
            spans.append((at, at + len(word)))
            score += _rank(folded, word, at)
            continue
        scattered = _scattered(word, folded)
        if not 0 < len(scattered) <= len(word) * _MOST_APART:
            return None
        spans += scattered
        score += _SCATTERED / len(scattered)
    return Match(score / max(1, len(words)) - _LENGTH_COUNTS * len(folded), tuple(spans))


def command_entries(screen: Screen[Any]) -> Sequence[Entry]:
    """Every command that a screen answers, with the keys in effect.

    Args:
        screen: Where the palette was asked for.
    """
    keys = {row.id: " ".join(row.keys) for row in rows_of(screen)}
    entries = []
    for binding in TABLE.values():
        action = binding.action or binding.id
        node = answering_node(screen, action)
        is_listed = binding.group is not Group.MOVE and binding.id not in _NOT_LISTED and "(" not in action
        if node is None or not is_listed:
            continue
        key = keys.get(binding.id, "")
        _, name, parameters = parse(action)
        state = node.check_action(name, parameters)
        if state is None:
            tell = partial(
                screen.app.notify, reason_against(screen, action), severity="warning", markup=False
            )
            entries.append(Entry(binding.description, key, binding.tooltip, tell, is_grey=True))
        elif state:
            run = partial(screen.app.run_action, action, node)
            entries.append(Entry(binding.description, key, binding.tooltip, run))
    return entries


def provider_of(source: PaletteSource, screen: Screen[Any]) -> type[Provider]:
    """A provider for one opening of the palette.

    Args:
        source: Where jobs, views and themes come from.
        screen: Where the palette was asked for: its commands are offered.
    """
    fixed = [
        *command_entries(screen),
        Entry("view: all", "0", "Show every job.", partial(source.use_view, 0)),
        *(
            Entry(f"view: {name}", str(number), "Show this saved view.", partial(source.use_view, number))
            for number, name in enumerate(source.views(), start=1)
        ),
        *(
            Entry(f"theme: {name}", "", "Paint in this theme.", partial(source.use_theme, name))
            for name in source.themes()
        ),
    ]

    class BoundEntries(Entries):
        """The entries of this opening."""

        def __init__(self, screen: Screen[Any], match_style: Style | None = None) -> None:
            super().__init__(screen, match_style)
            self.source, self.fixed = source, fixed

    return BoundEntries


class Entries(Provider):
    """Searches everything in one place, so that the order is always the same."""

    source: PaletteSource
    fixed: Sequence[Entry]

    async def startup(self) -> None:
        """Prepare the jobs' names for searching, a block at a time."""
        self._jobs: list[tuple[str, Job]] = []
        for jobs in _blocks(self.source.jobs()):
            self._jobs += [(f"{job.name} {job.connection}".lower(), job) for job in jobs]
            await asyncio.sleep(0)

    async def discover(self) -> Hits:
        """What is offered before anything is typed: all but the jobs."""
        for entry in self.fixed:
            yield DiscoveryHit(_entry_line(entry), entry.run, entry.title)

    async def search(self, query: str) -> Hits:
        """What answers to the words typed so far."""
        words = query.lower().split()
        for entry in self.fixed:
            found = match(words, entry.title.lower())
            if found is not None:
                line = self._marked(_entry_line(entry), found.spans)
                yield Hit(found.score + _COMMANDS_FIRST, line, entry.run, entry.title)
        for found, job in await self._matching_jobs(words):
            line = self._marked(*_job_line(job, found))
            yield Hit(found.score, line, partial(self.source.go_to, job.key), job.name)

    async def _matching_jobs(self, words: Sequence[str]) -> Sequence[tuple[Match, Job]]:
        """The best ones; scattered letters are looked for only when whole words find too few."""
        best = await self._best(words, whole=words)
        return best if len(best) >= MOST_JOBS else await self._best(words, whole=())

    async def _best(self, words: Sequence[str], *, whole: Sequence[str]) -> Sequence[tuple[Match, Job]]:
        name = f"{' '.join(words)} "
        best: list[tuple[Match, Job]] = []
        for block in _blocks(self._jobs):
            # Once the list is full of names that begin with the word, only that very name is better.
            is_full = len(best) == MOST_JOBS and best[-1][0].score > _START - 1
            found = [
                (hit, job)
                for folded, job in block
                if (folded.startswith(name) if is_full else all(word in folded for word in whole))
                and (hit := match(words, folded)) is not None
            ]
            best = nlargest(MOST_JOBS, [*best, *found], key=lambda pair: pair[0].score)
            await asyncio.sleep(0)
        return best

    def _marked(self, line: Content, spans: Iterable[tuple[int, int]]) -> Content:
        for start, end in spans:
            line = line.stylize(self.match_style or "bold", start, end)
        return line


def _entry_line(entry: Entry) -> Content:
    title_style, key_style = ("$text-disabled",) * 2 if entry.is_grey else ("$foreground", "bold $accent")
    return Content.assemble(
        (entry.title.ljust(_TITLE_WIDTH) + _GAP, title_style),
        (entry.key.ljust(_KEY_WIDTH) + _GAP, key_style),
        (entry.note, "$text-disabled" if entry.is_grey else "$text-muted"),
    )


def _job_line(job: Job, found: Match) -> tuple[Content, Sequence[tuple[int, int]]]:
    """The name and the connection in columns, and what was found, moved to where it stands there."""
    gap = " " * max(1, _NAME_WIDTH + len(_GAP) - cell_len(job.name))
    line = Content.assemble((job.name, "$foreground"), gap, (job.connection, "$text-muted"))
    moved = len(gap) - 1
    spans = [
        (start + moved, end + moved) if start > len(job.name) else (start, end) for start, end in found.spans
    ]
    return line, spans


def _rank(folded: str, word: str, at: int) -> float:
    if at == 0:
        return _EXACT if folded[len(word) : len(word) + 1] in ("", " ") else _START
    return _INSIDE if folded[at - 1].isalnum() else _WORD


def _scattered(word: str, folded: str) -> list[tuple[int, int]]:
    """Where the letters of a word are in a text, in order, leftmost first: one look, however odd the text."""
    spans: list[tuple[int, int]] = []
    at = -1
    for letter in word:
        at = folded.find(letter, at + 1)
        if at < 0:
            return []
        if spans and spans[-1][1] == at:
            spans[-1] = (spans[-1][0], at + 1)
        else:
            spans.append((at, at + 1))
    return spans


def _blocks(items: Iterable[_T]) -> Iterator[list[_T]]:
    remaining = iter(items)
    while block := list(islice(remaining, _BLOCK)):
        yield block

"""A way through every screen of the dashboard over hostile systems, with every byte and picture looked at."""

from __future__ import annotations

import itertools
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

from textual.widget import Widget

from tests.support.clock import FakeClock
from tests.support.dashboard import Deck, running_deck
from tests.support.hostile_fleet import drawn_from, hostile_script
from tests.support.scripted import Script
from tests.support.watched import Watcher
from tui.core.errors import ServerFailed
from tui.core.models import ActionKind
from tui.ui.views import SavedView, saved_views

_LOOKS = 5


class Step(NamedTuple):
    """Keys, and where they lead."""

    keys: Sequence[str]
    """What is pressed."""
    screen: str = "Dashboard"
    """The kind of screen that is seen then."""


_LOOKING = (
    *(Step([key]) for key in ("j", "w", "right", "left", "t", "t", "w", "k")),
    *(Step([key]) for key in ("]", "j", "]", "]", "]", "k")),
    Step(["J"]),
    *(Step(keys) for keys in (["tab"], ["j"], ["enter"], ["G"], ["_"], ["y"], ["Y"], ["escape"])),
    Step(["["]),
    Step(["["]),
    Step(["["]),
    Step(["["]),
    Step(["?"], "HelpScreen"),
    Step(["escape"]),
    Step(["z"]),
    Step(["z"]),
    Step(["P"]),
    Step(["P"]),
)
_TAILORING = (
    *(Step(["b", way]) for way in ("s", "f", "t", "c", "a")),
    Step(["_"]),
    Step(["j"]),
    Step(["_"]),
    Step(["b", "n"]),
    Step(["c"], "ColumnsDialog"),
    Step(["escape"]),
    Step(["O"], "SortDialog"),
    Step(["escape"]),
    Step(["!"]),
    Step(["4"]),
    Step(["0"]),
    Step(["slash"]),
    Step([*"name"]),
    Step(["colon"]),
    Step(["escape"]),
    Step(["escape"]),
    Step(["colon"], "Palette"),
    Step(["at"], "Palette"),
    Step(["down"], "Palette"),
    Step(["escape"]),
    Step(["escape"]),
)
_ACTING = (
    Step(["R"], "ConfirmDialog"),
    Step([*"no", "enter"], "ConfirmDialog"),
    Step(["escape"]),
    Step(["T"], "TriggerForm"),
    *(Step([key], "TriggerForm") for key in ("tab", "tab", "right", "tab")),
    Step(["escape"]),
    Step(["X"], "ConfirmDialog"),
    Step(["escape"]),
    Step(["asterisk"]),
    Step(["B"], "BulkScreen"),
    Step(["r"], "BulkScreen"),
    Step(["escape"]),
    Step(["U"]),
    Step(["m"]),
    Step(["H"], "ConfirmDialog"),
    Step(["escape"]),
)
_READING = (
    Step(["equals_sign"], "ComparisonScreen"),
    Step(["j"], "ComparisonScreen"),
    Step(["escape"]),
    Step(["L"], "LogScreen"),
    *(Step([key], "LogScreen") for key in ("w", "full_stop", "j", "y", "right_square_bracket", "slash")),
    Step([*"seen", "enter"], "LogScreen"),
    Step(["escape"]),
    Step(["escape"]),
    *itertools.chain.from_iterable((Step(["s"], "SaveMenu"), Step([form])) for form in "cjm"),
    *itertools.chain.from_iterable((Step(["ctrl+g"], "SaveMenu"), Step([form])) for form in "tv"),
)
TOUR = (*_LOOKING, *_TAILORING, *_ACTING, *_READING)
"""Everything that shows a text of a system."""


@asynccontextmanager
async def hostile_deck(
    folder: Path, texts: Iterator[str], watcher: Watcher, seed: int
) -> AsyncIterator[Deck]:
    """The dashboard over a system that tells nothing but these texts, and one that fails with them.

    Args:
        folder: For history and state.
        texts: What is told.
        watcher: Who looks at the terminal.
        seed: Of the shape of records.
    """
    clock, draw = FakeClock(), drawn_from(texts)
    failing = Script(clock, always=ServerFailed(draw(), hint=draw()))
    script = hostile_script(clock, texts, seed=seed)
    script.reasons[ActionKind.HOLD] = draw()
    views = [{"name": draw(), "query": draw()}, {"name": draw(), "sort": draw()}]
    async with running_deck(
        folder,
        {"alpha": script, "beta": failing},
        clock,
        size=watcher.size,
        environment="prod",
        problems=(draw(), draw()),
        driver=watcher.driver(),
        state_dir=folder / "ui",
        views=(*saved_views(()), *(SavedView(view["name"]) for view in views)),
    ) as deck:
        yield deck


async def go(deck: Deck, watcher: Watcher, steps: Sequence[Step] = TOUR) -> float:
    """Press the keys of every step and look; returns the longest time that one took, in seconds.

    Args:
        deck: The dashboard.
        watcher: Who looks.
        steps: What is pressed.
    """
    longest = 0.0
    await look(deck, watcher)
    for step in steps:
        began = time.perf_counter()
        await deck.pilot.press(*step.keys)
        await deck.settle()
        longest = max(longest, time.perf_counter() - began)
        seen = type(deck.app.screen).__name__
        if seen != step.screen:
            watcher.faults.append(f"{' '.join(step.keys)} led to {seen} and not to {step.screen}")
        await look(deck, watcher)
    return longest


async def look(deck: Deck, watcher: Watcher) -> None:
    """Compare the pictures once everything is laid out; once more after a while where something moves on."""
    for _ in range(_LOOKS):
        while _is_moving(deck):
            await deck.pilot.pause()
        known = len(watcher.faults)
        watcher.look(deck.app)
        if len(watcher.faults) == known:
            return
        fresh, watcher.faults[known:] = watcher.faults[known:], []
        # Textual sometimes forgets to paint notices that have moved. Of what it paints now that is sent which
        # differs from what is thought to stand on the terminal: where that is wrong, it stays wrong.
        deck.app.screen.refresh()
        await deck.settle()
    watcher.faults += fresh


def _is_moving(deck: Deck) -> bool:
    """Whether something waits to be laid out: to ask where widgets are would make Textual forget to paint."""
    screen = deck.app.screen
    nodes = [screen, *screen.walk_children(Widget)]
    return any(node._layout_required or node.message_queue_size for node in nodes)

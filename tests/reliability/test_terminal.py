"""A few of what the campaign of hostile texts tries by the thousand, and the real program on a terminal."""

from __future__ import annotations

import itertools
import re
import signal
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.reliability import terminal
from tests.reliability.figures import Figure
from tests.reliability.terminal_tour import Step, go, hostile_deck
from tests.support.hostile import MOVE, SGR, StrictScreen, strangers
from tests.support.hostile_texts import MARKUP, hostile_texts
from tests.support.real_world import RealWorld, is_ready
from tests.support.watched import Watcher, WideMinded

FEW = 300
JOBS = 12
_ESCAPE = r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[P\]X^_].*?(?:\x07|\x1b\\)|[ -/]*[0-~])"
_TITLE = r"\x1b\]2;[^\x00-\x1f\x7f-\x9f]*\x07"
USUAL = frozenset(
    {f"\x1b[?{mode}{way}" for mode in (7, 25, 1000, 1003, 1004, 1006, 1015, 1049, 2004) for way in "hl"}
    | {"\x1b[22;2t", "\x1b[23;2t", "\x1b[5n", "\x1b[<u", "\x1b[>25u", "\x1b[?2026$p", "\x1b[?2048$p"}
    | {"\x1b]22;default\x07"}
)
"""What the program asks a terminal for with harmless jobs: modes, to keep its title, whether it is there."""
_STEPS = (
    *(Step([key]) for key in ("j", "right_square_bracket", "right_square_bracket", "J")),
    Step(["R"], "ConfirmDialog"),
    Step(["escape", "T"], "TriggerForm"),
    Step(["escape", "B"], "BulkScreen"),
    Step(["escape", "L"], "LogScreen"),
    Step(["escape", "equals_sign"], "ComparisonScreen"),
)
_SHORT_WAY = (
    *(Step([key]) for key in ("w", "left")),
    *_STEPS,
    Step(["escape", "question_mark"], "HelpScreen"),
    Step(["escape", "b", "t"]),
    Step(["c"], "ColumnsDialog"),
    Step(["escape", "slash", *"name", "colon"]),
    Step(["escape", "escape", "colon", "at"], "Palette"),
    Step(["escape", "s", "c"]),
    Step(["ctrl+g", "v"]),
)


@pytest.mark.parametrize("part", [terminal.cells, terminal.table, terminal.asked])
def test_a_few_hold(part: Callable[[int], Figure]) -> None:
    figure = part(FEW)
    assert figure.holds, figure


def test_a_short_way_through_the_screens_holds() -> None:
    figure = terminal.screens(1, [(80, 24)], (StrictScreen, WideMinded), _SHORT_WAY)
    assert figure.holds, figure


def test_texts_of_a_megabyte_hold() -> None:
    figure = terminal.huge(_STEPS[3:5])
    assert figure.holds, figure


async def test_markup_is_read_letter_by_letter_on_every_screen() -> None:
    watcher = Watcher(120, 36, (StrictScreen,))
    with tempfile.TemporaryDirectory() as folder:
        texts = itertools.repeat(MARKUP)
        async with hostile_deck(Path(folder), texts, watcher, 0) as deck:
            for step in _STEPS[3:8]:
                await go(deck, watcher, [step])
                shown = re.sub(r"\s+", " ", watcher.text())
                assert "[red]x[/red]" in shown, step
    assert watcher.faults == []


@pytest.fixture
def world(tmp_path: Path) -> Iterator[RealWorld]:
    """A world for the real program; nothing of it runs on after the test."""
    world = RealWorld(tmp_path)
    yield world
    world.close()


def test_the_real_program_asks_for_nothing_that_it_does_not_ask_with_harmless_jobs(world: RealWorld) -> None:
    asked = asked_by_the_program(world, [text for text in hostile_texts(4 * JOBS, seed=81) if text.strip()])
    assert asked <= USUAL, asked - USUAL
    assert "\x1b[?1049h" in asked


def asked_by_the_program(world: RealWorld, texts: list[str]) -> set[str]:
    """All that the program sends beside text and colours over local jobs with these names and logs."""
    world.configure(_config(world.folder, texts))
    with world.start(columns=100, lines=30) as terminal:
        terminal.wait_for(lambda: is_ready(terminal))
        terminal.press("j", "k", "]", "]", "]", "]", "[", "w", "t")
        terminal.press("R")
        terminal.wait_for("esc back")
        terminal.press("Enter")
        terminal.wait_for("1 failed")
        terminal.press("L")
        terminal.wait_for("ERROR")
        terminal.press("q")
        terminal.press(":", "@")
        terminal.wait_for("@")
        terminal.send(signal.SIGTERM)
        assert terminal.wait_exit() == 128 + signal.SIGTERM
        sent = terminal.raw.decode()
    sent = re.sub(f"{SGR}|{MOVE}|{_TITLE}", "", sent)
    return {*re.findall(_ESCAPE, sent, re.DOTALL), *strangers(re.sub(_ESCAPE, "", sent, flags=re.DOTALL))}


def _config(folder: Path, texts: list[str]) -> str:
    """Local jobs whose every text is given; what each of them prints, too."""
    parts = ['[connections.here]\ntype = "local"\nrefresh = 0.5']
    for number in range(JOBS):
        name, printed, *more = texts[4 * number % len(texts) :][:4] + ["x"] * 4
        log = folder / f"log{number}"
        log.write_bytes(f"ERROR {printed} {more}".encode("utf-8", "surrogatepass"))
        parts.append(f"[[connections.here.job]]\nname = {_quoted(f'{number} {name[:200]}')}")
        parts.append(f'command = "cat {log}; exit 3"\npath = {_quoted(" ".join(more))}')
    return "\n".join(parts)


def _quoted(text: str) -> str:
    """A TOML string of nothing but letters and escapes."""
    text = text.encode("utf-8", "replace").decode().replace("\0", "")
    return '"' + "".join(one if one.isalnum() else f"\\U{ord(one):08x}" for one in text) + '"'

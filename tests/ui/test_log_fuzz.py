"""Of the bytes of a log only text and colours reach the terminal, whatever they are and however shown."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from pathlib import Path

import pyte
from rich.cells import get_character_cell_size
from rich.color import ColorSystem
from textual.strip import Strip

from tests.support.hostile import MOVE, SGR, StrictScreen, hostile_lines, strangers
from tests.support.real_world import RealWorld
from tests.ui.log_app import LogApp
from tui.logs.lines import LONGEST_LINE, decoded, shown_line, without_colours
from tui.logs.patterns import Search, search_for
from tui.logs.scrub import MOST_MARKS
from tui.ui.shown import ShownScreen
from tui.ui.widgets.log_look import LogLook, TimeMode
from tui.ui.widgets.log_view import LogView

LINES = 10_000
FEWER = 1_000
RUN = 400
WIDTH, HEIGHT = 100, 41


class Watch:
    """Paints a view on a terminal, as the program does, and looks at what was sent and what is seen."""

    def __init__(self, view: LogView) -> None:
        self.view = view
        self.screen = StrictScreen(WIDTH, HEIGHT)
        self.stream = pyte.Stream(self.screen)
        self.shown = ShownScreen(WIDTH, HEIGHT)
        self.modes = set(self.screen.mode)

    def look(self) -> None:
        strips = [self.view.render_line(y) for y in range(HEIGHT)]
        parts = [self.shown.paint(y, 0, strip, ColorSystem.TRUECOLOR) for y, strip in enumerate(strips)]
        sent = "".join(parts) + self.shown.finish()
        assert not strangers(sent)
        self.stream.feed(sent)
        assert self.screen.asked == []
        assert self.screen.mode == self.modes
        assert not self.screen.title
        assert self.screen.cursor.attrs == self.screen.default_char
        for y, strip in enumerate(strips):
            assert strip.cell_length == WIDTH
            for text, style, _ in strip:
                assert style is not None
                assert not any((style.meta, style.link, style.conceal, style.blink, style.blink2))
                assert text.isspace() or style.color != style.bgcolor, text
            self._compare(strip, y)

    def _compare(self, strip: Strip, y: int) -> None:
        expected, seen = list(cells_of(strip.text)), self.screen.row(y)
        assert len(expected) == WIDTH
        assert max(map(len, expected)) <= 1 + MOST_MARKS
        if seen != expected:
            for cell, other in zip(expected, seen, strict=True):
                assert cell == other or any(map(is_disputed, cell + other)), (cell, other, strip.text)


def cells_of(text: str) -> Iterator[str]:
    """What each cell shows by our own reckoning."""
    if text.isascii():
        yield from text
        return
    cell, width = "", 0
    for character in text:
        own = get_character_cell_size(character)
        if own and width:
            yield cell
            yield from [""] * (width - 1)
            cell = ""
        cell, width = cell + character, own or width
    yield cell
    yield from [""] * (width - 1)


def is_disputed(character: str) -> bool:
    """Whether the two tables of widths don't agree."""
    return max(0, pyte.screens.wcwidth(character)) != get_character_cell_size(character)


def found(pattern: str) -> Search:
    return search_for(re.compile(pattern))


def looks(look: LogLook) -> Iterator[None]:
    """One way to show lines after the other, again and again."""
    for number in itertools.count():
        look.is_wrapped = number % 2 == 1
        look.is_spread = number % 3 == 1
        look.times = list(TimeMode)[number % 4]
        look.has_numbers = number % 5 != 4
        look.side = 0 if look.is_wrapped else (0, 1, 20, 7)[number % 4]
        look.search = found("x|[0-9]+|\N{SYMBOL FOR ESCAPE}|.尺") if number % 4 else None
        look.highlights = [found("e.|seen"), found("word")] if number % 7 else []
        yield


async def test_all_of_every_line_is_shown_as_text(tmp_path: Path) -> None:
    app = LogApp(tmp_path / "a.log")
    app.path.write_bytes(b"\n".join(hostile_lines(LINES)))
    async with app.run_test(size=(WIDTH, HEIGHT)):
        document = app.show()
        view, watch = app.view, Watch(app.view)
        assert view.look is not None
        view.look.is_wrapped = True
        view.go_to_first()
        pages = 0
        while view.places[-1].line != document.last:
            watch.look()
            view.page(HEIGHT)
            pages += 1
        watch.look()
        assert pages > LINES // HEIGHT
        assert document.lines >= LINES


async def test_every_way_of_showing_lines_keeps_them_in_their_rows(tmp_path: Path) -> None:
    app = LogApp(tmp_path / "a.log")
    app.path.write_bytes(b"\n".join(hostile_lines(FEWER, seed=1)))
    async with app.run_test(size=(WIDTH, HEIGHT)):
        document = app.show()
        view, watch = app.view, Watch(app.view)
        assert view.look is not None
        view.go_to_first()
        for number, _ in enumerate(looks(view.look)):
            view.look_changed()
            view.fold(is_all=True)
            view.select(is_begun=number % 3 == 2)
            watch.look()
            if view.places[-1].line == document.last:
                break
            view.page(HEIGHT // 2)
        assert number > FEWER // HEIGHT


_ESCAPE = r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[P\]X^_].*?(?:\x07|\x1b\\\\)|[ -/]*[0-~])"
_COPIED = r"\x1b\]52;c;[A-Za-z0-9+/=]*\x07"


def asked_by_the_program(world: RealWorld, path: Path) -> set[str]:
    """All that the real program sends beside text and colours while a file is gone through."""
    with world.start("view", path.name, columns=WIDTH, lines=HEIGHT) as terminal:
        terminal.wait_for("line 1 of")
        terminal.press("w", *["C-d"] * 60, "t", "_", *["C-d"] * 10, "V", "k", "k", "y", "w", "l", "l")
        terminal.press("/", "seen", "Enter", "n", "N", "G")
        terminal.wait_for(f"line {RUN + 1} of {RUN + 1}")
        terminal.press("q")
        assert terminal.wait_exit() == 0
        sent = terminal.raw.decode()
    sent = re.sub(f"{SGR}|{MOVE}|{_COPIED}", "", sent)
    return {*re.findall(_ESCAPE, sent, re.DOTALL), *strangers(re.sub(_ESCAPE, "", sent, flags=re.DOTALL))}


def test_the_real_program_asks_the_terminal_for_nothing_that_a_log_wants(world: RealWorld) -> None:
    path = world.folder / "a.log"
    path.write_bytes(b"harmless\n" * RUN + b"end")
    usual = asked_by_the_program(world, path)
    assert len(usual) > 5
    lines = b"\n".join(hostile_lines(RUN, seed=2)).split(b"\n")[:RUN]
    path.write_bytes(b"\n".join([*lines, b"end"]))
    assert asked_by_the_program(world, path) <= usual


def test_no_letter_of_a_line_is_lost(tmp_path: Path) -> None:
    for raw in b"\n".join(hostile_lines(LINES)).split(b"\n"):
        text = decoded(raw.rstrip(b"\r").rsplit(b"\r", 1)[-1])[:LONGEST_LINE]
        shown = iter(without_colours(shown_line(raw)))
        letters = (character for character in without_colours(text) if " " < character < "\x7f")
        assert all(letter in shown for letter in letters), raw

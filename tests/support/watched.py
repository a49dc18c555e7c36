"""An app whose every byte for the terminal is looked at, and shown by terminals of different opinions."""

from __future__ import annotations

import base64
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import pyte
from rich.cells import cell_len, get_character_cell_size
from textual.drivers.headless_driver import HeadlessDriver

from tests.support.hostile import FRAME, MOVE, SGR, StrictScreen, is_harmless, strangers
from tui.ui.shown import is_disputed

if TYPE_CHECKING:
    from textual.app import App

_SAFE = r"[^\x00-\x1f\x7f-\x9f]"
ASKED = {
    "title": rf"\x1b\]2;({_SAFE}*)\x07",
    "title kept": r"\x1b\[22;2t()",
    "title given back": r"\x1b\[23;2t()",
    "copied": r"\x1b\]52;c;([A-Za-z0-9+/]*={0,2})\x07",
    "notice": rf"\x1b\]9;({_SAFE}*)\x07\x1b\]777;notify;[^;\x00-\x1f\x7f-\x9f]*;[^;\x00-\x1f\x7f-\x9f]*\x07",
    "link": r"\x1b\]8;(?:id=[\d-]+)?;(https?://[!-~]+)?\x1b\\",
    "pointer": r"\x1b\]22;([a-z-]*)\x07",
    "bell": r"\x07()",
}
"""All that the program itself asks of a terminal beside painting, each with what is in it."""

_PARTS = re.compile("|".join(f"(?P<{name.replace(' ', '_')}>{form})" for name, form in ASKED.items()))


class NarrowMinded(StrictScreen):
    """A terminal of long ago: pictures take one cell, and it knows no marks that are younger than itself."""

    def width(self, character: str, before: str) -> int:
        """Cells that a character takes behind another one."""
        del before
        own = max(0, pyte.screens.wcwidth(character))
        if own > 1 and (ord(character) >= 0x1F000 or 0x2300 <= ord(character) < 0x2C00):
            return 1
        return own or (1 if ord(character) >= 0x1AB0 and _is_drawn(character) else 0)

    def draw(self, data: str) -> None:
        """Put characters into the cells that this terminal thinks they take."""
        for character in data:
            self._put(character)

    def _put(self, character: str) -> None:
        line, x = self.buffer[self.cursor.y], self.cursor.x
        before = line[x - 1].data or line[max(0, x - 2)].data if x else ""
        width = self.width(character, before)
        if not width:
            if x:
                at = x - 1 if line[x - 1].data or x == 1 else x - 2
                line[at] = line[at]._replace(data=line[at].data + character)
            return
        x -= max(0, x + width - self.columns)
        for place in range(x, x + width):
            self._tear(line, place)
        line[x] = self.cursor.attrs._replace(data=character)
        if width > 1:
            line[x + 1] = self.cursor.attrs._replace(data="")
        self.cursor.x = x + width

    def _tear(self, line: Any, place: int) -> None:
        """Whoever writes over half a wide character wipes the other half, too."""
        blank = self.default_char
        if line[place].data == "" and place:
            line[place - 1] = blank
        if place + 1 < self.columns and line[place + 1].data == "":
            line[place + 1] = blank


class WideMinded(NarrowMinded):
    """A terminal that takes two cells for whatever it does not know well, marks and joiners too."""

    def width(self, character: str, before: str) -> int:
        """Cells that a character takes behind another one."""
        del before
        own = max(0, pyte.screens.wcwidth(character))
        if not own:
            return 2 if _is_drawn(character) else 0
        return 2 if is_disputed(character) else own


class Clustering(NarrowMinded):
    """A terminal that draws what belongs together in one place: families, flags, tones of skin."""

    def width(self, character: str, before: str) -> int:
        """Cells that a character takes behind another one."""
        own = max(0, pyte.screens.wcwidth(character))
        if before.endswith("\u200d") or "\U0001f3fb" <= character <= "\U0001f3ff":
            return 0
        if _is_flag(character) and len(before) == 1 and _is_flag(before):
            return 0
        return 2 if _is_flag(character) else own


def _is_flag(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _is_drawn(character: str) -> bool:
    return unicodedata.category(character)[0] == "M"


OPINIONS: Sequence[type[StrictScreen]] = (StrictScreen, NarrowMinded, WideMinded, Clustering)
"""The first one has the opinion of Unicode's tables."""


class WatchedDriver(HeadlessDriver):
    """Takes what is meant for a terminal, and hands it to whoever watches."""

    watch: Callable[[str], object] = staticmethod(lambda data: None)
    """Called with every piece that is written."""

    @property
    def is_headless(self) -> bool:
        """No: everything is painted."""
        return False

    def write(self, data: str) -> None:
        """Hand a piece over, as it would arrive."""
        type(self).watch(data.encode("utf-8", "replace").decode())


class Watcher:
    """Looks at every byte that an app sends, and at what terminals make of it."""

    def __init__(self, width: int, height: int, opinions: Sequence[type[StrictScreen]] = OPINIONS) -> None:
        """Begin with blank terminals.

        Args:
            width: Their columns.
            height: Their lines.
            opinions: What kinds of terminals.
        """
        self.size = (width, height)
        """Columns and lines."""
        self.screens = [opinion(width, height) for opinion in opinions]
        """What the terminals show."""
        self.asked: list[tuple[str, str]] = []
        """What was asked for beside painting: its kind, and what was in it."""
        self.faults: list[str] = []
        """Whatever got through."""
        self.looks = 0
        """How many pictures were compared."""
        self.bytes = 0
        """How much was sent."""
        self._streams = [pyte.Stream(screen) for screen in self.screens]
        self._modes = set(self.screens[0].mode)

    def driver(self) -> type[WatchedDriver]:
        """A driver that hands everything to this watcher."""
        return type("Driver", (WatchedDriver,), {"watch": staticmethod(self.take)})

    def take(self, data: str) -> None:
        """Judge a piece by its bytes, and let the terminals show it."""
        self.bytes += len(data)
        data = _PARTS.sub(self._note, re.sub(FRAME, "", data))
        if strange := strangers(data, SGR, MOVE):
            rest = re.sub(f"{SGR}|{MOVE}", "", data)
            at = min(map(rest.index, strange))
            self._tell(f"sent to the terminal: {strange!r} in {rest[max(0, at - 40) : at + 40]!r}")
        for stream in self._streams:
            stream.feed(data)

    def look(self, app: App[Any]) -> None:
        """Compare what the terminals show with what the app believes that they show."""
        self.looks += 1
        width, height = self.size
        strips = app.screen._compositor.render_strips(app.size)
        for screen in self.screens:
            if screen.asked or screen.mode != self._modes or screen.title:
                self._tell(f"the terminal was asked for {screen.asked} {screen.title!r}")
        x, y = app._previous_cursor_position
        for screen in self.screens:
            if (screen.cursor.x, screen.cursor.y) != (x, y):
                self._tell(f"the cursor is at {screen.cursor.x}, {screen.cursor.y} and not at {x}, {y}")
        for y, strip in enumerate(strips[:height]):
            self._check_style(strip)
            cells = list(cells_of(strip.text))
            if len(cells) != width:
                self._tell(f"line {y} takes {len(cells)} cells: {strip.text!r}")
                continue
            for screen in self.screens:
                self._compare(cells, screen, y)

    def text(self) -> str:
        """What the first terminal shows."""
        screen = self.screens[0]
        return "\n".join("".join(screen.row(y)) for y in range(screen.lines))

    def rows(self) -> list[list[str]]:
        """Every cell of the first terminal."""
        screen = self.screens[0]
        return [screen.row(y) for y in range(screen.lines)]

    def _tell(self, fault: str) -> None:
        self.faults.append(fault)

    def _check_style(self, strip: Any) -> None:
        for text, style, _ in strip:
            if style is not None and (style.conceal or style.blink or style.blink2):
                self._tell(f"hidden or blinking: {text!r}")
            link = style.link if style is not None else None
            if link and not (link.isascii() and link.isprintable()):
                self._tell(f"a link to {link!r}")

    def _compare(self, cells: Sequence[str], screen: StrictScreen, y: int) -> None:
        seen = screen.row(y)
        for x, (cell, other) in enumerate(zip(cells, seen, strict=True)):
            whole = cell or cells[x - 1]
            is_lost = is_disputed(whole) and (not other.strip() or other[0] in whole)
            if cell != other and not is_lost:
                here = "".join(seen[max(0, x - 20) : x + 20])
                self._tell(
                    f"{type(screen).__name__} shows {other!r} for {cell!r} in cell {x} of line {y}: {here!r}"
                )

    def _note(self, found: re.Match[str]) -> str:
        kind = (found.lastgroup or "").replace("_", " ")
        inside = next((group for group in found.groups() if group not in (None, found[0])), "")
        if kind == "copied":
            inside = base64.b64decode(inside or "").decode()
        if not all(map(is_harmless, inside)) and kind != "copied":
            self._tell(f"a {kind} with {inside!r}")
        self.asked.append((kind, inside or ""))
        return ""


def cells_of(text: str) -> Iterator[str]:
    """What each cell shows by the program's own reckoning; nothing behind a wide character."""
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
        if character == "\ufe0f":
            width = cell_len(cell)  # a picture, where there was a sign
    yield cell
    yield from [""] * (width - 1)

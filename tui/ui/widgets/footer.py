"""The last line: the keys that work here and now, and a word about how things go."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len, set_cell_size
from rich.style import Style
from textual.color import Color
from textual.reactive import reactive

from tui.ui.bindings import TABLE, UNBOUND
from tui.ui.glyphs import UNICODE
from tui.ui.keymap import shown_key
from tui.ui.linked_app import LinkedApp
from tui.ui.widgets.line_widget import LineWidget, PaintedLine

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from textual import events
    from textual.binding import ActiveBinding

    from tui.ui.widgets.line_widget import PaintedCell

HINT_ORDER = (
    "open",
    "chart",
    "open_log",
    "rerun",
    "stop",
    "find",
    "problems",
    "next_failed",
    "find_next",
    "only_matching",
    "follow",
    "wide",
    "save",
    "copy",
    "open_pager",
    "palette",
    "help",
)
"""Ids in the order of the line; what a screen lacks is left out. The last goes first when room ends."""

_LAST_TO_GO = "help"
_GAP = "  "


class Hint(NamedTuple):
    """One key and the word beside it."""

    id: str
    """The binding's id; empty for a binding outside the table."""
    key: str
    """The key as Textual names it."""
    word: str
    """What it does."""
    is_available: bool
    """Whether it can act now; else it is shown grey."""

    @property
    def width(self) -> int:
        """Cells that it takes, without the gap behind it."""
        return cell_len(shown_key(self.key)) + 1 + cell_len(self.word)


class Footer(LineWidget):
    """Shows effective keys, so that a rebound key is told as it is; a click on one presses it."""

    DEFAULT_CSS = """
    Footer { height: 1; width: 1fr; dock: bottom; background: $panel; color: $foreground; }
    """

    status: reactive[str] = reactive("", repaint=False)
    """A few words at the right end, such as `paused`."""
    link: reactive[str] = reactive("", repaint=False)
    """How the line to the terminal is, behind them: `41 ms`."""

    def __init__(self) -> None:
        super().__init__()
        self._hints: Sequence[Hint] = ()
        self._shown: Sequence[Hint] = ()
        self._dot = UNICODE.dot
        self._key_style = self._word_style = self._grey_style = Style.null()

    @property
    def shown(self) -> Sequence[Hint]:
        """The hints that have room, as they were last drawn."""
        return self._shown

    def on_mount(self) -> None:
        """Follow what the screen can do."""
        self.screen.bindings_updated_signal.subscribe(self, self._take_bindings)
        app = self.app
        if isinstance(app, LinkedApp):
            self._dot = app.glyphs.dot
            self.watch(app, "link_told", self._take_link)
        self.call_after_refresh(self._take_bindings, self.screen)

    def watch_status(self) -> None:
        """Paint what differs."""
        self.repaint()

    def watch_link(self) -> None:
        """Paint what differs."""
        self.repaint()

    def on_click(self, event: events.Click) -> None:
        """Press the key that was clicked on."""
        end = 1
        for hint in self._shown:
            end += hint.width + len(_GAP)
            if event.x < end:
                self.app.simulate_key(hint.key)
                return

    def restyle(self) -> None:
        """Ask the theme for the colours."""
        self._key_style = self._style("accent", is_bold=True)
        self._word_style = self._style("text-muted")
        self._grey_style = self._style("text-disabled")

    def draw_line(self, y: int) -> PaintedLine:
        """The hints that fit, and the status."""
        del y
        width = self.size.width
        plain, grey = self._word_style, self._grey_style
        told = f" {self._dot} ".join(filter(None, (self.status, self.link)))
        status = set_cell_size(told, min(cell_len(told), max(0, width - 2)))
        self._shown = _fitting(self._hints, width - cell_len(status) - 2)
        cells: list[PaintedCell] = [((" ", plain),)]
        for hint in self._shown:
            key_style, word_style = (self._key_style, plain) if hint.is_available else (grey, grey)
            cells.append(((shown_key(hint.key), key_style), (f" {hint.word}{_GAP}", word_style)))
        used = 1 + sum(hint.width + len(_GAP) for hint in self._shown)
        cells.append(((" " * max(0, width - used - cell_len(status) - 1), plain),))
        cells.append(((f"{status} ", plain),))
        return PaintedLine(tuple(cells))

    def _style(self, variable: str, *, is_bold: bool = False) -> Style:
        colour = Color.parse(self.app.theme_variables[variable])
        background = self.background_colors[1]
        return Style(color=colour.rich_color, bgcolor=background.rich_color, bold=is_bold or None)

    def _take_link(self, told: str) -> None:
        self.link = told

    def _take_bindings(self, screen: object) -> None:
        del screen
        self._hints = hints_of(self.screen.active_bindings.values())
        self.repaint()


def hints_of(bindings: Iterable[ActiveBinding]) -> Sequence[Hint]:
    """The hints of active bindings in the order of the line; what only this place has comes first."""
    local: list[Hint] = []
    known: dict[str, Hint] = {}
    for _, binding, is_enabled, _ in bindings:
        word = binding.group.description if binding.group is not None else binding.description
        if not binding.show or not word or binding.key == UNBOUND:
            continue
        hint = Hint(binding.id or "", binding.key, word, is_enabled)
        if hint.id in TABLE:
            known.setdefault(hint.id, hint)
        else:
            local.append(hint)
    return [*local, *(known[id_] for id_ in HINT_ORDER if id_ in known)]


def _fitting(hints: Sequence[Hint], room: int) -> Sequence[Hint]:
    """As many hints as there is room for; the way to all others stays longest."""
    shown = list(hints)
    while shown and sum(hint.width + len(_GAP) for hint in shown) > room:
        spare = next((hint for hint in reversed(shown) if hint.id != _LAST_TO_GO), shown[-1])
        shown.remove(spare)
    return shown

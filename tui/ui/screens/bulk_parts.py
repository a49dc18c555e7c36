"""The parts of the dialog about many jobs, and how they share the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Vertical
from textual.widgets import Static

from tui.ui.screens.once import AnsweredOnce
from tui.ui.widgets.bulk_list import BulkList

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.content import Content


LOW = 28
"""Below so many lines the parts move together."""

_LINES, _LINES_LOW = 20, 12
"""The most lines that everything beside the list may take: margins, texts, the space between them."""

_FEWEST = 2


class BulkParts(AnsweredOnce[None]):
    """Title, counts, jobs, options, question."""

    AUTO_FOCUS = "BulkList"
    DEFAULT_CSS = """
    BulkParts { align: center middle; background: $background 60%; }
    BulkParts > Vertical {
        width: 100%; max-width: 160; height: auto; max-height: 100%; margin: 1 2;
        padding: 1 2; background: $panel; border-left: outer $accent;
    }
    BulkParts.-full > Vertical { height: 100%; }
    BulkParts.-low > Vertical { margin: 0; padding: 0 1; }
    BulkParts.-prod > Vertical { border-left: outer $env-prod; background: $prod-tint; }
    BulkParts.-prod BulkList { background: $prod-tint; }
    BulkParts Static { width: 1fr; height: auto; }
    BulkParts #counts { max-height: 2; }
    BulkParts #head { height: 1; margin-top: 1; text-wrap: nowrap; }
    BulkParts #told { height: 2; color: $text-muted; margin-top: 1; }
    BulkParts.-low #told, BulkParts.-low #head { margin-top: 0; }
    BulkParts.-low #told { height: 1; text-wrap: nowrap; text-overflow: ellipsis; }
    BulkParts #options { max-height: 3; margin-top: 1; }
    BulkParts.-low #options { margin-top: 0; }
    BulkParts #ask { margin-top: 1; }
    BulkParts.-low #ask { margin-top: 0; }
    """

    def compose(self) -> ComposeResult:
        """What it is about, the counts, the jobs, the options, the question."""
        with Vertical():
            yield Static(id="title", markup=False)
            yield Static(id="counts", markup=False)
            yield Static(id="head", markup=False)
            yield BulkList(self.app.glyphs)
            yield Static(id="told", markup=False)
            options = Static(id="options", markup=False)
            options.auto_links = False
            yield options
            yield Static(id="ask", markup=False)

    @property
    def list(self) -> BulkList:
        """The jobs."""
        return self.query_one(BulkList)

    def make_room(self) -> None:
        """Few jobs make a low dialog; many fill the screen, and the list takes what the other parts leave."""
        count = max(_FEWEST, self.list.viewport.count)
        others = _LINES_LOW if self.has_class("-low") else _LINES
        is_full = count > self.size.height - others
        self.set_class(is_full, "-full")
        self.list.styles.height = "1fr" if is_full else count

    def action_undo(self) -> None:
        """Take it back while nothing was sent yet."""
        self.app.action_undo()

    def tell(self, place: str, content: Content) -> None:
        """Put a text into one of the parts."""
        self.query_one(f"#{place}", Static).update(content)

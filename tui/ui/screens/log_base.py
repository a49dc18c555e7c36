"""What every log screen consists of: title, log, a line to type into, what there is to say, the keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.content import Content
from textual.widgets import Static

from tui.ui.bindings import Scope, bindings_for
from tui.ui.dry_run import badge
from tui.ui.screens.work_screen import WorkScreen
from tui.ui.widgets.footer import Footer
from tui.ui.widgets.log_prompt import LogPrompt
from tui.ui.widgets.log_view import LogView

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from tui.logs.document import LogDocument

Fact = tuple[str, str]
"""A text and its style."""

_TITLE_EVERY_S = 1.0


class LogBase(WorkScreen):
    """Shows a document; those built on it say which one, and add keys."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings_for(Scope.EVERYWHERE, Scope.LOG)]
    DEFAULT_CSS = """
    LogBase { background: $background; }
    LogBase > #title {
        height: 1; width: 1fr; background: $panel; text-wrap: nowrap; text-overflow: ellipsis;
    }
    LogBase > #status {
        height: 1; width: 1fr; background: $surface; color: $text-muted;
        text-wrap: nowrap; text-overflow: ellipsis;
    }
    """

    _log_view: LogView | None = None
    _left_at: int | None = None
    """Bytes that there were when the reader left the tail."""

    def compose(self) -> ComposeResult:
        """Title, log, line to type into, status, keys."""
        startup = self.app.startup
        from tui.ui.moments import display_zone

        yield Static(id="title", markup=False)
        self._log_view = LogView(glyphs=self.app.glyphs, zone=display_zone(startup.timezone))
        yield self._log_view
        yield LogPrompt()
        yield Static(id="status", markup=False)
        yield Footer()

    @property
    def view(self) -> LogView:
        """The log itself. Raises LookupError before the screen is composed."""
        if self._log_view is None:
            raise LookupError("there is no view yet")
        return self._log_view

    @property
    def is_shown(self) -> bool:
        """Whether there is still a view: what goes on in the background may end later than the screen."""
        return self._log_view is not None and self.is_attached and self._log_view.is_attached

    @property
    def document(self) -> LogDocument | None:
        """What is shown; None until it has been opened."""
        return self._log_view.document if self._log_view is not None else None

    @property
    def prompt(self) -> LogPrompt:
        """The line to type into."""
        return self.query_one(LogPrompt)

    @property
    def log_name(self) -> str:
        """What files of this log are called."""
        return "log"

    def show_document(self, document: LogDocument) -> None:
        """Show a log."""
        self._left_at = None
        self.view.show(document, self.began_at)

    def document_grown(self) -> None:
        """Take over that the log has changed."""
        if self.is_shown:
            self.view.take_changes()

    def leave_document(self, document: LogDocument) -> None:
        """Show a log no more that is about to be closed."""
        if self.document is document:
            self.view.show(None)

    @property
    def began_at(self) -> datetime | None:
        """When the run of the log began, where that is known."""
        return None

    def facts(self) -> Iterator[Fact]:
        """What the title tells, from the left."""
        yield f" {self.log_name}", "bold"
        yield from self.place_facts()

    def place_facts(self) -> Iterator[Fact]:
        """Where in the log the reader is."""
        document, view = self.document, self.view
        if document is None:
            return
        number = document.number(view.cursor)
        more = "" if document.is_indexed else "+"
        told = "?" if number is None else f"{number + 1 if document.size else 0:,}"
        yield f"   line {told} of {document.lines:,}{more}", ""
        if more:
            yield f" · counting {document.index.progress:.0%}", "$text-muted"
        if view.is_following:
            yield " · following", "$accent"
        elif new := self._new_lines(document):
            yield f" · {new:,} new {'line' if new == 1 else 'lines'}", "$accent"

    def remarks(self) -> Iterator[Fact]:
        """What the line above the keys tells."""
        yield from ()

    def on_mount(self) -> None:
        """Begin with the keys in the log."""
        self.view.focus()
        self.set_interval(_TITLE_EVERY_S, self.update_title)

    def on_log_view_moved(self) -> None:
        """Tell the new position."""
        document = self.document
        if self.view.is_following or document is None:
            self._left_at = None
        elif self._left_at is None or self._left_at > document.size:
            self._left_at = document.size
        self.update_title()

    def update_title(self) -> None:
        """Tell how things are now."""
        if not self.is_shown:
            return
        title = badge(is_dry_run=self.app.startup.is_dry_run) + Content.assemble(*self.facts())
        self._put("#title", title)
        remarks = [remark for remark in self.remarks() if remark[0]]
        parts = [part for remark in remarks for part in ((" · ", "$text-disabled"), remark)][1:]
        self._put("#status", Content.assemble(" ", *parts) if parts else Content())

    def _new_lines(self, document: LogDocument) -> int:
        """Lines that came since the reader left the tail."""
        if not self._left_at or self._left_at >= document.size:
            return 0
        before = document.number(self._left_at)
        return 0 if before is None else document.lines - before

    def _put(self, name: str, told: Content) -> None:
        static = self.query_one(name, Static)
        if not (isinstance(static.content, Content) and static.content.is_same(told)):
            # It takes the whole line whatever it says: laying out the screen at each key would cost the most.
            static.update(told, layout=False)

"""A log view alone on a screen, over a real file."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

from textual.app import App, ComposeResult

from tests.support.dashboard import THEMES
from tui.logs.document import LogDocument
from tui.logs.source import LogFile
from tui.ui.theme import load_theme
from tui.ui.widgets.log_view import LogView


class LogApp(App[None]):
    """Shows one file."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.register_theme(load_theme("nightdeck-dark", [THEMES]))
        self.theme = "nightdeck-dark"
        self.path = path
        self.opened: list[LogDocument] = []

    def compose(self) -> ComposeResult:
        yield LogView(zone=ZoneInfo("Europe/Berlin"))

    @property
    def view(self) -> LogView:
        return self.query_one(LogView)

    @property
    def document(self) -> LogDocument:
        return self.opened[-1]

    def show(self) -> LogDocument:
        """Show the file as it is now, with all its lines counted."""
        document = LogDocument(LogFile(self.path))
        while not document.index.catch_up():
            pass
        self.opened.append(document)
        self.view.show(document)
        return document

    def write(self, data: bytes, *, is_anew: bool = False) -> None:
        """Add to the file, or write it anew, and let the view see it."""
        with self.path.open("wb" if is_anew else "ab") as file:
            file.write(data)
        document = self.document
        document.refresh()
        while not document.index.catch_up():
            pass
        self.view.take_changes()

    def on_unmount(self) -> None:
        """Close every file."""
        for document in self.opened:
            document.file.close()

    @property
    def rows(self) -> list[str]:
        """What the view paints, without the track at its edge."""
        return [self.view.render_line(y).text[:-1].rstrip() for y in range(self.view.size.height)]

    def selected(self) -> tuple[int, int] | None:
        """The selected lines."""
        return self.view.selection

    @property
    def line(self) -> int:
        """The number of the line under the cursor, from 0."""
        number = self.document.number(self.view.cursor)
        assert number is not None
        return number

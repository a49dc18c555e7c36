"""A record under keys and mouse: fold, search, copy."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.content import Content

from tui.core.redaction import MASK
from tui.ui.bindings import Scope, bindings_for
from tui.ui.widgets.json_document import JsonDocument, Kind
from tui.ui.widgets.json_outline import Outline
from tui.ui.widgets.line_list import LineList

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from textual import events
    from textual.binding import BindingType

    from tui.ui.glyphs import GlyphSet

_STYLES = {
    Kind.TEXT: "$foreground",
    Kind.NUMBER: "$state-running",
    Kind.WORD: "$state-queued",
    Kind.EMPTY: "$text-muted",
    Kind.OPEN: "$text-muted",
    Kind.CLOSE: "$text-muted",
}
_INDENT = "  "
_MOST_KEPT = 200


class JsonView(LineList):
    """Draws the lines that are seen; a record of many megabytes is as fast as a short one."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings_for(Scope.TABLE, only=("mark",)),
        *bindings_for(Scope.DETAIL, only=("fold", "fold_all", "copy_path")),
        *bindings_for(Scope.EVERYWHERE, Scope.DETAIL, only=("copy",)),
    ]

    def __init__(self, glyphs: GlyphSet) -> None:
        """Start without a record.

        Args:
            glyphs: The signs to draw with.
        """
        super().__init__(glyphs)
        self.document = JsonDocument({})
        self._outline = Outline(self.document)
        self._wanted = ""

    @property
    def at(self) -> int:
        """The line of the record under the cursor; -1 while there is none."""
        return self._outline.row(self.line).line if 0 <= self.line < len(self._outline) else -1

    @property
    def path(self) -> str:
        """Where the value under the cursor stands in the record."""
        return self.document.path(self.at) if self.at >= 0 else ""

    @property
    def folded_paths(self) -> Collection[str]:
        """What is folded, for the same record read anew; empty where it is more than is folded by hand."""
        folded = self._outline.folded
        return {self.document.path(line) for line in folded} if len(folded) <= _MOST_KEPT else ()

    def show_document(self, document: JsonDocument, folded: Collection[int] = ()) -> None:
        """Show a record; where it is the same one read anew, the cursor stays.

        Args:
            document: The record.
            folded: Lines whose objects and lists are folded.
        """
        at = max(0, self.at)
        path = self.document.path(at)
        self.document = document
        self._outline = Outline(document, self.text_width)
        self._outline.fold(folded)
        is_same = at < len(document) and document.path(at) == path
        self.show_lines(len(self._outline), self._outline.row_of(at) if is_same else 0)

    def start_over(self) -> None:
        """Forget the record."""
        self.document = JsonDocument({})
        self._outline = Outline(self.document)
        self.note = Content()
        self.show_lines(0, 0)

    def highlight(self, wanted: str) -> None:
        """Mark a text wherever it is seen; an empty one marks nothing."""
        self._wanted = wanted
        self.repaint()

    def go_to(self, line: int) -> None:
        """Put the cursor on a line of the record, and unfold what hides it."""
        self._outline.reveal(line)
        self._stand_on(line)

    def content_of(self, line: int) -> Content:
        """A line of the record, or a part of a long text below it."""
        row = self._outline.row(line)
        told = self.document.line(row.line)
        indent = _INDENT * (told.depth + 1)
        if row.part:
            content = Content.assemble(
                f"{indent}{_INDENT}", (self._outline.part_text(row), _STYLES[told.kind])
            )
        else:
            content = Content.assemble(self._sign(row.line), indent[1:], *self._pieces(row.line))
        return self._marked(content)

    def on_resize(self, event: events.Resize) -> None:
        """Cut opened texts for the room there is now."""
        del event
        at = self.at
        self._outline.resize(self.text_width)
        if at >= 0:
            self.show_lines(len(self._outline), self._outline.row_of(at))

    def action_open(self) -> None:
        """Fold or unfold the object or list here, or show a long text whole."""
        if self.at >= 0:
            self._stand_on(self._outline.toggle(self.at))

    def action_mark(self) -> None:
        """The same as opening."""
        self.action_open()

    def action_fold(self) -> None:
        """Fold the object or list here, or the one around this value."""
        if self.at >= 0:
            self._stand_on(self._outline.fold_around(self.at))

    def action_fold_all(self) -> None:
        """Fold everything, or unfold it all."""
        at = self.at
        if at >= 0:
            self._outline.toggle_all()
            self._stand_on(at)

    def action_copy(self) -> None:
        """Copy the value under the cursor."""
        if self.at >= 0:
            self._copy(self.document.copy_text(self.at), "value")

    def action_copy_path(self) -> None:
        """Copy where the value under the cursor stands."""
        if self.at >= 0:
            self._copy(self.path, "path")

    def _copy(self, text: str, what: str) -> None:
        from tui.ui.takeaway import TakeawayApp

        if isinstance(self.app, TakeawayApp):
            self.app.copy_text(text, what)

    def _stand_on(self, line: int) -> None:
        self.show_lines(len(self._outline), self._outline.row_of(line))
        self.post_message(self.Moved(self.line))

    def _sign(self, line: int) -> tuple[str, str]:
        """Whether something can be folded or unfolded here."""
        if self.document.end(line) <= line or self.document.begin(line) != line:
            return (" ", "")
        is_folded = line in self._outline.folded
        signs = "▸▾" if self.glyphs.heights else "+-"
        return (signs[not is_folded], "$accent" if is_folded else "$text-disabled")

    def _pieces(self, line: int) -> Sequence[tuple[str, str]]:
        told, muted = self.document.line(line), "$text-muted"
        pieces = [(told.name, "$accent"), (": ", muted)] if told.name else []
        is_masked = told.kind is Kind.TEXT and MASK in told.text
        pieces.append((told.text, "$state-warning" if is_masked else _STYLES[told.kind]))
        has_comma = told.has_comma
        if told.kind is Kind.OPEN and line in self._outline.folded:
            end = self.document.line(self.document.end(line))
            count = self.document.size(line)
            pieces += [(f"{self.glyphs.ellipsis}{end.text}", muted), (f" {count:,}", "$text-disabled")]
            has_comma = end.has_comma
        if has_comma:
            pieces.append((",", muted))
        return pieces

    def _marked(self, content: Content) -> Content:
        wanted, plain = self._wanted, content.plain
        if not wanted:
            return content
        if wanted == wanted.lower():
            plain = plain.lower()
        start = plain.find(wanted)
        while start >= 0:
            content = content.stylize("$log-match-text on $log-match", start, start + len(wanted))
            start = plain.find(wanted, start + len(wanted))
        return content

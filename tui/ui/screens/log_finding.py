"""The keys that find in a log: searches, what is shown only, highlights, errors, warnings."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tui.logs.patterns import parse_search
from tui.ui.log_search import LogSearch, Only
from tui.ui.screens.log_going import LogGoing
from tui.ui.widgets.log_prompt import Asked, LogPrompt
from tui.ui.work import later

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence

    from tui.logs.document import LogDocument
    from tui.logs.patterns import Search
    from tui.logs.walking import Walk
    from tui.ui.board import Board
    from tui.ui.log_search import Found
    from tui.ui.screens.log_base import Fact

_NOT = "!"
_LETTER_S = 0.05
"""Seconds after a letter before all matches are counted."""

_NOTHING = "search for something first: /"


class LogFinding(LogGoing):
    """Answers these keys."""

    def __init__(self, board: Board) -> None:
        """Search for nothing yet.

        Args:
            board: Where jobs come from.
        """
        super().__init__(board)
        self.searching = LogSearch(self._search_progressed)
        """What is searched for, and what is shown only."""
        self._before: tuple[int, bool] = (0, False)
        self._accepted: Sequence[Only] = ()
        self._past: Sequence[str] | None = None

    def show_document(self, document: LogDocument) -> None:
        """Show a log, in which the same is searched for as in the one before."""
        super().show_document(document)
        self.run_worker(later(self._search_in, document), group="search", exclusive=True)

    def document_grown(self) -> None:
        """Take over that the log has changed, and search what came."""
        super().document_grown()
        self._search_on()

    def action_find(self) -> None:
        """Type what to search for."""
        self._ask(Asked.SEARCH)

    def action_only_matching(self) -> None:
        """Type what the lines have that are shown only; what is searched for is proposed."""
        search = self.searching.search
        known = {each.search.text for each in self.searching.only}
        self._ask(Asked.ONLY, search.text if search is not None and search.text not in known else "")

    def action_find_next(self) -> None:
        """The next match."""
        self._find(1)

    def action_find_previous(self) -> None:
        """The match before."""
        self._find(-1)

    def action_next_failed(self) -> None:
        """The next error."""
        self._go_to_found(self.searching.next_error, 1, "no line tells of an error")

    def action_previous_failed(self) -> None:
        """The error before."""
        self._go_to_found(self.searching.next_error, -1, "no line tells of an error")

    def action_next_warning(self) -> None:
        """The next warning."""
        self._go_to_found(self.searching.next_warning, 1, "no line tells of a warning")

    def action_warning_before(self) -> None:
        """The warning before."""
        self._go_to_found(self.searching.next_warning, -1, "no line tells of a warning")

    def action_highlight(self) -> None:
        """Keep what is searched for highlighted; again, no more."""
        search, look = self.searching.search, self.view.look
        if search is None or look is None:
            self.notify(_NOTHING, severity="warning", markup=False)
            return
        others = tuple(each for each in look.highlights if each.text != search.text)
        is_new = len(others) == len(look.highlights)
        look.highlights = (*others, search) if is_new else others
        self.view.look_changed()
        self.update_title()

    def action_clear_filter(self) -> None:
        """Forget search, highlights, and what is shown only."""
        look = self.view.look
        if look is not None:
            look.search, look.highlights = None, ()
        self.run_worker(later(self._clear), group="search", exclusive=True)

    def on_log_prompt_typed(self, message: LogPrompt.Typed) -> None:
        """Search as it is typed, from where the reader was, or show these lines only."""
        if message.asked is Asked.SEARCH:
            self.run_worker(later(self._search, message.text), group="search", exclusive=True)
        elif message.asked is Asked.ONLY:
            self.run_worker(later(self._preview, message.text), group="only", exclusive=True)

    def on_log_prompt_accepted(self, message: LogPrompt.Accepted) -> None:
        """Keep it, and give the keys back."""
        self.view.focus()
        if message.asked is Asked.PLACE:
            self.go_to_text(message.text)
            return
        if message.text.strip():
            self._keep(message.text)
        if message.asked is Asked.ONLY:
            self.run_worker(later(self._accept, message.text), group="only", exclusive=True)
        elif not message.text:
            self._find(1)
        self.update_title()

    def on_log_prompt_left(self, message: LogPrompt.Left) -> None:
        """Back to where the reader was before."""
        self.view.focus()
        if message.asked is Asked.SEARCH:
            self.run_worker(later(self._search, ""), group="search", exclusive=True)
        elif message.asked is Asked.ONLY:
            self.run_worker(later(self._show_only, self._accepted), group="only", exclusive=True)
        self._return()

    def finding_remarks(self) -> Iterator[Fact]:
        """What is searched for, with its matches, and what is left out."""
        search, hits = self.searching.search, self.searching.hits
        if search is not None:
            yield f"/{search.text}", "$accent"
            if hits is not None:
                more = "" if hits.is_complete else f"+ {hits.progress:.0%}"
                yield f"{hits.count:,}{more} {'line' if hits.count == 1 and not more else 'lines'}", "$accent"
            if search.problem:
                yield f"as plain text: {search.problem}", "$state-warning"
        for only in self.searching.only:
            yield f"{'without' if only.is_inverse else 'only'} {only.search.text}", "$state-warning"
        sifted = self.searching.filter
        if sifted is not None:
            more = "" if sifted.is_complete else f"+ {sifted.progress:.0%}"
            yield f"{sifted.count:,}{more} shown", "$state-warning"
        look = self.view.look
        if look is not None and look.highlights:
            yield f"highlighted: {', '.join(each.text for each in look.highlights)}", ""

    def _ask(self, asked: Asked, text: str = "") -> None:
        if self._past is None:
            from tui.config.past_texts import SEARCHES

            folder = self.app.startup.state_dir
            self._past = SEARCHES.load(folder) if folder is not None else ()
        self._before = (self.view.cursor, self.view.is_following)
        self._accepted = self.searching.only
        self.prompt.ask(asked, self._past, text)
        if text:
            self.on_log_prompt_typed(LogPrompt.Typed(asked, text))

    def _return(self) -> None:
        line, was_following = self._before
        if was_following:
            self.view.follow()
        else:
            self.view.go_to(line)

    def _keep(self, text: str) -> None:
        from tui.config.past_texts import SEARCHES, with_newest
        from tui.core.errors import ConfigError

        folder = self.app.startup.state_dir
        self._past = with_newest(text, self._past or ())
        if folder is not None and self.app.mask(text) == text:
            try:
                self._past = SEARCHES.keep(text, folder)
            except ConfigError as error:
                self.notify(str(error), severity="warning", markup=False)

    def _find(self, step: int) -> None:
        if self.searching.search is None:
            self.notify(_NOTHING, severity="warning", markup=False)
        else:
            self._go_to_found(self.searching.next_match, step, "no line matches")

    def _go_to_found(
        self, look_for: Callable[[int, int, Walk], Awaitable[Found | None]], step: int, lack: str
    ) -> None:
        walk = self.view.walk
        if walk is not None:
            self.run_worker(later(self._go, look_for, step, walk, lack), group="seek", exclusive=True)

    async def _go(
        self, look_for: Callable[[int, int, Walk], Awaitable[Found | None]], step: int, walk: Walk, lack: str
    ) -> None:
        found = await look_for(self.view.cursor, step, walk)
        if found is None:
            self.notify(lack, severity="warning", markup=False)
            return
        if found.is_round:
            told = "from the beginning again" if step > 0 else "from the end again"
            self.notify(told, timeout=2, markup=False)
        self.view.is_following = False
        self.view.go_to(found.line, is_centred=True)

    async def _search(self, text: str) -> None:
        """Search for a text from where the reader was: first the nearest match, then the number of all."""
        search = parse_search(text)
        self._show_search(search)
        await self.searching.search_for(search, self._before[0])
        self._search_progressed()
        walk = self.view.walk
        if search is None or walk is None:
            return
        found = await self.searching.next_match(self._before[0], 1, walk, is_inclusive=True)
        self.prompt.show_as_wrong(is_wrong=found is None)
        if found is not None:
            self.view.is_following = False
            self.view.go_to(found.line, is_centred=True)
        # The next letter comes soon: what it makes worthless is not begun.
        await asyncio.sleep(_LETTER_S)
        await self.searching.count()
        self._search_progressed()

    async def _preview(self, text: str) -> None:
        added = _only_of(text)
        await self._show_only((*self._accepted, added) if added is not None else self._accepted)

    async def _accept(self, text: str) -> None:
        """Keep the lines that were chosen; nothing typed takes the newest choice away."""
        if not text:
            await self._show_only(self._accepted[:-1])
        else:
            await self._preview(text)

    async def _show_only(self, only: Sequence[Only]) -> None:
        if tuple(only) != tuple(self.searching.only):
            await self.searching.show_only(only)
            self.view.show_walk(self.searching.filter)
        self.update_title()
        await self.searching.sift()
        self._search_progressed()

    async def _clear(self) -> None:
        await self.searching.search_for(None, 0)
        await self._show_only(())
        self.view.look_changed()
        self._search_progressed()

    async def _search_in(self, document: LogDocument) -> None:
        await self.searching.attach(document)
        if self.searching.filter is not None:
            self.view.show_walk(self.searching.filter)
        await self.searching.count()
        await self.searching.sift()

    def _search_on(self) -> None:
        """Search in what came, unless that goes on anyway."""
        if self.searching.is_behind:
            self.run_worker(later(self._catch_up), group="search on", exclusive=True)

    async def _catch_up(self) -> None:
        await self.searching.catch_up()
        self._search_progressed()

    def _show_search(self, search: Search | None) -> None:
        look = self.view.look
        if look is not None:
            look.search = search
            self.view.look_changed()

    def _search_progressed(self) -> None:
        """Show what is known by now."""
        if self.is_shown:
            if self.searching.filter is not None and not self.searching.filter.is_complete:
                self.view.take_changes()
            self.update_title()


def _only_of(text: str) -> Only | None:
    is_inverse = text.startswith(_NOT)
    search = parse_search(text.removeprefix(_NOT) if is_inverse else text)
    return Only(search, is_inverse) if search is not None else None

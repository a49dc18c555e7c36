"""What differs between a run and the last good one, on the whole screen."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from tui.core.errors import NightdeckError
from tui.core.own_folder import OwnFolder
from tui.engine.comparing import RunComparing
from tui.engine.comparison_report import headline, markdown
from tui.logs.templates import Side
from tui.ui.bindings import TABLE, Scope, bindings_for
from tui.ui.comparison_lines import ComparisonLines
from tui.ui.files import export_path, write_private
from tui.ui.keymap import shown_key
from tui.ui.screens.acting import Acting
from tui.ui.widgets.footer import Footer
from tui.ui.work import later

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from tui.core.keys import JobKey, RunKey
    from tui.engine.comparing import Progress
    from tui.engine.comparison import Comparison
    from tui.ui.board import Board

_UNANSWERED = frozenset(
    {
        "compare",
        "find",
        "find_next",
        "find_previous",
        "clear_filter",
        "only_matching",
        "follow",
        "toggle_time",
    }
    | {"next_failed", "previous_failed", "problems", "watch", "raw", "pane", "pane_side", "zoom", "open"}
    | {id_ for id_ in TABLE if id_.startswith("view_")}
)
_SIDEWAYS = 8
_MEGABYTE = 1 << 20


def _hidden(binding: BindingType) -> BindingType:
    return replace(binding, show=False) if isinstance(binding, Binding) else binding


class ComparisonScreen(Acting):
    """Tells at once what the runs themselves say, then what their logs do; can be left at any time."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings_for(Scope.EVERYWHERE, Scope.LOG, only=frozenset(TABLE) - _UNANSWERED),
        # Hidden here, since the app would show them else.
        *map(_hidden, bindings_for(Scope.EVERYWHERE, only=_UNANSWERED)),
    ]
    DEFAULT_CSS = """
    ComparisonScreen { background: $background; }
    ComparisonScreen > #title {
        height: 1; width: 1fr; background: $panel; text-wrap: nowrap; text-overflow: ellipsis;
    }
    ComparisonScreen > VerticalScroll {
        height: 1fr; overflow-x: auto; scrollbar-size: 0 1; background: $background;
    }
    ComparisonScreen #told { width: auto; min-width: 100%; height: auto; text-wrap: nowrap; }
    ComparisonScreen #told.-nothing { padding: 1 2; }
    ComparisonScreen.-wrapped #told, ComparisonScreen #told.-nothing { width: 1fr; text-wrap: wrap; }
    """

    def __init__(self, board: Board, run: RunKey) -> None:
        """Compare a run with the last good one before it.

        Args:
            board: Where the job's row comes from.
            run: The run.
        """
        super().__init__(board)
        self._run = run
        self._comparing: RunComparing | None = None
        self._comparison: Comparison | None = None
        self._is_complete = False
        self._said = "asking for the runs"

    def compose(self) -> ComposeResult:
        """Title, what differs, keys."""
        yield Static(id="title", markup=False)
        with VerticalScroll():
            yield Static(id="told", markup=False)
        yield Footer()

    @property
    def target(self) -> JobKey:
        """The job whose runs are compared."""
        return self._run.job

    @property
    def target_run(self) -> RunKey:
        """The run that is asked about."""
        return self._run

    @property
    def comparison(self) -> Comparison | None:
        """What is known so far."""
        return self._comparison

    def on_mount(self) -> None:
        """Begin to compare."""
        self._list.focus()
        self._compare_with("")

    def on_resize(self) -> None:
        """Lay out for the new width."""
        self._show_all()

    def action_open_log(self) -> None:
        """Open the log of the run that is asked about."""
        self.app.open_log(self._run)

    def action_previous_tab(self) -> None:
        """Compare with the run before the one that is compared with."""
        self._turn(1)

    def action_next_tab(self) -> None:
        """Compare with the run after the one that is compared with."""
        self._turn(-1)

    def action_wide(self) -> None:
        """Wrap long lines, or don't."""
        self.toggle_class("-wrapped")
        self._show_all()

    def action_copy(self) -> None:
        """Copy the comparison as Markdown."""
        if self._comparison is not None:
            self.app.copy_text(self._markdown(self._comparison), "comparison")

    def action_save(self) -> None:
        """Save the comparison as Markdown and say where it is."""
        if self._comparison is not None:
            name = f"{self._run.job_id}-{self._run.run_id}-compared"
            path = export_path(self.app.startup.state_dir, name, "md")
            self.app.write_export(path, self._markdown(self._comparison))

    def action_open_pager(self) -> None:
        """Open the comparison in the pager, where it can be searched."""
        if self._comparison is not None:
            try:
                with OwnFolder() as folder:
                    path = folder.path / "comparison.md"
                    write_private(path, self._markdown(self._comparison))
                    self.app.run_pager(path)
            except OSError as error:
                self.app.notify(f"could not be opened: {error.strerror}", severity="error", markup=False)

    def action_back(self) -> None:
        """Leave; what is still being read is given up."""
        self.dismiss()

    def action_quit(self) -> None:
        """Leave, too."""
        self.dismiss()

    def action_cursor_down(self) -> None:
        """One line down."""
        self._list.scroll_relative(y=1, animate=False)

    def action_cursor_up(self) -> None:
        """One line up."""
        self._list.scroll_relative(y=-1, animate=False)

    def action_half_page_down(self) -> None:
        """Half a page down."""
        self._list.scroll_relative(y=self._list.size.height // 2, animate=False)

    def action_half_page_up(self) -> None:
        """Half a page up."""
        self._list.scroll_relative(y=-(self._list.size.height // 2), animate=False)

    def action_page_down(self) -> None:
        """One page down."""
        self._list.scroll_page_down(animate=False)

    def action_page_up(self) -> None:
        """One page up."""
        self._list.scroll_page_up(animate=False)

    def action_cursor_top(self) -> None:
        """The first line."""
        self._list.scroll_home(animate=False)

    def action_cursor_bottom(self) -> None:
        """The last line."""
        self._list.scroll_end(animate=False)

    def action_scroll_left(self) -> None:
        """Show what lies to the left."""
        self._list.scroll_relative(x=-_SIDEWAYS, animate=False)

    def action_scroll_right(self) -> None:
        """Show what lies to the right."""
        self._list.scroll_relative(x=_SIDEWAYS, animate=False)

    @property
    def _list(self) -> VerticalScroll:
        return self.query_one(VerticalScroll)

    def _compare_with(self, run_id: str) -> None:
        if self.engine is None:
            self._say("the config is still being read")
            return
        self._comparing = RunComparing(self.engine, self._run, run_id)
        self.run_worker(later(self._compare, self._comparing), group="compare", exclusive=True)

    async def _compare(self, comparing: RunComparing) -> None:
        self._is_complete = False
        try:
            self._comparison = await comparing.begin()
            self._say(f"reading the logs {self.app.glyphs.ellipsis}")
            self._comparison = await comparing.finish(self._tell_progress)
        except NightdeckError as error:
            self._say(str(error))
            return
        self._is_complete = True
        self._say("")

    def _turn(self, step: int) -> None:
        """Compare with another ended run, `step` further back in time."""
        if self._comparing is None or self._comparison is None:
            return
        others = [run for run in self._comparing.runs if run.state.is_final and run.key != self._run]
        keys = [run.key for run in others]
        before = self._comparison.before.key
        at = keys.index(before) + step if before in keys else 0
        if 0 <= at < len(keys):
            self._compare_with(keys[at].run_id)
        else:
            self.notify("no older run" if step > 0 else "no newer run", markup=False)

    def _tell_progress(self, progress: Progress) -> None:
        """Only the title, and only what differs: there are hundreds of steps in a long log."""
        whose = "the earlier run's log" if progress.side is Side.USUAL else "this run's log"
        said = f"reading {whose}: {progress.size / _MEGABYTE:.1f} MB"
        if said != self._said and self._stands:
            self._said = said
            self.query_one("#title", Static).update(self._title())

    def _say(self, text: str) -> None:
        self._said = text
        self._show_all()

    def _markdown(self, comparison: Comparison) -> str:
        return self.app.mask(markdown(comparison, self.app.zone, self._job_name))

    @property
    def _job_name(self) -> str:
        job = self.target_job
        return job.name if job is not None else self._run.job_id

    @property
    def _stands(self) -> bool:
        """Whether there is something to show it in: a screen that is left goes piece by piece."""
        return self.is_attached and bool(self.query("#title")) and bool(self.query("#told"))

    def _show_all(self) -> None:
        if not self._stands:
            return
        self.query_one("#title", Static).update(self._title())
        told = self.query_one("#told", Static)
        told.set_class(self._comparison is None, "-nothing")
        if self._comparison is None:
            told.update(Content.styled(self._said, "$text-muted"))
            return
        lines = ComparisonLines(
            self._comparison,
            self.app.zone,
            self.size.width,
            is_wrapped=self.has_class("-wrapped"),
            glyphs=self.app.glyphs,
        )
        told.update(lines.content(is_complete=self._is_complete))

    def _title(self) -> Content:
        comparison = self._comparison
        parts: list[tuple[str, str]] = [(f" {self._job_name}", "bold")]
        if comparison is not None:
            state = comparison.now.state
            glyph = self.app.glyphs.states[state]
            parts.append((f"   {glyph} {state.replace('_', ' ')}", f"$state-{state}"))
            parts += [(f"   {self._said}", "$accent")] if self._said else self._reference_told(comparison)
        return Content.assemble(*parts)

    def _reference_told(self, comparison: Comparison) -> list[tuple[str, str]]:
        """With what the run is compared, and the keys that take another one."""
        is_expected = comparison.is_good or comparison.is_chosen
        keys = {active.binding.id: key for key, active in self.active_bindings.items()}
        both = " ".join(shown_key(keys[id_]) for id_ in ("previous_tab", "next_tab") if id_ in keys)
        return [
            (f"   {headline(comparison)}", "$text-muted" if is_expected else "$state-warning"),
            (f"   {both}", "bold $accent"),
            (" another run", "$text-muted"),
        ]

"""The runs of the job: their figures, a chart of how long they took, and a list."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from tui.ui.bindings import Scope, bindings_for
from tui.ui.widgets.chart_view import ChartView
from tui.ui.widgets.detail_tab import DetailTab
from tui.ui.widgets.run_lines import figures, figures_line
from tui.ui.widgets.run_list import RunList

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events
    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.timer import Timer

    from tui.core.keys import RunKey
    from tui.core.models import Run
    from tui.ui.widgets.line_list import LineList
    from tui.ui.widgets.subject import Subject

_BOTH_FROM = 18
"""Lines from which chart and list share the tab."""

_WORDS_FROM = 90
"""Cells from which on the outcomes are told in words, too."""

_REST_S = 0.1
"""Seconds that the cursor rests before the chart is drawn anew: that takes longer than a repeated key."""


class Shown(StrEnum):
    """What the tab shows of the runs."""

    AUTO = "auto"
    LIST = "list"
    CHART = "chart"
    BOTH = "both"


class RunsTab(DetailTab):
    """A run is picked with the cursor; the log and the tasks then tell about it."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings_for(Scope.DETAIL, only=("chart",))]
    DEFAULT_CSS = """
    RunsTab > #figures { height: 1; width: 1fr; text-wrap: nowrap; text-overflow: ellipsis; }
    RunsTab > ChartView { height: 2fr; max-height: 16; }
    RunsTab.-chart > ChartView { height: 1fr; max-height: 100%; }
    RunsTab.-chart > RunList { height: 1; }
    RunsTab.-list > ChartView { display: none; }
    RunsTab > RunList { height: 3fr; }
    """

    class RunChosen(Message):
        """A run was picked; its log is wanted."""

        def __init__(self, run: RunKey) -> None:
            super().__init__()
            self.run = run
            """The run."""

    def __init__(self, subject: Subject) -> None:
        """Show nothing yet.

        Args:
            subject: What the pane is about.
        """
        super().__init__(subject)
        self._figures = Static(id="figures", markup=False)
        self._chart = ChartView(subject.glyphs)
        self._list = RunList(subject)
        self._shown = Shown.AUTO
        self._rest: Timer | None = None

    def compose(self) -> ComposeResult:
        """Figures, chart, list."""
        yield self._figures
        yield self._chart
        yield self._list

    @property
    def body(self) -> RunList:
        """The list; it has the keys while it is hidden, too."""
        return self._list

    @property
    def shown(self) -> Shown:
        """What is on the screen: what was asked for, as far as there is room."""
        if not self.subject.glyphs.heights:
            return Shown.LIST
        has_room = self.size.height >= _BOTH_FROM
        if self._shown is Shown.AUTO:
            return Shown.BOTH if has_room else Shown.LIST
        return self._shown if has_room or self._shown is not Shown.BOTH else Shown.CHART

    def start_over(self) -> None:
        """Nothing is known of the next job's runs."""
        self._figures.update("")
        self._list.note = Content()
        self._list.show_runs(())
        self._chart.show(None)

    def load(self) -> None:
        """Ask for the runs."""
        key = self.subject.key
        if key is not None:
            self.ask("runs", lambda engine: engine.runs(key), self._take, self._refuse)

    def update_text(self) -> None:
        """Ages and what goes on have grown."""
        self._list.tick()

    def on_resize(self, event: events.Resize) -> None:
        """Use the room there is now."""
        del event
        self._arrange()

    def on_chart_view_resized(self, event: ChartView.Resized) -> None:
        """Draw the chart for its new size."""
        event.stop()
        self._draw_chart()

    def on_chart_view_run_clicked(self, event: ChartView.RunClicked) -> None:
        """Pick the run whose column was clicked, and open its log."""
        event.stop()
        self._list.move_cursor(event.index)
        self._choose(event.index)

    def on_line_list_moved(self, event: LineList.Moved) -> None:
        """The other tabs tell about this run from now on; the newest is left to itself."""
        event.stop()
        self.subject.picked = self._list.runs[event.line].key if event.line > 0 else None
        if self._rest is not None:
            self._rest.stop()
        self._rest = self.set_timer(_REST_S, self._draw_chart)

    def on_line_list_chosen(self, event: LineList.Chosen) -> None:
        """Open the log of a run."""
        event.stop()
        self._choose(event.line)

    def action_chart(self) -> None:
        """Show the list, the chart, or both."""
        if not self.subject.glyphs.heights:
            self.notify("the chart cannot be drawn in ASCII; the list has the same bars", markup=False)
            return
        before = self.shown
        has_room = self.size.height >= _BOTH_FROM
        order = [Shown.LIST, Shown.CHART, Shown.BOTH] if has_room else [Shown.LIST, Shown.CHART]
        self._shown = order[(order.index(before) + 1) % len(order)]
        self._arrange()

    def _choose(self, index: int) -> None:
        if 0 <= index < len(self._list.runs):
            self.post_message(self.RunChosen(self._list.runs[index].key))

    def _take(self, runs: Sequence[Run]) -> None:
        self._list.note = Content.styled(" This job has not run, or nobody remembers it.", "$text-muted")
        self._list.show_runs(runs)
        self._tell_figures()
        self._draw_chart()

    def _refuse(self, reason: str) -> None:
        """Say why nothing is known; what was heard before stays."""
        if not self._list.runs:
            self._list.note = Content.styled(f" {reason}", "$text-muted")
            self._list.show_runs(())

    def _tell_figures(self) -> None:
        runs, is_short = self._list.runs, self.size.width < _WORDS_FROM
        told = figures_line(figures(runs), glyphs=self.subject.glyphs, is_short=is_short)
        self._figures.update(told if runs else Content())

    def _arrange(self) -> None:
        self._tell_figures()
        self.set_class(self.shown is Shown.CHART, "-chart")
        self.set_class(self.shown is Shown.LIST, "-list")
        self._draw_chart()

    def _draw_chart(self) -> None:
        """Draw it while it is seen: the library is loaded when the first chart is."""
        runs = self._list.runs
        if not runs or not self._chart.display or self.shown is Shown.LIST or not self._chart.size:
            return
        from tui.ui.widgets.run_chart import draw_chart

        self._chart.show(
            draw_chart(
                runs,
                figures(runs),
                (self._chart.size.width, self._chart.size.height),
                max(0, self._list.line),
                self.subject.now,
                self.subject.zone,
                self.subject.glyphs,
            )
        )

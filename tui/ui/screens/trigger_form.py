"""The form in which the parameters of a trigger are filled in."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Input, Static

from tui.core.models import Parameter
from tui.engine.parameters import ParameterValues, Problem, hint_for
from tui.ui.filling import Known, is_secret
from tui.ui.screens.once import AnsweredOnce
from tui.ui.side_by_side import in_lines
from tui.ui.widgets.parameter_line import ParameterLine
from tui.ui.work import later

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from textual import events
    from textual.app import ComposeResult

    from tui.core.models import Job

_KEYS = (
    ("enter", "go on"),
    ("↑ ↓", "move"),
    ("ctrl-o", "last used values"),
    ("ctrl-e", "editor"),
    ("ctrl-r", "default"),
    ("esc", "back"),
)


_USUAL_WIDTH = 92
"""Cells of a line before the dialog has been laid out."""


class TriggerForm(AnsweredOnce[dict[str, str] | None]):
    """Answers with what was filled in, or None when the user went back. It sends nothing itself."""

    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "back", show=False, priority=True),
        Binding("enter", "go_on", "go on", show=False),
        Binding("down", "move(1)", "next", show=False),
        Binding("up", "move(-1)", "before", show=False),
        Binding("ctrl+o", "use_last", "last used values", show=False, priority=True),
        Binding("ctrl+e", "edit", "editor", show=False, priority=True),
        Binding("ctrl+r", "reset", "default", show=False, priority=True),
        Binding("ctrl+n", "add", "one more", show=False, priority=True),
    ]
    DEFAULT_CSS = """
    TriggerForm { align: center middle; background: $background 85%; }
    TriggerForm > Vertical {
        width: 100; max-width: 96%; height: auto; max-height: 96%;
        padding: 1 2; background: $panel; border-left: outer $accent;
    }
    TriggerForm.-prod > Vertical { border-left: outer $env-prod; background: $prod-tint; }
    TriggerForm VerticalScroll {
        height: auto; max-height: 1fr; margin: 1 0; scrollbar-size-vertical: 1; background: $panel;
    }
    TriggerForm.-prod VerticalScroll { background: $prod-tint; }
    TriggerForm Static { width: 1fr; height: auto; }
    TriggerForm #foot { height: auto; dock: bottom; }
    """

    def __init__(
        self,
        job: Job,
        environment: str,
        load: Callable[[], Awaitable[tuple[Known, Mapping[str, str]]]],
        given: Mapping[str, str] | None = None,
    ) -> None:
        """Ask for the parameters of a job.

        Args:
            job: What will be triggered.
            environment: `prod`, `stage`, `dev` or empty.
            load: Asks the system for the parameters, and for values to begin with.
            given: What stands in the form at first; None for what was loaded.
        """
        super().__init__()
        self._job = job
        self._environment = environment
        self._load = load
        self._given = given
        self._known: Known | None = None
        self._source = -1
        self._draft = ""
        self._note = ""
        self._has_tried = False

    def compose(self) -> ComposeResult:
        """What it is about, a line for each parameter, and the keys."""
        self.set_class(self._environment == "prod", "-prod")
        with Vertical():
            yield Static(self._title(), markup=False)
            yield VerticalScroll(can_focus=False)
            with Vertical(id="foot"):
                yield Static(id="hint", markup=False)
                yield Static(id="keys", markup=False)

    def on_mount(self) -> None:
        """Ask what there is to fill in."""
        self._tell("asking for the parameters …")
        self.run_worker(later(self._fill), group="parameters", exclusive=True)

    @property
    def lines(self) -> Sequence[ParameterLine]:
        """The lines from the top."""
        return list(self.query(ParameterLine))

    @property
    def values(self) -> ParameterValues:
        """What is filled in now."""
        given: dict[str, str] = {}
        for line in self.lines:
            if line.is_free and not line.is_blank:
                given[line.name_now] = line.value_now or ""
            elif line.value_now is not None:
                given[line.name_now] = line.value_now
        return ParameterValues(self._known.parameters if self._known is not None else (), given)

    def on_parameter_line_changed(self, event: ParameterLine.Changed) -> None:
        """Check what was typed, in place, and keep an empty line at the end where names are free."""
        event.stop()
        self._note = ""
        self._check()
        if event.line.is_free and event.line is self.lines[-1] and not event.line.is_blank:
            self.run_worker(later(self._add_line), group="lines")

    def on_resize(self) -> None:
        """Lay the keys out for the new width."""
        self.call_after_refresh(self._tell)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Tell what may stand in the line."""
        del event
        self._tell()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter in a line ends the form."""
        event.stop()
        self.action_go_on()

    def action_back(self) -> None:
        """Go back; nothing is sent."""
        self.dismiss(None)

    def action_go_on(self) -> None:
        """Take what was filled in, or go to what stands in the way."""
        if self._known is None:
            return
        self._has_tried = True
        values = self.values
        twice = self._twice()
        problems = values.problems() + twice
        if not problems:
            self.dismiss(dict(values.given))
            return
        self._check()
        lines = [line for line in self.lines if line.name_now == problems[0].name]
        if lines:
            (lines[-1].focus_name if problems[0] in twice else lines[0].focus_value)()
        count = len(problems)
        self._note = f"{count} {'values are' if count > 1 else 'value is'} not right yet"
        self._tell()

    def action_move(self, step: int) -> None:
        """The next line, or the one before."""
        (self.focus_next if step > 0 else self.focus_previous)()

    async def action_use_last(self) -> None:
        """Bring in the values that were used last; again those of the run before."""
        used = self._known.used if self._known is not None else ()
        if not used:
            self._note = "no earlier values are known"
            self._tell()
            return
        self._source = (self._source + 1) % len(used)
        source = used[self._source]
        await self._show({**self.values.given, **self._told_only(source.values)})
        lost = (
            f"; {', '.join(source.lost)} can't be brought back: secrets are not kept" if source.lost else ""
        )
        self._note = f"from {source.where}{lost}"
        self._tell()

    async def action_edit(self) -> None:
        """Edit all values as a text in `$EDITOR`; what can't be read afterwards is told, and nothing lost."""
        if self._known is None:
            return
        from tui.engine.parameters_file import as_toml
        from tui.ui.editing import edit_values

        text = self._draft or as_toml(self.values, f"Parameters of {self._job.name}")
        edited = edit_values(self.app, text)
        if edited.values is not None:
            await self._show(edited.values)
        self._note, self._draft = edited.note, edited.draft
        self._check()

    def action_reset(self) -> None:
        """Let the default of this line count again; a line whose name was typed goes."""
        line = self._focused_line()
        if line is None:
            return
        if line.is_free:
            self.run_worker(later(self._remove_line, line), group="lines")
        else:
            line.reset()

    def action_add(self) -> None:
        """Go to the empty line at the end."""
        if self.lines and self.lines[-1].is_free:
            self.lines[-1].focus_value()

    async def _fill(self) -> None:
        self._known, wanted = await self._load()
        await self._show(dict(self._given if self._given is not None else wanted))
        if self.lines:
            self.lines[0].focus_value()
        self._note = self._known.problem and f"the system could not tell them: {self._known.problem}"
        self._tell()

    async def _show(self, given: Mapping[str, str]) -> None:
        """Put these values into the lines."""
        if self._known is None:
            return
        at = self.lines.index(line) if (line := self._focused_line()) is not None else 0
        parameters = self._known.parameters
        names = {parameter.name for parameter in parameters}
        lines = [self._line(parameter, given.get(parameter.name)) for parameter in parameters]
        lines += [self._line(Parameter(n), v, is_free=True) for n, v in given.items() if n not in names]
        if not parameters:
            lines.append(self._line(Parameter(""), None, is_free=True))
        rows = self.query_one(VerticalScroll)
        with self.app.batch_update():
            await rows.remove_children()
            await rows.mount(*lines)
        self.lines[min(at, len(lines) - 1)].focus_value()
        self._check()

    def _line(self, parameter: Parameter, value: str | None, *, is_free: bool = False) -> ParameterLine:
        hidden = is_secret(self.app.mask, parameter.name) if parameter.name else False
        return ParameterLine(parameter, value, is_free=is_free, is_secret=hidden)

    async def _add_line(self) -> None:
        if not self.lines[-1].is_blank:
            await self.query_one(VerticalScroll).mount(self._line(Parameter(""), None, is_free=True))

    async def _remove_line(self, line: ParameterLine) -> None:
        if len(self.lines) > 1:
            self.focus_previous()
            await line.remove()
        self._check()

    def _told_only(self, values: Mapping[str, str]) -> Mapping[str, str]:
        """Without names that the job has no more."""
        names = {parameter.name for parameter in self._known.parameters} if self._known is not None else set()
        return {name: value for name, value in values.items() if not names or name in names}

    def _twice(self) -> list[Problem]:
        names = [line.name_now for line in self.lines if line.is_free and line.name_now]
        told = {parameter.name for parameter in self._known.parameters} if self._known is not None else set()
        return [
            Problem(name, "is in it twice")
            for name in dict.fromkeys(names)
            if names.count(name) > 1 or name in told
        ]

    def _check(self) -> None:
        """Tell what is wrong below each line; what is only missing is told once somebody wanted to go on."""
        problems = {problem.name: problem.text for problem in (*self._twice(), *self.values.problems())}
        for line in self.lines:
            is_told = self._has_tried or line.value_now is not None
            line.tell_problem(problems.get(line.name_now, "") if is_told and not line.is_blank else "")
        self._tell()

    def _focused_line(self) -> ParameterLine | None:
        focused = self.focused
        if focused is None:
            return None
        return next((node for node in focused.ancestors if isinstance(node, ParameterLine)), None)

    def _title(self) -> Content:
        parts: list[tuple[str, str]] = [
            ("Run ", "bold"),
            (self._job.name, "bold $accent"),
            (f" on {self._job.connection}", "bold"),
        ]
        if self._environment:
            style = f"bold $env-{self._environment}"
            parts += [("    environment: ", "$text-muted"), (self._environment, style)]
        return Content.assemble(*parts)

    def _tell(self, note: str = "") -> None:
        """What may stand in this line, or what has just happened; and the keys."""
        line = self._focused_line()
        said = note or self._note
        hint = Content.styled(said, "$state-warning") if said else self._hint(line)
        self.query_one("#hint", Static).update(hint)
        keys = [*_KEYS]
        if line is not None and line.is_free:
            keys[keys.index(("ctrl-r", "default"))] = ("ctrl-r", "remove the line")
            keys.insert(-1, ("ctrl-n", "one more"))
        if self._known is None or not self._known.used:
            keys.remove(("ctrl-o", "last used values"))
        parts = [Content.assemble((key, "bold $accent"), (f" {does}", "$text-muted")) for key, does in keys]
        shown = self.query_one("#keys", Static)
        shown.update(in_lines(parts, shown.size.width or _USUAL_WIDTH))

    def _hint(self, line: ParameterLine | None) -> Content:
        if line is None:
            return Content()
        if line.is_free:
            told = "the system tells of no parameters: name and value are sent as they are"
            return Content.styled(told, "$text-muted")
        parameter = line.parameter
        words = [
            "required" if parameter.is_required else "",
            hint_for(parameter),
            f"default {parameter.default}" if parameter.default else "",
        ]
        about = Content.styled(", ".join(filter(None, words)), "$text-muted")
        return Content.assemble(about, "  " if about and parameter.description else "", parameter.description)

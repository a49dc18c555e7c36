"""Acting on many jobs: the plan of each, the options, the confirmation, and what becomes of it, live."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content

from tui.core.errors import NightdeckError
from tui.core.models import ActionKind
from tui.engine.guard import GuardLevel
from tui.ui.bindings import Scope, bindings_for
from tui.ui.bulk_lines import head_line, shares_text, tally_text
from tui.ui.bulk_options import MOST_JOBS
from tui.ui.bulk_words import ask_line, keys_line, options_text, plan_title, run_keys, run_title, too_many
from tui.ui.dry_run import badge
from tui.ui.files import export_path
from tui.ui.keymap import keys_of, shown_key
from tui.ui.screens.bulk_parts import LOW, BulkParts
from tui.ui.work import later

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual import events

    from tui.engine.bulk import BulkRun
    from tui.engine.bulk_plan import BulkPlan
    from tui.engine.engine import Engine
    from tui.ui.bulk_options import BulkOptions, Chosen
    from tui.ui.widgets.line_list import LineList

_ANSWERED = frozenset(
    {"back", "quit", "copy", "save", "refresh", "mark_all", "rerun", "trigger", "stop", "hold", "undo"}
)
_SHOWN_KEYS = ("rerun", "trigger", "stop", "hold", "mark_all")
_PLANNING = frozenset(
    {"rerun", "trigger", "stop", "hold", "mark_all", "turn", "limit", "agree", "enter", "refresh"}
)
_LIMITS = {"c": "at_once", "i": "stagger_s", "l": "most_failures", "n": "typed_above"}
_LONGEST_NUMBER = 6


class BulkScreen(BulkParts):
    """Sends nothing before it was confirmed, and goes on in the background when it is left."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "agree", "yes", show=False),
        Binding("enter", "enter", "confirm", show=False),
        Binding("tab", "turn", "turn the option", show=False, priority=True),
        *(Binding(key, f"limit('{name}', 1)", name, show=False) for key, name in _LIMITS.items()),
        *(Binding(key.upper(), f"limit('{name}', -1)", name, show=False) for key, name in _LIMITS.items()),
        Binding("a", "abort", "send no more", show=False),
        Binding("b", "leave", "go on in the background", show=False),
        Binding("1", "report('md')", "Markdown", show=False),
        Binding("2", "report('csv')", "CSV", show=False),
        Binding("3", "report('json')", "JSON", show=False),
        *bindings_for(Scope.EVERYWHERE, Scope.TABLE, only=_ANSWERED),
    ]

    def __init__(
        self,
        engine: Engine,
        chosen: Chosen,
        options: BulkOptions,
        tell: Callable[[BulkRun], None],
        run: BulkRun | None = None,
    ) -> None:
        """Show a plan to be confirmed.

        Args:
            engine: Plans and sends.
            chosen: The jobs that can be acted on.
            options: What is chosen at first.
            tell: Is told each time the bulk gets on.
            run: A bulk that was begun before, to show instead of a plan.
        """
        super().__init__()
        self.options = options
        """What is chosen now."""
        self.run = run
        """The bulk, once it was confirmed."""
        self.plan: BulkPlan | None = run.plan if run is not None else None
        """What would be done; None while it is being made."""
        self._engine = engine
        self._chosen = chosen
        self._tell_outside = tell
        self._planned = 0
        self._typed = ""
        self._asks = ""
        self._is_pending = False

    def on_mount(self) -> None:
        """Make the plan, or show the bulk that goes on."""
        if self.run is not None:
            self.got_on()
        else:
            self._plan_anew()

    @property
    def is_planning(self) -> bool:
        """Whether nothing was confirmed yet."""
        return self.run is None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What belongs to the plan is over once it was confirmed, and the other way round."""
        if action in _PLANNING:
            return self.is_planning
        if action == "report":
            return self._asks == "save"
        if action == "leave":
            return self._asks == "leave"
        if action in ("copy", "save", "abort"):
            return not self.is_planning
        return super().check_action(action, parameters)

    def got_on(self) -> None:
        """Show what has become of the bulk by now; many changes are shown at once."""
        if self.is_mounted and not self._is_pending:
            self._is_pending = True
            self.call_later(self._show)

    def on_line_list_moved(self, event: LineList.Moved) -> None:
        """Tell all of the line under the cursor."""
        event.stop()
        self.tell("told", Content(self.list.told))

    def on_resize(self, event: events.Resize) -> None:
        """Lay everything out for the new size."""
        self.set_class(event.size.height < LOW, "-low")
        self.call_after_refresh(self._show)

    def on_key(self, event: events.Key) -> None:
        """Take the digits of the number that confirms."""
        if not self.is_planning or not self._must_count:
            return
        if event.character and event.character.isdecimal() and len(self._typed) < _LONGEST_NUMBER:
            self._typed += event.character
        elif event.key == "backspace":
            self._typed = self._typed[:-1]
        else:
            return
        event.stop()
        self._show()

    def action_rerun(self) -> None:
        """Repeat the newest runs."""
        self._choose(self.options.of_kind(ActionKind.RERUN))

    def action_trigger(self) -> None:
        """Start new runs."""
        self._choose(self.options.of_kind(ActionKind.TRIGGER))

    def action_stop(self) -> None:
        """End the runs."""
        self._choose(self.options.of_kind(ActionKind.STOP))

    def action_hold(self) -> None:
        """Hold the jobs; again, release them."""
        is_holding = self.options.kind is ActionKind.HOLD
        self._choose(self.options.of_kind(ActionKind.RELEASE if is_holding else ActionKind.HOLD))

    def action_mark_all(self) -> None:
        """From the marked jobs to all that are listed, and back."""
        if self._chosen.marked:
            self._choose(replace(self.options, is_all=not self.options.is_all))

    def action_turn(self) -> None:
        """Stop by force or not; repeat all or only what failed."""
        if self.options.option:
            self._choose(replace(self.options, is_turned=not self.options.is_turned))

    def action_limit(self, name: str, step: int) -> None:
        """The next value of a limit, or the one before."""
        self.options = self.options.with_limit(name, step)
        self._typed = ""
        self._show()

    def action_refresh(self) -> None:
        """Make the plan anew."""
        self._plan_anew()

    def action_agree(self) -> None:
        """`y` is enough unless the number has to be typed."""
        if not self._must_count:
            self._confirm("y" if self._level is GuardLevel.YES else "")

    def action_enter(self) -> None:
        """Enter confirms where nothing is at stake, and what was typed; elsewhere it says what is missing."""
        if self._level is GuardLevel.YES:
            self.notify("press y to confirm, esc to go back", severity="warning", markup=False)
        else:
            self._confirm(self._typed)

    def action_abort(self) -> None:
        """Send nothing more; what was sent stays sent."""
        if self.run is not None and not self.run.is_over:
            self._asks = ""
            self.run.abort()
            self.got_on()

    def action_leave(self) -> None:
        """Let it go on in the background."""
        self.dismiss(None)

    def action_back(self) -> None:
        """One step back; a bulk that goes on asks what shall become of it."""
        if self._asks:
            self._ask("")
        elif self.run is not None and self.run.unsent:
            self._ask("leave")
        else:
            self.dismiss(None)

    action_quit = action_back

    def action_save(self) -> None:
        """Ask how to save what became of it."""
        self._ask("" if self._asks == "save" else "save")

    def action_report(self, ending: str) -> None:
        """Save what became of it."""
        from tui.engine.bulk_report import REPORTS, bulk_markdown

        if self.run is None:
            return
        text = (
            bulk_markdown(self.run, self._engine.clock.now()) if ending == "md" else REPORTS[ending](self.run)
        )
        path = export_path(self.app.startup.state_dir, f"bulk-{self.run.plan.order.kind}", ending)
        self.app.write_export(path, text)
        self._ask("")

    def action_copy(self) -> None:
        """Copy what became of it, as Markdown."""
        from tui.engine.bulk_report import bulk_markdown

        if self.run is not None:
            self.app.copy_text(bulk_markdown(self.run, self._engine.clock.now()), "summary")

    @property
    def _level(self) -> GuardLevel:
        return self.plan.level(self.options.limits) if self.plan is not None else GuardLevel.ENTER

    @property
    def _must_count(self) -> bool:
        return self._level is GuardLevel.NAME

    def _choose(self, options: BulkOptions) -> None:
        self.options = options
        self._plan_anew()

    def _plan_anew(self) -> None:
        self.plan, self._typed, self._planned = None, "", 0
        self._show()
        if len(self.options.order(self._chosen).jobs) <= MOST_JOBS:
            self.run_worker(later(self._make_plan), group="bulk", exclusive=True)

    async def _make_plan(self) -> None:
        self.plan = await self._engine.plan_bulk(self.options.order(self._chosen), self._count)
        self.list.show_plan(self.plan.lines)
        self._show()

    def _count(self, planned: int) -> None:
        self._planned = planned
        self.got_on()

    def _confirm(self, typed: str) -> None:
        """Begin, once: from here on this screen shows a bulk and no plan."""
        if self.run is not None or self.plan is None or not self.plan.count:
            return
        if self.plan.refusal(self.options.limits, typed):
            wanted = self.plan.expects(self.options.limits)
            self.notify(f"type {wanted} to confirm, esc to go back", severity="warning", markup=False)
            return
        try:
            self.run = self._engine.start_bulk(
                self.plan, self.options.limits, typed, self._tell_outside, self.app.startup.undo_s
            )
        except NightdeckError as error:
            self.notify(str(error), severity="error", markup=False)
            return
        self._tell_outside(self.run)
        self.got_on()

    def _ask(self, what: str) -> None:
        self._asks = what
        self._show()

    def _show(self) -> None:
        """Tell everything around the list, and what has become of its lines."""
        self._is_pending = False
        if not self.is_mounted:
            return
        environment = self.plan.environment if self.plan is not None else ""
        self.set_class(environment == "prod", "-prod")
        if self.run is not None:
            self._show_run(self.run)
        elif self.plan is not None:
            self._show_plan(self.plan)
        else:
            self._show_planning()
        self.tell("told", Content(self.list.told))
        self.make_room()

    def _show_plan(self, plan: BulkPlan) -> None:
        is_dry_run = self._engine.is_dry_run
        self.tell("title", badge(is_dry_run=is_dry_run) + plan_title(plan, self._chosen, self.options))
        self.tell("counts", shares_text(plan, self.list.size.width))
        self.tell(
            "head", head_line(self.list.text_width, f"WHAT {'WOULD' if is_dry_run else 'WILL'} BE SENT")
        )
        self.tell("options", self._options())
        self.tell("ask", ask_line(plan, self.options, self._typed))

    def _show_planning(self) -> None:
        count = len(self.options.order(self._chosen).jobs)
        self.tell("title", Content.styled(f"Looking at {count:,} jobs: nothing is sent", "bold"))
        self.tell("options", self._options())
        if count > MOST_JOBS:
            self.tell("ask", too_many(count))
            return
        progress = Content.styled(f"{self._planned:,} of {count:,} planned   ", "$text-muted")
        self.tell("ask", progress + keys_line([("esc", "back")]))

    def _show_run(self, run: BulkRun) -> None:
        if run.is_over and self._asks == "leave":
            self._asks = ""
        self.list.show_items(run.items)
        self.tell("title", badge(is_dry_run=self._engine.is_dry_run) + run_title(run))
        self.tell("counts", tally_text(run, self.app.glyphs, self.list.size.width))
        self.tell("head", head_line(self.list.text_width, "WHAT BECAME OF IT"))
        self.query_one("#options").display = False
        self.tell("ask", run_keys(run, self._asks, self.app.key_told("undo")))

    def _options(self) -> Content:
        keymap = self.app._keymap  # noqa: SLF001 - Textual tells the keys in effect nowhere else
        keys = {id_: next(map(shown_key, keys_of(id_, keymap)), "") for id_ in _SHOWN_KEYS}
        return options_text(self.options, self._chosen, keys, self.list.size.width)

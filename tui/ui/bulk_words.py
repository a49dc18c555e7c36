"""What the dialog about many jobs says around its list: title, options, keys. No widget in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.style import Style

from tui.core.models import ActionKind
from tui.engine.guard import GuardLevel
from tui.ui.bulk_lines import VERBS
from tui.ui.bulk_options import MOST_JOBS
from tui.ui.side_by_side import GAP, in_lines

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tui.engine.bulk import BulkRun
    from tui.engine.bulk_plan import BulkLimits, BulkPlan
    from tui.ui.bulk_options import BulkOptions, Chosen

_KINDS = {
    "rerun": (ActionKind.RERUN, "rerun"),
    "trigger": (ActionKind.TRIGGER, "trigger"),
    "stop": (ActionKind.STOP, "stop"),
    "hold": (ActionKind.HOLD, "hold"),
}


def plan_title(plan: BulkPlan, chosen: Chosen, options: BulkOptions) -> Content:
    """How many jobs, and what would be done to them."""
    count, asked = plan.count, len(plan.order.jobs)
    how = f" {options.option}" if options.is_turned else ""
    parts: list[tuple[str, str]] = [
        (f"{VERBS[options.kind][0]} ", "bold"),
        (f"{count:,} {_jobs(count)}", "bold $accent"),
        (f"{how}?", "bold"),
    ]
    if asked != count:
        parts.append((f"   of {asked:,} {'listed' if options.is_all else 'marked'}", "$text-muted"))
    if chosen.hidden and not options.is_all:
        parts.append((f", {chosen.hidden:,} marked are not listed: left out", "$state-warning"))
    if plan.environment:
        parts += [
            ("    environment: ", "$text-muted"),
            (plan.environment, f"bold $env-{plan.environment}"),
        ]
    return Content.assemble(*parts)


def run_title(run: BulkRun) -> Content:
    """What goes on, or how it ended."""
    verbs = VERBS[run.plan.order.kind]
    if run.is_over:
        style = "bold $state-succeeded" if run.is_good else "bold $state-failed"
        return Content.assemble(
            (f"{verbs[0]} is over: ", "bold"),
            (run.told, style if not run.ended_by else "bold $state-warning"),
        )
    return Content.assemble((f"{verbs[1]}: ", "bold"), (run.told, "bold $accent"))


def options_text(options: BulkOptions, chosen: Chosen, keys: Mapping[str, str], room: int) -> Content:
    """What can be chosen, each with its key; a click does the same.

    Args:
        options: What is chosen now.
        chosen: The jobs that can be acted on.
        keys: The keys in effect of `rerun`, `trigger`, `stop`, `hold` and `mark_all`.
        room: Cells of a line.
    """
    parts: list[Content] = []
    for action, (kind, word) in _KINDS.items():
        is_release = kind is ActionKind.HOLD and options.kind is ActionKind.RELEASE
        is_chosen = options.kind is kind or is_release
        parts.append(_chip(keys[action], "release" if is_release else word, action, is_chosen=is_chosen))
    if options.option:
        yes = "yes" if options.is_turned else "no"
        parts.append(_chip("tab", f"{options.option}: {yes}", "turn", is_chosen=options.is_turned))
    if chosen.marked:
        told = f"all {len(chosen.listed):,} listed" if options.is_all else f"{len(chosen.marked):,} marked"
        parts.append(_chip(keys["mark_all"], told, "mark_all"))
    for key, name, told in _limits(options.limits):
        parts.append(_chip(key, told, f"limit('{name}', 1)"))
    return in_lines(parts, room)


def ask_line(plan: BulkPlan, options: BulkOptions, typed: str) -> Content:
    """What confirms it."""
    limits, count = options.limits, plan.count
    back = [("esc", "back")]
    if not count:
        return Content.assemble(
            ("Not possible: ", "bold $state-warning"),
            "no job that this can be done to",
            "\n",
            keys_line(back),
        )
    level = plan.level(limits)
    if level is GuardLevel.NAME:
        return Content.assemble(
            "Type the number of jobs to confirm: ",
            (plan.expects(limits), "bold"),
            GAP,
            ("▏", "$accent"),
            (f"{typed}_", "bold" if typed else "$text-muted"),
            GAP,
            keys_line(back),
        )
    agree = "y" if level is GuardLevel.YES else "enter"
    does = f"{VERBS[options.kind][0].lower()} {count:,} {_jobs(count)}"
    return keys_line([(agree, does), *back])


def run_keys(run: BulkRun, asks: str, undo_key: str) -> Content:
    """What can be done while it goes on and after it.

    Args:
        run: The bulk.
        asks: `leave` or `save` while that is asked.
        undo_key: Takes it back while nothing was sent yet.
    """
    if asks == "leave":
        question = Content.styled(
            f"{run.unsent:,} {_jobs(run.unsent)} not sent yet.   ", "bold $state-warning"
        )
        ways = [("a", "send no more"), ("b", "go on in the background"), ("esc", "stay")]
        return question + keys_line(ways)
    if asks == "save":
        return Content.styled("Save as   ", "bold") + keys_line(
            [("1", "Markdown"), ("2", "CSV"), ("3", "JSON"), ("esc", "back")]
        )
    if run.is_held:
        return keys_line([(undo_key, "take it back"), ("esc", "leave")])
    ways = [("s", "save"), ("y", "copy"), ("esc", "close")]
    return keys_line(ways if not run.unsent else [("a", "abort: send no more"), *ways[:2], ("esc", "leave")])


def too_many(count: int) -> Content:
    """Why no plan is made."""
    return Content.assemble(
        ("Not possible: ", "bold $state-warning"),
        f"{count:,} jobs are too many at once. Mark up to {MOST_JOBS:,}, or narrow the filter.\n",
        keys_line([("esc", "back")]),
    )


def keys_line(ways: Sequence[tuple[str, str]]) -> Content:
    """Keys and what they do."""
    parts: list[tuple[str, str]] = []
    for key, does in ways:
        parts += [(GAP, "")] if parts else []
        parts += [(key, "bold $accent"), (f" {does}", "")]
    return Content.assemble(*parts)


def _limits(limits: BulkLimits) -> Sequence[tuple[str, str, str]]:
    failures = limits.most_failures
    ends = f"ends after {failures} failure{'s' if failures > 1 else ''}" if failures else "no failure ends it"
    return (
        ("c", "at_once", f"{limits.at_once} at once"),
        ("i", "stagger_s", f"every {limits.stagger_s:g} s" if limits.stagger_s else "without a pause"),
        ("l", "most_failures", ends),
        ("n", "typed_above", f"number typed above {limits.typed_above}"),
    )


def _chip(key: str, told: str, action: str, *, is_chosen: bool = False) -> Content:
    style = "bold underline $accent" if is_chosen else "$foreground"
    text = Content.assemble((key, "bold $accent"), " ", (told, style))
    return text.stylize(Style.from_meta({"@click": f"screen.{action}"}))


def _jobs(count: int) -> str:
    return "job" if count == 1 else "jobs"

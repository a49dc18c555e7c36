"""Keys that mark jobs."""

from __future__ import annotations

from tui.ui.keybinding import Group, KeyBinding, Scope

MARKS = (
    KeyBinding(
        "mark", ("space",), "mark", "Mark this job, or take its mark away.", Group.MARK, (Scope.TABLE,)
    ),
    KeyBinding(
        "mark_all",
        ("*",),
        "mark all listed",
        "Mark every job that is listed.",
        Group.MARK,
        (Scope.TABLE,),
    ),
    KeyBinding(
        "mark_range",
        ("V",),
        "mark up to here",
        "Mark every job from the last marked one to this one; in a log, select lines.",
        Group.MARK,
        (Scope.TABLE, Scope.LOG),
        words={Scope.LOG: "select lines"},
    ),
    KeyBinding("unmark_all", ("U",), "unmark all", "Take every mark away.", Group.MARK, (Scope.TABLE,)),
)
"""Keys that mark jobs."""

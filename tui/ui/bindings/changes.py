"""Keys that change a remote system, each after asking, and those that keep it from being changed."""

from __future__ import annotations

from tui.ui.keybinding import Group, KeyBinding, Scope

CHANGES = (
    KeyBinding(
        "rerun",
        ("R",),
        "rerun or trigger",
        "Run the job again, after asking.",
        Group.ACT,
        hint="rerun",
        hints={Scope.LOG: ""},
        is_change=True,
    ),
    KeyBinding(
        "stop",
        ("X",),
        "stop",
        "End the run that is under way, after asking.",
        Group.ACT,
        hint="stop",
        hints={Scope.LOG: ""},
        is_change=True,
    ),
    KeyBinding(
        "hold",
        ("H",),
        "hold or release",
        "Keep the job from starting by itself, or let it again, after asking.",
        Group.ACT,
        is_change=True,
    ),
    KeyBinding(
        "trigger",
        ("T",),
        "run with parameters",
        "Fill in the job's parameters and run it, after asking.",
        Group.ACT,
        is_change=True,
    ),
    KeyBinding(
        "bulk",
        ("B",),
        "act on many",
        "Act on the marked jobs, or on all that are listed, after showing the plan.",
        Group.ACT,
        is_change=True,
    ),
    KeyBinding(
        "undo",
        ("u",),
        "take back",
        "Take back the newest stop that was confirmed and is not sent yet.",
        Group.ACT,
    ),
    KeyBinding(
        "lock",
        ("K",),
        "lock or unlock",
        "Refuse every action from now on, or allow them for a while, after asking.",
        Group.ACT,
    ),
    KeyBinding(
        "run_in_order",
        (),
        "run in order",
        "Run the marked jobs one after the other, in the order in which they were marked; again ends it.",
        Group.ACT,
        is_change=True,
    ),
    KeyBinding(
        "delete",
        (),
        "delete the job",
        "Remove the job from its system for good, after its name was typed.",
        Group.ACT,
        is_change=True,
    ),
)
"""Keys that change a remote system, and those that keep it from being changed."""

"""Keys about the program itself."""

from __future__ import annotations

from tui.ui.keybinding import Group, KeyBinding, Scope

PROGRAM = (
    KeyBinding("pause", ("p",), "pause refreshing", "Stop asking the systems, or go on.", Group.PROGRAM),
    KeyBinding("refresh", ("r",), "refresh now", "Ask the systems at once.", Group.PROGRAM),
    KeyBinding(
        "palette",
        (":", "ctrl+p"),
        "commands",
        "Find any job, command, view or theme by name.",
        Group.PROGRAM,
        hint="commands",
        hints={Scope.LOG: ""},
    ),
    KeyBinding("help", ("?",), "help", "Show the keys that work here.", Group.PROGRAM, hint="help"),
    KeyBinding("settings", (), "settings", "Change how nightdeck looks and behaves, for now.", Group.PROGRAM),
    KeyBinding("themes", (), "try themes on", "Try the themes on and keep one.", Group.PROGRAM),
    KeyBinding(
        "mouse", (), "mouse on or off", "Take the mouse from the terminal, or give it back.", Group.PROGRAM
    ),
    KeyBinding(
        "slow_link",
        (),
        "slow link mode",
        "Send as little as possible to the terminal, or decide by the measured line.",
        Group.PROGRAM,
    ),
    KeyBinding("first_steps", (), "first steps", "Show again what the first start explained.", Group.PROGRAM),
    KeyBinding(
        "redraw", ("ctrl+l",), "redraw", "Paint the whole screen again.", Group.PROGRAM, is_priority=True
    ),
    KeyBinding(
        "suspend", ("ctrl+z",), "suspend", "Back to the shell; fg returns.", Group.PROGRAM, is_priority=True
    ),
    KeyBinding("quit", ("q",), "back, or quit", "Go one step back, and quit at the root.", Group.PROGRAM),
    KeyBinding(
        "interrupt",
        ("ctrl+c",),
        "quit, pressed twice",
        "Press it twice to quit.",
        Group.PROGRAM,
        is_priority=True,
    ),
)
"""Keys about the program itself."""

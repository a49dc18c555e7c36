"""Keys that find: filter, search, and the next thing that went wrong."""

from __future__ import annotations

from tui.ui.keybinding import Group, KeyBinding, Scope

_LISTS = (Scope.TABLE, Scope.LOG)

FINDS = (
    KeyBinding(
        "find",
        ("/",),
        "filter the table",
        "Type a query and see only the jobs that it matches; in a log, search.",
        Group.FIND,
        hint="filter",
        words={Scope.LOG: "search", Scope.DETAIL: "search"},
        hints={Scope.LOG: "search", Scope.DETAIL: "search"},
    ),
    KeyBinding(
        "next_failed",
        ("e",),
        "next failed row",
        "Move to the next job that failed; in a log to the next error.",
        Group.FIND,
        _LISTS,
        words={Scope.LOG: "next error"},
        hints={Scope.LOG: "next error"},
    ),
    KeyBinding(
        "previous_failed",
        ("E",),
        "previous failed row",
        "Move to the job before that failed; in a log to the error before.",
        Group.FIND,
        _LISTS,
        words={Scope.LOG: "previous error"},
    ),
    KeyBinding(
        "root_error",
        (".",),
        "the error that counts",
        "Move to the line that tells why the run failed.",
        Group.FIND,
        (Scope.LOG,),
        "root error",
    ),
    KeyBinding("next_warning", (), "next warning", "Move to the next warning.", Group.FIND, (Scope.LOG,)),
    KeyBinding(
        "warning_before", (), "warning before", "Move to the warning before.", Group.FIND, (Scope.LOG,)
    ),
    KeyBinding(
        "find_next",
        ("n",),
        "next match",
        "Move to the next match of the search.",
        Group.FIND,
        hints={Scope.LOG: "next match"},
    ),
    KeyBinding("find_previous", ("N",), "previous match", "Move to the match before.", Group.FIND),
    KeyBinding("clear_filter", ("\\",), "clear filter, search", "Show everything again.", Group.FIND),
    KeyBinding(
        "only_matching",
        ("&",),
        "only matching lines",
        "Show only the lines that match; with ! before it only the others. Several add up.",
        Group.FIND,
        (Scope.LOG,),
        hint="only",
    ),
    KeyBinding(
        "highlight",
        ("+",),
        "keep highlighted",
        "Keep what is searched for highlighted, also when something else is searched for.",
        Group.FIND,
        (Scope.LOG,),
    ),
    KeyBinding(
        "go_to",
        ("@",),
        "go to time or line",
        "Move to a time (14:05, -10m), a line (48,213) or a share (50%).",
        Group.FIND,
        (Scope.LOG,),
    ),
)
"""Keys that find: filter, search, and the next thing that went wrong."""

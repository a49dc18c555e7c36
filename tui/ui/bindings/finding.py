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
        "Show only the lines that match the search, or all again.",
        Group.FIND,
        (Scope.LOG,),
        hint="only matches",
    ),
)
"""Keys that find: filter, search, and the next thing that went wrong."""

"""The one table of key bindings, from which screens, help, footer, palette and keymaps are made.

A screen or widget takes its share with `BINDINGS = bindings_for(Scope.EVERYWHERE, Scope.LOG)` and answers
with methods named `action_<id>`; only the saved views share `action_view(number)`, where 0 is `view_all`.
A binding whose node has no such method falls through to the next node, so one table serves all.

everywhere  back quit interrupt suspend redraw, next_pane previous_pane next_tab previous_tab, find find_next
            find_previous clear_filter, problems view(n), open_log raw, rerun stop hold run_in_order delete,
            copy save open_web open_pager watch, pause refresh, palette help
moving      (table, log, detail) cursor_down cursor_up cursor_top cursor_bottom half_page_down half_page_up
            page_down page_up scroll_left scroll_right
table       open mark mark_all unmark_all sort_next sort_previous sort_invert next_failed previous_failed
            follow wide toggle_time
log         only_matching next_failed previous_failed (errors) follow (the tail) wide (wrapping)
            toggle_time (timestamps)
detail      open
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.binding import Binding, BindingType

from tui.ui.keybinding import UNBOUND, Group, KeyBinding, Scope

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

__all__ = ["TABLE", "UNBOUND", "Group", "KeyBinding", "Scope", "bindings_for"]

_MOVING = (Scope.TABLE, Scope.LOG, Scope.DETAIL)
_LISTS = (Scope.TABLE, Scope.LOG)
_VIEW_NUMBERS = range(1, 10)

_MOVES = (
    KeyBinding("cursor_down", ("j", "down"), "down", "Move one line down.", Group.MOVE, _MOVING),
    KeyBinding("cursor_up", ("k", "up"), "up", "Move one line up.", Group.MOVE, _MOVING),
    KeyBinding("cursor_top", ("g", "home"), "first line", "Move to the first line.", Group.MOVE, _MOVING),
    KeyBinding("cursor_bottom", ("G", "end"), "last line", "Move to the last line.", Group.MOVE, _MOVING),
    KeyBinding(
        "half_page_down", ("ctrl+d",), "half a page down", "Move half a page down.", Group.MOVE, _MOVING
    ),
    KeyBinding("half_page_up", ("ctrl+u",), "half a page up", "Move half a page up.", Group.MOVE, _MOVING),
    KeyBinding("page_down", ("pagedown",), "page down", "Move one page down.", Group.MOVE, _MOVING),
    KeyBinding("page_up", ("pageup",), "page up", "Move one page up.", Group.MOVE, _MOVING),
    KeyBinding("scroll_left", ("left",), "scroll left", "Show what lies to the left.", Group.MOVE, _MOVING),
    KeyBinding(
        "scroll_right", ("right",), "scroll right", "Show what lies to the right.", Group.MOVE, _MOVING
    ),
    KeyBinding(
        "next_pane", ("tab",), "next pane", "Move to the next pane: table, detail and back.", Group.MOVE
    ),
    KeyBinding("previous_pane", ("shift+tab",), "previous pane", "Move to the pane before.", Group.MOVE),
    KeyBinding(
        "next_tab",
        ("]",),
        "next tab",
        "Show the next tab of the detail pane; in a log the next attempt.",
        Group.MOVE,
        words={Scope.LOG: "next attempt"},
    ),
    KeyBinding(
        "previous_tab",
        ("[",),
        "previous tab",
        "Show the tab before; in a log the attempt before.",
        Group.MOVE,
        words={Scope.LOG: "previous attempt"},
    ),
    KeyBinding("back", ("escape",), "one step back", "Go one step back. Never quits.", Group.MOVE),
)

_FINDS = (
    KeyBinding(
        "find",
        ("/",),
        "filter the table",
        "Type a query and see only the jobs that it matches; in a log, search.",
        Group.FIND,
        hint="filter",
        words={Scope.LOG: "search"},
        hints={Scope.LOG: "search"},
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

_VIEWS = (
    KeyBinding(
        "problems",
        ("!",),
        "problems",
        "Show the jobs that failed and have not succeeded since.",
        Group.VIEW,
        hint="problems",
    ),
    *(
        KeyBinding(
            f"view_{number}",
            (str(number),),
            f"saved view {number}",
            f"Show the {number}. view of the config file.",
            Group.VIEW,
            action=f"view({number})",
        )
        for number in _VIEW_NUMBERS
    ),
    KeyBinding("view_all", ("0",), "all jobs", "Show every job.", Group.VIEW, action="view(0)"),
    KeyBinding(
        "sort_next", (">",), "sort by next column", "Sort by the next column.", Group.VIEW, (Scope.TABLE,)
    ),
    KeyBinding(
        "sort_previous",
        ("<",),
        "sort by column before",
        "Sort by the column before.",
        Group.VIEW,
        (Scope.TABLE,),
    ),
    KeyBinding(
        "sort_invert", ("I",), "invert the order", "Turn the sort order round.", Group.VIEW, (Scope.TABLE,)
    ),
    KeyBinding(
        "wide",
        ("w",),
        "wide columns",
        "Show more columns or wider ones; in a log, wrap long lines.",
        Group.VIEW,
        _LISTS,
        words={Scope.LOG: "wrap long lines"},
        hints={Scope.LOG: "wrap"},
    ),
    KeyBinding(
        "toggle_time",
        ("t",),
        "ages or clock times",
        "Show how long ago, or when; in a log, show or hide timestamps.",
        Group.VIEW,
        _LISTS,
        words={Scope.LOG: "timestamps"},
    ),
)

_JOBS = (
    KeyBinding(
        "open",
        ("enter",),
        "open",
        "Show the job in the detail pane.",
        Group.JOB,
        (Scope.TABLE, Scope.DETAIL),
        "open",
    ),
    KeyBinding(
        "open_log",
        ("L",),
        "log",
        "Open the log of the newest run.",
        Group.JOB,
        hint="log",
        hints={Scope.LOG: ""},
    ),
    KeyBinding("raw", (), "raw record", "Show the system's own record of the job.", Group.JOB),
    KeyBinding(
        "follow",
        ("F",),
        "follow this row",
        "Keep the cursor on this job wherever it moves; in a log, keep to its end.",
        Group.JOB,
        _LISTS,
        words={Scope.LOG: "follow the tail"},
        hints={Scope.LOG: "follow"},
    ),
    KeyBinding(
        "watch",
        ("m",),
        "tell me when it ends",
        "Watch this run and tell me when it ends; in a log, set a bookmark.",
        Group.JOB,
        words={Scope.LOG: "bookmark"},
    ),
    KeyBinding("save", ("s",), "save", "Save what is shown to a file.", Group.JOB, hints={Scope.LOG: "save"}),
    KeyBinding("copy", ("y",), "copy", "Copy to the clipboard.", Group.JOB, hints={Scope.LOG: "copy"}),
    KeyBinding(
        "open_pager",
        ("v",),
        "open in the pager",
        "Open what is shown in $PAGER.",
        Group.JOB,
        hints={Scope.LOG: "pager"},
    ),
    KeyBinding("open_web", ("o",), "open the web page", "Open the system's own page of the job.", Group.JOB),
)

_CHANGES = (
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

_MARKS = (
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
    KeyBinding("unmark_all", ("U",), "unmark all", "Take every mark away.", Group.MARK, (Scope.TABLE,)),
)

_PROGRAM = (
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

TABLE: Mapping[str, KeyBinding] = {
    binding.id: binding for binding in (*_JOBS, *_CHANGES, *_FINDS, *_VIEWS, *_MARKS, *_MOVES, *_PROGRAM)
}
"""Every binding by id, in the order of the help."""


def bindings_for(*scopes: Scope | str, only: Collection[str] | None = None) -> list[BindingType]:
    """The bindings that work in these scopes, for a screen's or widget's `BINDINGS`.

    Args:
        scopes: One or more; the description is the one of the narrowest scope given.
        only: Ids, when not all of them are answered.
    """
    wanted = tuple(Scope(scope) for scope in scopes)
    narrow_first = tuple(sorted(wanted, key=lambda scope: scope is Scope.EVERYWHERE))
    return [
        _as_textual(binding, narrow_first)
        for binding in TABLE.values()
        if not set(wanted).isdisjoint(binding.scopes) and (only is None or binding.id in only)
    ]


def _as_textual(binding: KeyBinding, scopes: tuple[Scope, ...]) -> Binding:
    hint = binding.hint_in(scopes)
    return Binding(
        ",".join(binding.keys) or UNBOUND,
        binding.action or binding.id,
        binding.description_in(scopes),
        show=bool(hint),
        # Textual rebuilds a binding for each key and keeps its own fields alone: the hint travels in one.
        group=Binding.Group(hint) if hint else None,
        tooltip=binding.tooltip,
        priority=binding.is_priority,
        id=binding.id,
    )

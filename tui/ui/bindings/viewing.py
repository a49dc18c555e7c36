"""Keys that change what is shown and how: views, order, columns, groups, panes."""

from __future__ import annotations

from tui.ui.keybinding import Group, KeyBinding, Scope

_LISTS = (Scope.TABLE, Scope.LOG)
_FOLDING = (Scope.TABLE, Scope.DETAIL, Scope.LOG)
_VIEW_NUMBERS = range(1, 10)

VIEWS = (
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
            f"Show the {number}. saved view.",
            Group.VIEW,
            action=f"view({number})",
        )
        for number in _VIEW_NUMBERS
    ),
    KeyBinding("view_all", ("0",), "all jobs", "Show every job.", Group.VIEW, action="view(0)"),
    KeyBinding("views", (), "list of views", "Open a view, or delete one that you kept.", Group.VIEW),
    KeyBinding(
        "save_view", (), "save this view", "Keep this filter, order and columns under a name.", Group.VIEW
    ),
    KeyBinding(
        "columns",
        ("c",),
        "choose columns",
        "Choose the columns, their order and their widths.",
        Group.VIEW,
        (Scope.TABLE,),
    ),
    KeyBinding(
        "sort",
        ("O",),
        "sort by several",
        "Choose what to sort by first, second, third.",
        Group.VIEW,
        (Scope.TABLE,),
    ),
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
        "group",
        ("b",),
        "group the rows",
        "Group by system, folder, tag, cause or state.",
        Group.VIEW,
        (Scope.TABLE,),
    ),
    KeyBinding(
        "fold",
        ("-",),
        "fold the group",
        "Fold or unfold this group; in a log, this stack trace.",
        Group.VIEW,
        _FOLDING,
        words={Scope.DETAIL: "fold", Scope.LOG: "fold this trace"},
    ),
    KeyBinding(
        "fold_all",
        ("_",),
        "fold all groups",
        "Fold all groups, or unfold them; in a log, all stack traces.",
        Group.VIEW,
        _FOLDING,
        words={Scope.DETAIL: "fold all", Scope.LOG: "fold all traces"},
    ),
    KeyBinding(
        "chart",
        ("c",),
        "list or chart",
        "Show the runs as a list, as a chart, or as both.",
        Group.VIEW,
        (Scope.DETAIL,),
        "chart",
    ),
    KeyBinding("pane", ("d",), "detail pane", "Show the detail pane, or hide it.", Group.VIEW),
    KeyBinding(
        "pane_side", ("P",), "pane right or below", "Move the detail pane to the right, or below.", Group.VIEW
    ),
    KeyBinding("zoom", ("z",), "zoom", "Give this pane the whole screen, or share it again.", Group.VIEW),
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
        "Show how long ago, or when; in a log, times as written, of the day, since its start, or none.",
        Group.VIEW,
        _LISTS,
        words={Scope.LOG: "timestamps"},
    ),
    KeyBinding(
        "spread_json",
        ("i",),
        "spread JSON lines",
        "Show lines of JSON over several rows, or in one.",
        Group.VIEW,
        (Scope.LOG,),
    ),
    KeyBinding(
        "line_numbers", ("#",), "line numbers", "Show or hide line numbers.", Group.VIEW, (Scope.LOG,)
    ),
)
"""Keys that change what is shown and how: views, order, columns, groups, panes."""

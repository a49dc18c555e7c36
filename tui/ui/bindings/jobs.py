"""Keys about the job under the cursor that change nothing."""

from __future__ import annotations

from tui.ui.keybinding import Group, KeyBinding, Scope

_LISTS = (Scope.TABLE, Scope.LOG)

JOBS = (
    KeyBinding(
        "open",
        ("enter",),
        "open",
        "Show the job in the detail pane; in a log, unfold, spread or wrap this line.",
        Group.JOB,
        (Scope.TABLE, Scope.DETAIL, Scope.LOG),
        "open",
        words={Scope.LOG: "open this line"},
        hints={Scope.LOG: ""},
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
    KeyBinding(
        "merge_logs",
        ("M",),
        "logs by time",
        "Show the newest logs of the marked jobs as one, merged by time: two to eight.",
        Group.JOB,
        (Scope.TABLE,),
    ),
    KeyBinding("raw", ("J",), "raw record", "Show the system's own record of the job.", Group.JOB),
    KeyBinding(
        "compare",
        ("=",),
        "compare to good run",
        "Show what differs from the last run that succeeded, down to the lines that are new in the log.",
        Group.JOB,
    ),
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
    KeyBinding(
        "watched",
        ("'",),
        "next watched job",
        "Move to the next job that you are told about; in a log, to the next bookmark.",
        Group.JOB,
        words={Scope.LOG: "next bookmark"},
    ),
    KeyBinding("save", ("s",), "save", "Save what is shown to a file.", Group.JOB, hints={Scope.LOG: "save"}),
    KeyBinding(
        "save_screen",
        ("ctrl+g",),
        "save the screen",
        "Save the screen as it is, as text or picture.",
        Group.JOB,
        is_priority=True,
    ),
    KeyBinding(
        "copy",
        ("y",),
        "copy",
        "Copy to the clipboard.",
        Group.JOB,
        words={Scope.DETAIL: "copy the value"},
        hints={Scope.LOG: "copy"},
    ),
    KeyBinding(
        "copy_path",
        ("Y",),
        "copy the path",
        "Copy the path of this value to the clipboard.",
        Group.JOB,
        (Scope.DETAIL,),
    ),
    KeyBinding(
        "open_pager",
        ("v",),
        "open in the pager",
        "Open what is shown in $PAGER.",
        Group.JOB,
        hints={Scope.LOG: "pager"},
    ),
    KeyBinding(
        "open_lnav",
        ("O",),
        "open in lnav",
        "Open the log in lnav, on the same line.",
        Group.JOB,
        (Scope.LOG,),
    ),
    KeyBinding(
        "pipe",
        ("|",),
        "pipe to a command",
        "Give the selected lines, or all that are shown, to a shell command.",
        Group.JOB,
        (Scope.LOG,),
    ),
    KeyBinding("open_web", ("o",), "open the web page", "Open the system's own page of the job.", Group.JOB),
)
"""Keys about the job under the cursor that change nothing."""

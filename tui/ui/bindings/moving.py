"""Keys that move: within a list, between panes and tabs, and one step back."""

from __future__ import annotations

from tui.ui.keybinding import Group, KeyBinding, Scope

MOVING = (Scope.TABLE, Scope.LOG, Scope.DETAIL)
"""Where lines are moved over."""

MOVES = (
    KeyBinding("cursor_down", ("j", "down"), "down", "Move one line down.", Group.MOVE, MOVING),
    KeyBinding("cursor_up", ("k", "up"), "up", "Move one line up.", Group.MOVE, MOVING),
    KeyBinding("cursor_top", ("g", "home"), "first line", "Move to the first line.", Group.MOVE, MOVING),
    KeyBinding("cursor_bottom", ("G", "end"), "last line", "Move to the last line.", Group.MOVE, MOVING),
    KeyBinding(
        "half_page_down", ("ctrl+d",), "half a page down", "Move half a page down.", Group.MOVE, MOVING
    ),
    KeyBinding("half_page_up", ("ctrl+u",), "half a page up", "Move half a page up.", Group.MOVE, MOVING),
    KeyBinding("page_down", ("pagedown",), "page down", "Move one page down.", Group.MOVE, MOVING),
    KeyBinding("page_up", ("pageup",), "page up", "Move one page up.", Group.MOVE, MOVING),
    KeyBinding("scroll_left", ("left",), "scroll left", "Show what lies to the left.", Group.MOVE, MOVING),
    KeyBinding(
        "scroll_right", ("right",), "scroll right", "Show what lies to the right.", Group.MOVE, MOVING
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
"""Keys that move: within a list, between panes and tabs, and one step back."""

"""The one table of key bindings, from which screens, help, footer, palette and keymaps are made.

A screen or widget takes its share with `BINDINGS = bindings_for(Scope.EVERYWHERE, Scope.LOG)` and answers
with methods named `action_<id>`; only the saved views share `action_view(number)`, where 0 is `view_all`.
A binding whose node has no such method falls through to the next node, so one table serves all.

everywhere  back quit interrupt suspend redraw, next_pane previous_pane next_tab previous_tab, find find_next
            find_previous clear_filter, problems view(n), pane pane_side zoom, open_log raw compare watched,
            rerun trigger stop hold bulk undo lock run_in_order delete, copy save save_screen open_web
            open_pager watch, pause refresh, palette help settings themes first_steps save_view views mouse
            slow_link
moving      (table, log, detail) cursor_down cursor_up cursor_top cursor_bottom half_page_down half_page_up
            page_down page_up scroll_left scroll_right
table       open mark mark_range mark_all unmark_all sort sort_next sort_previous sort_invert columns
            group fold fold_all merge_logs next_failed previous_failed follow wide toggle_time
log         only_matching highlight go_to next_failed previous_failed (errors) next_warning warning_before
            root_error follow (the tail) wide (wrapping) toggle_time (timestamps) open fold fold_all
            spread_json line_numbers mark_range (select) open_lnav pipe
detail      open fold fold_all chart copy_path
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.binding import Binding, BindingType

from tui.ui.bindings.changes import CHANGES
from tui.ui.bindings.finding import FINDS
from tui.ui.bindings.jobs import JOBS
from tui.ui.bindings.marking import MARKS
from tui.ui.bindings.moving import MOVES
from tui.ui.bindings.program import PROGRAM
from tui.ui.bindings.viewing import VIEWS
from tui.ui.keybinding import UNBOUND, Group, KeyBinding, Scope

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

__all__ = ["TABLE", "UNBOUND", "Group", "KeyBinding", "Scope", "bindings_for"]

TABLE: Mapping[str, KeyBinding] = {
    binding.id: binding for binding in (*JOBS, *CHANGES, *FINDS, *VIEWS, *MARKS, *MOVES, *PROGRAM)
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

"""The entries that are there whatever is typed: commands with their keys, views, settings and themes."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from textual.actions import parse

from tui.ui.bindings import TABLE, Group
from tui.ui.keysheet import answering_node, reason_against, rows_of
from tui.ui.palette.entry import Entry
from tui.ui.palette.narrowing import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from textual.screen import Screen

    from tui.ui.palette.source import PaletteSource
    from tui.ui.settings import Setting

_NOT_LISTED = frozenset({"palette", "interrupt"})
_LAST_DIGIT = 9


def fixed_entries(source: PaletteSource, screen: Screen[Any]) -> Sequence[Entry]:
    """Everything but jobs and runs, in the order in which it is listed.

    Args:
        source: Where views, settings and themes come from.
        screen: Where the palette was asked for: its commands are offered.
    """
    return [
        *command_entries(screen),
        *_view_entries(source),
        *(entry for setting in source.settings() for entry in _setting_entries(source, setting)),
        *(
            Entry(f"theme: {name}", "", "Paint in this theme.", partial(source.use_theme, name), Kind.THEME)
            for name in source.themes()
        ),
    ]


def command_entries(screen: Screen[Any]) -> Sequence[Entry]:
    """Every command that a screen answers, with the keys in effect; those that can't act say why.

    Args:
        screen: Where the palette was asked for.
    """
    keys = {row.id: " ".join(row.keys) for row in rows_of(screen)}
    entries = []
    for binding in TABLE.values():
        action = binding.action or binding.id
        node = answering_node(screen, action)
        is_listed = binding.group is not Group.MOVE and binding.id not in _NOT_LISTED and "(" not in action
        if node is None or not is_listed:
            continue
        key = keys.get(binding.id, "")
        _, name, parameters = parse(action)
        state = node.check_action(name, parameters)
        if state is None:
            reason = reason_against(screen, action)
            tell = partial(screen.app.notify, reason, severity="warning", markup=False)
            entries.append(
                Entry(binding.description, key, f"not now: {reason}", tell, is_grey=True, name=binding.id)
            )
        elif state:
            run = partial(screen.app.run_action, action, node)
            entries.append(Entry(binding.description, key, binding.tooltip, run, name=binding.id))
    return entries


def _view_entries(source: PaletteSource) -> Iterator[Entry]:
    yield Entry("view: all", "0", "Show every job.", partial(source.use_view, 0), Kind.VIEW)
    for number, name in enumerate(source.views(), start=1):
        key = str(number) if number <= _LAST_DIGIT else ""
        show = partial(source.use_view, number)
        yield Entry(f"view: {name}", key, "Show this saved view.", show, Kind.VIEW)


def _setting_entries(source: PaletteSource, setting: Setting) -> Iterator[Entry]:
    """One for each other value; just one when it can't be changed now, or has values without end."""
    told = f"setting: {setting.key} = {setting.present}"
    if setting.reason or not setting.choices:
        use = partial(source.use_setting, setting, "")
        note = f"not now: {setting.reason}" if setting.reason else setting.title
        yield Entry(told, "", note, use, Kind.SETTING, is_grey=bool(setting.reason), name=setting.full_name)
        return
    for value in setting.choices:
        if value != setting.present:
            yield Entry(
                f"{told} → {value}",
                "",
                setting.title,
                partial(source.use_setting, setting, value),
                Kind.SETTING,
                name=f"{setting.full_name} {value}",
            )

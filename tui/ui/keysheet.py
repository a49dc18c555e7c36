"""What the help tells: the keys in effect, row by row, and how the rows share the screen. No widget in it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import groupby
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len, set_cell_size
from textual.content import Content

from tui.ui.bindings import TABLE, UNBOUND, Scope
from tui.ui.keymap import keys_of, shown_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from textual.binding import ActiveBinding
    from textual.dom import DOMNode
    from textual.screen import Screen

    from tui.ui.keybinding import KeyBinding

_LOCAL = "Only here"
_DIALOG = "In this dialog"
_LOG = "In a log"
_NO_KEY = "palette only"
_VIEW = re.compile(r"view_(\d)")
_INDENT, _GAP = 2, 2
_KEYS_WIDTH, _ID_WIDTH = 11, 15
_LEAST_WIDTH, _MOST_WIDTH = 53, 76
_NO_REASON = "not possible here and now"
_ELSEWHERE = "not on this screen: press it where there is something like it"


@dataclass(frozen=True, slots=True)
class KeyRow:
    """One binding as the help tells it."""

    id: str
    """Its name in `[keymap]`; empty for a binding outside the table."""
    keys: tuple[str, ...]
    """The keys in effect, as the screen tells them."""
    description: str
    """What they do."""
    heading: str
    """The group that it is told under."""
    tooltip: str = ""
    """The same in a sentence; a filter looks into it, too."""
    reason: str = ""
    """Why it can't act now; empty when it can."""

    def matches(self, words: Sequence[str]) -> bool:
        """Whether every word is somewhere in the row."""
        text = f"{' '.join(self.keys)} {self.description} {self.id} {self.heading} {self.tooltip}".casefold()
        return all(word.casefold() in text for word in words)


def rows_of(screen: Screen[Any]) -> Sequence[KeyRow]:
    """The bindings that a screen answers now, with the keys in effect, in the order of the table.

    Commands without a key are among them, for they can be reached over the palette; a dialog tells its own
    keys alone, since it keeps all others to itself.
    """
    found: dict[str, list[ActiveBinding]] = {}
    actives = screen.active_bindings
    bound = {active.binding.id for key, active in actives.items() if key != UNBOUND}
    for key, active in actives.items():
        is_told = active.binding.id in TABLE or active.binding.show or _is_of_dialog(active, screen)
        if key != UNBOUND and is_told and answering_node(screen, active.binding.action) is not None:
            found.setdefault(active.binding.id or active.binding.action, []).append(active)
    others = [_active_row(same, screen) for id_, same in found.items() if id_ not in TABLE]
    known = [
        _active_row(found[id_], screen) if id_ in found else _unbound_row(binding, screen)
        for id_, binding in TABLE.items()
        if id_ in found or (id_ not in bound and _is_answered_without_key(binding, screen))
    ]
    return [*others, *known]


def all_rows(keymap: Mapping[str, str]) -> Sequence[KeyRow]:
    """Every binding of the table; what a key does in a log is told apart.

    Args:
        keymap: What `resolve_keymap` made.
    """
    general = [_row(b, b.description, b.group, keymap) for b in TABLE.values() if b.scopes != (Scope.LOG,)]
    in_log = [
        _row(b, b.words.get(Scope.LOG, b.description), _LOG, keymap)
        for b in TABLE.values()
        if Scope.LOG in b.words or b.scopes == (Scope.LOG,)
    ]
    return [*general, *in_log]


def answering_node(screen: Screen[Any], action: str) -> DOMNode | None:
    """Whoever has a method for the action, on the way from the focus to the app."""
    name = action.rpartition(".")[2].partition("(")[0]
    nodes: tuple[DOMNode, ...] = (*(screen.focused or screen).ancestors_with_self, screen.app)
    return next((node for node in nodes if hasattr(node, f"action_{name}")), None)


def reason_against(screen: Screen[Any], action: str) -> str:
    """Why a grey action can't be done, in the screen's words if it has any."""
    explain = getattr(screen, "reason_against", None)
    return (str(explain(action)) if explain is not None else "") or _NO_REASON


def acting_keys(screen: Screen[Any]) -> frozenset[str]:
    """The keys that do something here and now, as Textual names them."""
    return frozenset(
        active.binding.key
        for active in screen.active_bindings.values()
        if active.enabled and answering_node(screen, active.binding.action) is not None
    )


def silence_of(screen: Screen[Any], key: str) -> KeyRow | None:
    """What is to be told about a key that does nothing here; None for one that acts, or that nobody knows.

    Args:
        screen: Where it was pressed.
        key: The key as Textual names it.
    """
    for active in screen.active_bindings.values():
        binding = active.binding
        if key in (binding.key, binding.key_display):
            row = _active_row([active], screen)
            if binding.id in TABLE and answering_node(screen, binding.action) is None:
                return replace(row, reason=_ELSEWHERE)
            return row if row.reason else None
    return None


def with_joined_views(rows: Iterable[KeyRow]) -> Sequence[KeyRow]:
    """The rows, with the saved views in one while each of them is on its own digit."""
    listed = list(rows)
    views = [row for row in listed if (match := _VIEW.fullmatch(row.id)) and row.keys == (match[1],)]
    if len(views) < 2:
        return listed
    first, last = views[0], views[-1]
    one = replace(
        first,
        id=f"{first.id} … {last.id[-1]}",
        keys=(f"{first.keys[0]} … {last.keys[0]}",),
        description="saved views",
        tooltip=f"{first.tooltip} {last.tooltip}",
    )
    return [one if row is first else row for row in listed if row is first or row not in views]


def lay_out(rows: Sequence[KeyRow], width: int) -> Content:
    """The rows under their headings, side by side as far as there is room.

    Args:
        rows: What to tell, in order.
        width: Cells of a line.
    """
    groups = [(heading, list(members)) for heading, members in groupby(rows, key=lambda row: row.heading)]
    columns = max(1, min(len(groups), (width + _GAP) // (_LEAST_WIDTH + _GAP)))
    column = min(_MOST_WIDTH, (width - _GAP * (columns - 1)) // columns)
    blocks = [
        [Content.styled(heading, "bold $accent"), *(line for row in members for line in _lines(row, column))]
        for heading, members in groups
    ]
    stacks = _stacks(blocks, columns)
    height = max(map(len, stacks), default=0)
    between = Content(" " * _GAP)
    lines = [
        between.join(
            (stack[y] if y < len(stack) else Content()).truncate(column, pad=True) for stack in stacks
        )
        for y in range(height)
    ]
    return Content("\n").join(lines)


def _row(binding: KeyBinding, description: str, heading: str, keymap: Mapping[str, str]) -> KeyRow:
    keys = tuple(map(shown_key, keys_of(binding.id, keymap)))
    return KeyRow(binding.id, keys, description, heading, binding.tooltip)


def _is_of_dialog(active: ActiveBinding, screen: Screen[Any]) -> bool:
    """Whether a dialog made the binding itself; what every screen has by nature names its node."""
    return screen.is_modal and active.node is screen and "." not in active.binding.action


def _is_answered_without_key(binding: KeyBinding, screen: Screen[Any]) -> bool:
    """Whether the screen answers a command that can be reached over the palette alone."""
    return not screen.is_modal and answering_node(screen, binding.action or binding.id) is not None


def _unbound_row(binding: KeyBinding, screen: Screen[Any]) -> KeyRow:
    action = binding.action or binding.id
    node = answering_node(screen, action)
    is_grey = node is not None and node.check_action(action, ()) is None
    reason = reason_against(screen, action) if is_grey else ""
    return KeyRow(binding.id, (), binding.description, binding.group, binding.tooltip, reason)


def _active_row(actives: Sequence[ActiveBinding], screen: Screen[Any]) -> KeyRow:
    binding = actives[0].binding
    is_grey = not any(active.enabled for active in actives)
    keys = tuple(shown_key(active.binding.key) for active in actives)
    known = TABLE.get(binding.id or "")
    return KeyRow(
        binding.id or "",
        keys,
        binding.description,
        known.group if known is not None else _DIALOG if screen.is_modal else _LOCAL,
        binding.tooltip,
        reason_against(screen, binding.action) if is_grey else "",
    )


def _lines(row: KeyRow, width: int) -> Sequence[Content]:
    """One line for a row, and more for the reason against it."""
    room = max(8, width - _INDENT - _KEYS_WIDTH - 2 * _GAP - _ID_WIDTH)
    key_style = "bold $accent" if row.keys and not row.reason else "$text-disabled"
    word_style = "$text-disabled" if row.reason else "$foreground"
    keys = " ".join(row.keys) or _NO_KEY
    over = max(0, cell_len(keys) - _KEYS_WIDTH)
    gap = max(1, _GAP - over)
    spare = over - (_GAP - gap)
    line = Content.assemble(
        " " * _INDENT,
        (keys.ljust(_KEYS_WIDTH), key_style),
        " " * gap,
        (set_cell_size(row.description, max(0, room - spare)), word_style),
        " " * _GAP,
        (row.id, "$text-disabled"),
    )
    indent = " " * (_INDENT + _KEYS_WIDTH + _GAP)
    reasons = wrap(row.reason, max(8, width - len(indent)))
    return [line.truncate(width), *(Content.assemble(indent, (text, "$text-muted")) for text in reasons)]


def _stacks(blocks: Sequence[list[Content]], columns: int) -> Sequence[list[Content]]:
    """The blocks in order over so many columns, none higher than it has to be."""
    limit = max(map(len, blocks), default=0)
    while len(stacks := _filled(blocks, limit)) > columns:
        limit += 1
    return stacks


def _filled(blocks: Iterable[list[Content]], limit: int) -> list[list[Content]]:
    stacks: list[list[Content]] = []
    for block in blocks:
        if stacks and len(stacks[-1]) + 1 + len(block) <= limit:
            stacks[-1] += [Content(), *block]
        else:
            stacks.append(list(block))
    return stacks

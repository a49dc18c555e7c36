"""What a line of the table of key bindings is made of."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

UNBOUND = "unbound"
"""Stands for "no key" where Textual insists on one: no terminal ever sends it."""


class Scope(StrEnum):
    """Where a key works. `everywhere` meets all the others; the others never meet each other."""

    EVERYWHERE = "everywhere"
    TABLE = "table"
    LOG = "log"
    DETAIL = "detail"


class Group(StrEnum):
    """The headings of the help, in the order in which they appear."""

    JOB = "This job"
    ACT = "Acting on systems"
    FIND = "Finding"
    VIEW = "Views"
    MARK = "Marking"
    MOVE = "Moving"
    PROGRAM = "nightdeck"


class KeyBinding(NamedTuple):
    """One line of the table: what a key does, where, and how it is told to the user."""

    id: str
    """Its name in the config's `[keymap]`."""
    keys: tuple[str, ...]
    """The default keys, as a user would write them; empty when it is reached only over the palette."""
    description: str
    """A few words for help and palette."""
    tooltip: str
    """A sentence that tells what happens."""
    group: Group
    """Its heading in the help."""
    scopes: tuple[Scope, ...] = (Scope.EVERYWHERE,)
    """Where it works."""
    hint: str = ""
    """One word for the footer; bindings without one don't appear there."""
    action: str = ""
    """The Textual action; by default the id."""
    is_change: bool = False
    """Whether it changes a remote system: then it never sits on a motion key or a plain lower-case letter."""
    is_priority: bool = False
    """Whether it works under dialogs and in input fields, too."""
    words: Mapping[Scope, str] = MappingProxyType({})
    """The description where a scope gives the key a narrower meaning."""
    hints: Mapping[Scope, str] = MappingProxyType({})
    """The footer's word where a scope has its own."""

    def description_in(self, scopes: tuple[Scope, ...]) -> str:
        """What it does there: the narrowest description that applies."""
        return next((self.words[scope] for scope in scopes if scope in self.words), self.description)

    def hint_in(self, scopes: tuple[Scope, ...]) -> str:
        """The footer's word there, or an empty string."""
        return next((self.hints[scope] for scope in scopes if scope in self.hints), self.hint)

"""From a keymap preset and the user's `[keymap]` table to the keys in effect, and what is wrong with them."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from textual.binding import Binding
from textual.keys import REPLACED_KEYS, Keys, format_key, key_to_character

from tui.config.problems import listed, nearest_word
from tui.ui.bindings import TABLE, UNBOUND, KeyBinding, Scope

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

DEFAULT_PRESET = "default"
"""The keys of the table as they are."""

PRESETS: Mapping[str, Mapping[str, str]] = {
    DEFAULT_PRESET: {},
    # For hands that don't know vi: every letter that only moves is given up, and familiar keys take over.
    "vim-less": {
        "cursor_down": "down",
        "cursor_up": "up",
        "cursor_top": "home",
        "cursor_bottom": "end",
        "half_page_down": "",
        "half_page_up": "",
        "find": "/,ctrl+f",
        "clear_filter": "\\,ctrl+u",
        "back": "escape,backspace",
        "palette": "ctrl+p,:",
        "mark": "space,insert",
        "save": "s,ctrl+o",
    },
    # What hands know from k9s. There ctrl-d deletes and ctrl-k kills; here they never change anything.
    "k9s": {
        "open": "enter,d",
        "pane": "D",
        "open_log": "l,L",
        "raw": "y,J",
        "copy": "c",
        "columns": "C",
        "chart": "C",
        "refresh": "ctrl+r,r",
        "page_down": "pagedown,ctrl+f",
        "page_up": "pageup,ctrl+b",
        "wide": "w,ctrl+w",
        "toggle_time": "t",
        "problems": "!,ctrl+e",
    },
}
"""Keymaps by name: binding ids and their keys, separated by commas; an empty text takes the keys away."""

_SPELLINGS = {
    "esc": "escape",
    "return": "enter",
    "del": "delete",
    "ins": "insert",
    "pgup": "pageup",
    "pgdn": "pagedown",
    "pgdown": "pagedown",
    "spacebar": "space",
    # A terminal sends the same byte for both, and Textual tells the second name.
    "ctrl+i": "tab",
    "ctrl+m": "enter",
    "ctrl+left_square_bracket": "escape",
}
_SHOWN = {"escape": "esc", "pagedown": "pgdn", "pageup": "pgup", "delete": "del", "insert": "ins"}
_SHOWN_AS_NAMED = frozenset({"enter", "backspace", "space", "tab"})
_MODIFIER = re.compile(r"(ctrl|shift|alt|meta|super|hyper|c)[+-](?=.)", re.IGNORECASE)
_NAMED = frozenset(key.value for key in Keys if "<" not in key.value)
_MOTION = frozenset(
    {
        "enter",
        "space",
        "tab",
        "shift+tab",
        "escape",
        "backspace",
        "up",
        "down",
        "left",
        "right",
        "home",
        "end",
    }
    | {"pageup", "pagedown", "ctrl+d", "ctrl+u", "ctrl+f", "ctrl+b", "ctrl+n", "ctrl+p"}
)


class KeymapProblem(NamedTuple):
    """One entry of a keymap that can't be obeyed, in one line."""

    id: str
    """The binding, or `keymap` of `[ui]`."""
    message: str
    """What is wrong, and what stays in effect."""
    table: str = "keymap"
    """The table of the config file."""

    def __str__(self) -> str:
        return f"[{self.table}] {self.id}: {self.message}"


def resolve_keymap(
    preset: str = DEFAULT_PRESET, user: Mapping[str, object] | None = None
) -> tuple[dict[str, str], Sequence[KeymapProblem]]:
    """The keys in effect, as far as they differ from the table, and what is wrong with the user's.

    Args:
        preset: A name in `PRESETS`.
        user: Binding ids with a key, keys separated by commas, or a list of keys; empty takes the keys away.

    Returns:
        What `App.set_keymap` takes, and one problem for every entry that can't be obeyed.
    """
    if preset == DEFAULT_PRESET and not user:
        return {}, []
    resolution = _Resolution(preset, user or {})
    overrides = {
        id_: ",".join(keys) or UNBOUND
        for id_, keys in resolution.keys.items()
        if keys != tuple(normal_key(key) for key in TABLE[id_].keys)
    }
    return overrides, resolution.problems


def keys_of(binding_id: str, keymap: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """The keys of a binding under a keymap made by `resolve_keymap`."""
    override = (keymap or {}).get(binding_id)
    if override is None:
        return tuple(normal_key(key) for key in TABLE[binding_id].keys)
    return tuple(key for key in override.split(",") if key != UNBOUND)


@lru_cache(1024)
def normal_key(text: str) -> str:
    """A key as Textual names it: `?` is `question_mark`, `ctrl-D` is `ctrl+d`, `Esc` is `escape`."""
    modifiers, rest = set(), text
    while match := _MODIFIER.match(rest):
        modifiers.add("ctrl" if match[1].lower() == "c" else match[1].lower())
        rest = rest[match.end() :]
    # Terminals send a shifted letter as the capital itself, and tell no capital apart under ctrl.
    if modifiers == {"shift"} and len(rest) == 1 and rest.isalpha():
        return rest.upper()
    key = rest.lower() if modifiers or len(rest) > 1 else rest
    key = _named(key) if len(key) == 1 else _SPELLINGS.get(key, key)
    spelled = "+".join([*sorted(modifiers), key])
    return _SPELLINGS.get(spelled, spelled)


def is_known_key(key: str) -> bool:
    """Whether any terminal could send this key, named as Textual does."""
    base = key[match.end() :] if (match := re.match(rf"(?:{_MODIFIER.pattern})*", key)) else key
    character = key_to_character(REPLACED_KEYS.get(base, base))
    return base in _NAMED or (character is not None and character.isprintable())


@lru_cache(1024)
def shown_key(key: str) -> str:
    """A key as the screen tells it: `?`, `enter`, `esc`, `ctrl-d`, `↓`."""
    *modifiers, base = normal_key(key).split("+")
    name = _SHOWN.get(base) or (base if base in _SHOWN_AS_NAMED else format_key(base))
    return "-".join([*modifiers, name])


def _named(character: str) -> str:
    """Textual's name of a character; the two that separate keys are named here."""
    named = {",": "comma", " ": "space"}.get(character)
    if named is None and character.isspace():
        return character
    return named or next(iter(Binding.make_bindings([Binding(character, "")]))).key


class _Resolution:
    """Gives keys away one after the other; who comes later finds a key taken and is told so."""

    def __init__(self, preset: str, user: Mapping[str, object]) -> None:
        self.problems: list[KeymapProblem] = []
        self.keys: dict[str, tuple[str, ...]] = {}
        self._base = self._base_of(preset)
        self._takers: dict[str, list[str]] = {}
        wanted = {id_: keys for id_, value in user.items() if (keys := self._read(id_, value)) is not None}
        for id_ in TABLE:
            if id_ not in wanted:
                self.keys[id_] = self._take(id_, self._base[id_], is_told=True)
        for id_, keys in wanted.items():
            taken = self._take(id_, keys, is_told=True)
            self.keys[id_] = taken if taken or not keys else self._take(id_, self._base[id_], is_told=False)

    def _base_of(self, preset: str) -> dict[str, tuple[str, ...]]:
        if preset not in PRESETS:
            near = nearest_word(preset, PRESETS)
            meant = f", did you mean {near!r}?" if near else f"; there are {listed(PRESETS)}"
            self.problems.append(KeymapProblem("keymap", f"no keymap {preset!r}{meant}", "ui"))
        chosen = PRESETS.get(preset, {})
        return {
            id_: tuple(map(normal_key, _split(chosen[id_]) if id_ in chosen else binding.keys))
            for id_, binding in TABLE.items()
        }

    def _read(self, id_: str, value: object) -> tuple[str, ...] | None:
        """The keys of one entry that may be asked for; None leaves the binding as it is."""
        if id_ not in TABLE:
            near = nearest_word(id_, TABLE)
            meant = f", did you mean {near!r}?" if near else "; press ? for the names"
            self._tell(id_, f"there is no binding of this name{meant}")
            return None
        texts = _texts(value)
        if texts is None:
            self._tell(id_, 'a key is text, such as "R", or a list of texts')
            return None
        keys = [normal_key(text) for text in texts]
        good = tuple(
            dict.fromkeys(k for k, text in zip(keys, texts, strict=True) if self._is_fit(id_, k, text))
        )
        return good if good or not texts else None

    def _is_fit(self, id_: str, key: str, text: str) -> bool:
        if not is_known_key(key):
            near = nearest_word(key, _NAMED)
            meant = f", did you mean {near!r}?" if near else ""
            self._tell(id_, f"there is no key {text!r}{meant}")
            return False
        if TABLE[id_].is_change and (key in _MOTION or (len(key) == 1 and not key.isupper())):
            self._tell(
                id_,
                f"{text!r} is too easily pressed for what changes a remote system; take a capital letter",
            )
            return False
        return True

    def _take(self, id_: str, keys: Iterable[str], *, is_told: bool) -> tuple[str, ...]:
        taken = []
        for key in keys:
            owner = next((o for o in self._takers.get(key, ()) if _meet(TABLE[o], TABLE[id_])), None)
            if owner is None:
                self._takers.setdefault(key, []).append(id_)
                taken.append(key)
            elif is_told:
                self._tell(
                    id_, f"{shown_key(key)!r} is the key of {owner} already; give {owner} another one first"
                )
        return tuple(taken)

    def _tell(self, id_: str, message: str) -> None:
        self.problems.append(KeymapProblem(id_, message))


def _texts(value: object) -> list[str] | None:
    if isinstance(value, str):
        return _split(value)
    if isinstance(value, list | tuple) and all(isinstance(item, str) for item in value):
        return [key for item in value for key in _split(item)]
    return None


def _split(text: str) -> list[str]:
    """Keys of a text with commas between them; a lone comma is the key itself."""
    if text.strip() == ",":
        return [","]
    return [part if part == " " else part.strip() for part in text.split(",") if part.strip() or part == " "]


def _meet(one: KeyBinding, other: KeyBinding) -> bool:
    """Whether there is a place where both work."""
    if one is other:
        return False
    both = (*one.scopes, *other.scopes)
    return Scope.EVERYWHERE in both or not set(one.scopes).isdisjoint(other.scopes)

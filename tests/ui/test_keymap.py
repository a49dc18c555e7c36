"""The table of bindings keeps the rules of the keys, and keymaps change it without accidents."""

from __future__ import annotations

from collections import Counter
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from textual.app import App
from textual.binding import BindingsMap
from textual.screen import Screen

from tui.ui.bindings import TABLE, UNBOUND, Scope, bindings_for
from tui.ui.keymap import PRESETS, is_known_key, keys_of, normal_key, resolve_keymap, shown_key

MOTION_KEYS = {"j", "k", "g", "G", "down", "up", "home", "end", "ctrl+d", "ctrl+u", "pagedown", "pageup"}

DESIGNED = {
    "cursor_down": "j down",
    "cursor_up": "k up",
    "cursor_top": "g",
    "cursor_bottom": "G",
    "half_page_down": "ctrl+d",
    "half_page_up": "ctrl+u",
    "page_up": "pageup",
    "page_down": "pagedown",
    "open": "enter",
    "back": "escape",
    "quit": "q",
    "next_pane": "tab",
    "previous_tab": "[",
    "next_tab": "]",
    "find": "/",
    "find_next": "n",
    "find_previous": "N",
    "clear_filter": "\\",
    "only_matching": "&",
    "mark": "space",
    "mark_all": "*",
    "unmark_all": "U",
    "problems": "!",
    **{f"view_{number}": str(number) for number in range(1, 10)},
    "view_all": "0",
    "sort_previous": "<",
    "sort_next": ">",
    "sort_invert": "I",
    "next_failed": "e",
    "previous_failed": "E",
    "columns": "c",
    "sort": "O",
    "group": "b",
    "fold": "-",
    "fold_all": "_",
    "mark_range": "V",
    "pane": "d",
    "pane_side": "P",
    "zoom": "z",
    "raw": "J",
    "compare": "=",
    "watched": "'",
    "trigger": "T",
    "bulk": "B",
    "undo": "u",
    "lock": "K",
    "open_log": "L",
    "follow": "F",
    "wide": "w",
    "toggle_time": "t",
    "rerun": "R",
    "stop": "X",
    "hold": "H",
    "copy": "y",
    "save": "s",
    "open_web": "o",
    "open_pager": "v",
    "watch": "m",
    "pause": "p",
    "refresh": "r",
    "palette": ": ctrl+p",
    "help": "?",
    "suspend": "ctrl+z",
    "interrupt": "ctrl+c",
    "redraw": "ctrl+l",
}

TOO_EASY = "is too easily pressed for what changes a remote system; take a capital letter"


def told(problems: object) -> list[str]:
    assert isinstance(problems, list)
    return [str(problem) for problem in problems]


def test_the_table_has_the_designed_keys() -> None:
    for id_, keys in DESIGNED.items():
        assert set(keys.split()) <= set(TABLE[id_].keys), id_


def test_every_binding_tells_what_it_does() -> None:
    for binding in TABLE.values():
        assert binding.description
        assert binding.tooltip.endswith(".")
        # Longer ones would be cut in the help at 120 columns.
        assert all(len(text) <= 21 for text in (binding.description, *binding.words.values())), binding.id


@pytest.mark.parametrize("scope", [Scope.TABLE, Scope.LOG, Scope.DETAIL])
def test_a_key_has_one_meaning_in_a_place(scope: Scope) -> None:
    keys = [
        normal_key(key)
        for binding in TABLE.values()
        if {Scope.EVERYWHERE, scope} & set(binding.scopes)
        for key in binding.keys
    ]
    assert [key for key, count in Counter(keys).items() if count > 1] == []


def test_nothing_that_changes_a_system_is_pressed_by_accident() -> None:
    changes = [binding for binding in TABLE.values() if binding.is_change]
    assert [binding.id for binding in changes] == [
        "rerun",
        "stop",
        "hold",
        "trigger",
        "bulk",
        "run_in_order",
        "delete",
    ]
    for binding in changes:
        assert all(key.isupper() and key not in MOTION_KEYS for key in binding.keys)


def test_what_keeps_a_system_from_being_changed_is_no_change_but_on_no_motion_key_either() -> None:
    for id_ in ("undo", "lock"):
        assert not TABLE[id_].is_change
        for preset in PRESETS:
            keymap, _ = resolve_keymap(preset)
            assert not MOTION_KEYS & set(keys_of(id_, keymap)), preset
            assert keys_of(id_, keymap) == TABLE[id_].keys


def test_plain_lower_case_letters_look() -> None:
    letters = {key: b for b in TABLE.values() for key in b.keys if len(key) == 1 and key.islower()}
    assert not any(binding.is_change for binding in letters.values())


def test_no_default_needs_a_key_that_terminals_keep_for_themselves() -> None:
    awkward = {f"ctrl+{key}" for key in ("s", "q", "a", "b", "space")}
    keys = {key for binding in TABLE.values() for key in binding.keys}
    assert not keys & awkward
    assert not any(key.startswith(("alt+", "f1", "f2")) for key in keys)


def test_a_log_tells_narrower_words() -> None:
    words = {binding.id: binding.description for _, binding in BindingsMap(bindings_for("everywhere", "log"))}
    assert words["find"] == "search"
    assert words["next_failed"] == "next error"
    plain = {binding.id: binding.description for _, binding in BindingsMap(bindings_for("everywhere"))}
    assert plain["find"] == "filter the table"


def test_every_default_key_is_known() -> None:
    assert all(is_known_key(normal_key(key)) for binding in TABLE.values() for key in binding.keys)


@pytest.mark.parametrize(
    ("text", "named", "shown"),
    [
        ("?", "question_mark", "?"),
        ("ctrl-D", "ctrl+d", "ctrl-d"),
        ("C-x", "ctrl+x", "ctrl-x"),
        ("Esc", "escape", "esc"),
        ("Return", "enter", "enter"),
        ("PgDn", "pagedown", "pgdn"),
        (" ", "space", "space"),
        (",", "comma", ","),
        ("+", "plus", "+"),
        ("-", "minus", "-"),
        ("ctrl+-", "ctrl+minus", "ctrl--"),
        ("shift+r", "R", "R"),
        ("shift+tab", "shift+tab", "shift-tab"),
        ("ctrl+i", "tab", "tab"),
        ("ctrl+[", "escape", "esc"),
        ("F5", "f5", "f5"),
        ("Up", "up", "↑"),
        ("ü", "ü", "ü"),
    ],
)
def test_keys_may_be_written_as_people_do(text: str, named: str, shown: str) -> None:
    assert normal_key(text) == named
    assert is_known_key(named)
    assert shown_key(text) == shown


@pytest.mark.parametrize("text", ["", "nokey", "ctrl+", "f99", "x y", "hyperspace", "ctrl+nokey"])
def test_what_no_terminal_sends_is_unknown(text: str) -> None:
    assert not is_known_key(normal_key(text))


@settings(deadline=None)
@given(st.text(max_size=12))
def test_any_text_is_a_key_or_none(text: str) -> None:
    key = normal_key(text)
    assert normal_key(key) == key or not is_known_key(key)
    assert isinstance(shown_key(text), str)


@pytest.mark.parametrize("preset", PRESETS)
def test_presets_are_right_and_keep_the_rules(preset: str) -> None:
    keymap, problems = resolve_keymap(preset)
    assert problems == []
    for id_ in ("rerun", "stop", "hold"):
        assert all(key.isupper() for key in keys_of(id_, keymap))
    for one, other in combinations(TABLE.values(), 2):
        if Scope.EVERYWHERE in (*one.scopes, *other.scopes) or set(one.scopes) & set(other.scopes):
            assert not set(keys_of(one.id, keymap)) & set(keys_of(other.id, keymap)), (one.id, other.id)


def test_the_k9s_preset_speaks_k9s_without_its_dangers() -> None:
    keymap, _ = resolve_keymap("k9s")
    assert "l" in keys_of("open_log", keymap)
    assert "d" in keys_of("open", keymap)
    assert keys_of("raw", keymap) == ("y", "J")
    assert keys_of("columns", keymap) == ("C",)
    assert "ctrl+r" in keys_of("refresh", keymap)
    assert keys_of("half_page_down", keymap) == ("ctrl+d",)
    assert not any("ctrl+k" in keys_of(id_, keymap) for id_ in TABLE)


def test_vim_less_moves_without_letters() -> None:
    keymap, _ = resolve_keymap("vim-less")
    for id_ in ("cursor_down", "cursor_up", "cursor_top", "cursor_bottom", "half_page_down", "half_page_up"):
        assert not any(len(key) == 1 or key.startswith("ctrl") for key in keys_of(id_, keymap))


def test_the_default_changes_nothing() -> None:
    assert resolve_keymap() == ({}, [])
    assert resolve_keymap("default", {"rerun": "R", "help": ["?"]}) == ({}, [])


def test_a_key_is_given_as_text_with_commas_or_as_a_list() -> None:
    keymap, problems = resolve_keymap("default", {"copy": "x, ctrl-y", "save": ["S", "ctrl+o"], "help": ","})
    assert problems == []
    assert keymap == {"copy": "x,ctrl+y", "save": "S,ctrl+o", "help": "comma"}


def test_an_empty_text_takes_the_keys_away() -> None:
    keymap, problems = resolve_keymap("default", {"pause": "", "hold": []})
    assert problems == []
    assert keymap == {"pause": UNBOUND, "hold": UNBOUND}
    assert keys_of("pause", keymap) == ()


def test_keys_can_change_places() -> None:
    keymap, problems = resolve_keymap("default", {"rerun": "X", "stop": "R"})
    assert problems == []
    assert keymap == {"rerun": "X", "stop": "R"}


def test_a_key_that_was_given_up_can_be_taken() -> None:
    keymap, problems = resolve_keymap("default", {"save": "", "sort_invert": "s"})
    assert problems == []
    assert keys_of("sort_invert", keymap) == ("s",)


def test_one_key_serves_places_that_never_meet() -> None:
    keymap, problems = resolve_keymap("default", {"only_matching": "x", "mark": "x"})
    assert problems == []
    assert keymap == {"only_matching": "x", "mark": "x"}


@pytest.mark.parametrize(
    ("user", "line", "kept"),
    [
        (
            {"rerunn": "Z"},
            "[keymap] rerunn: there is no binding of this name, did you mean 'rerun'?",
            {},
        ),
        ({"qqqq": "Z"}, "[keymap] qqqq: there is no binding of this name; press ? for the names", {}),
        ({"copy": "nokey"}, "[keymap] copy: there is no key 'nokey'", {}),
        ({"copy": "pageupp"}, "[keymap] copy: there is no key 'pageupp', did you mean 'pageup'?", {}),
        ({"copy": 7}, '[keymap] copy: a key is text, such as "R", or a list of texts', {}),
        ({"copy": ["x", 7]}, '[keymap] copy: a key is text, such as "R", or a list of texts', {}),
        (
            {"copy": "s"},
            "[keymap] copy: 's' is the key of save already; give save another one first",
            {},
        ),
        (
            {"copy": "x", "sort_next": "x"},
            "[keymap] sort_next: 'x' is the key of copy already; give copy another one first",
            {"copy": "x"},
        ),
        (
            {"copy": "x,s"},
            "[keymap] copy: 's' is the key of save already; give save another one first",
            {"copy": "x"},
        ),
        ({"copy": "x,nokey"}, "[keymap] copy: there is no key 'nokey'", {"copy": "x"}),
        (
            {"rerun": "a"},
            f"[keymap] rerun: 'a' {TOO_EASY}",
            {},
        ),
    ],
)
def test_a_wrong_entry_is_told_once_and_costs_only_itself(
    user: dict[str, object], line: str, kept: dict[str, str]
) -> None:
    keymap, problems = resolve_keymap("default", user)
    assert told(problems) == [line]
    assert keymap == kept


@pytest.mark.parametrize("key", ["space", "enter", "down", "ctrl+d", "ctrl-u", "1", "x", "tab", "esc", "!"])
@pytest.mark.parametrize("id_", ["rerun", "stop", "hold"])
def test_what_changes_a_system_is_refused_an_easy_key(id_: str, key: str) -> None:
    keymap, problems = resolve_keymap("default", {id_: key})
    assert len(problems) == 1
    assert keymap == {}


def test_an_action_whose_old_key_is_gone_has_none_rather_than_a_wrong_one() -> None:
    keymap, problems = resolve_keymap("default", {"stop": "R", "rerun": "L"})
    assert told(problems) == [
        "[keymap] rerun: 'L' is the key of open_log already; give open_log another one first"
    ]
    assert keys_of("stop", keymap) == ("R",)
    assert keys_of("rerun", keymap) == ()


def test_an_unknown_preset_is_told_and_the_default_serves() -> None:
    keymap, problems = resolve_keymap("k9", {"copy": "x"})
    assert told(problems) == ["[ui] keymap: no keymap 'k9', did you mean 'k9s'?"]
    assert keymap == {"copy": "x"}


def test_the_users_keys_lie_over_the_preset() -> None:
    keymap, problems = resolve_keymap("k9s", {"raw": "W", "copy": "y"})
    assert problems == []
    assert keys_of("copy", keymap) == ("y",)
    assert keys_of("raw", keymap) == ("W",)
    assert "l" in keys_of("open_log", keymap)


KEYS = st.sampled_from([*"abcRXHLy?!", "space", "ctrl+d", "enter", "f5", "", "nokey", "c,d,e", ","])


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(PRESETS)), st.dictionaries(st.sampled_from(sorted(TABLE)), KEYS, max_size=8))
def test_no_keymap_ever_gives_one_key_two_meanings(preset: str, user: dict[str, str]) -> None:
    keymap, _ = resolve_keymap(preset, user)
    for scope in (Scope.TABLE, Scope.LOG, Scope.DETAIL):
        ids = [b.id for b in TABLE.values() if {Scope.EVERYWHERE, scope} & set(b.scopes)]
        keys = Counter(key for id_ in ids for key in keys_of(id_, keymap))
        assert all(count == 1 for count in keys.values())
    for id_ in ("rerun", "stop", "hold"):
        assert not any(
            key in ("enter", "space", "ctrl+d") or key.islower()
            for key in keys_of(id_, keymap)
            if len(key) == 1
        )


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(PRESETS)), st.dictionaries(st.sampled_from(sorted(TABLE)), KEYS, max_size=8))
def test_textual_obeys_what_was_resolved(preset: str, user: dict[str, str]) -> None:
    keymap, _ = resolve_keymap(preset, user)
    bindings = BindingsMap(bindings_for(Scope.EVERYWHERE, Scope.TABLE))
    bindings.apply_keymap(keymap)
    effective: dict[str, set[str]] = {id_: set() for id_ in TABLE}
    for key, binding in bindings:
        assert binding.id is not None
        if key != UNBOUND:
            effective[binding.id].add(key)
    for id_, binding_row in TABLE.items():
        if binding_row.scopes not in ((Scope.LOG,), (Scope.DETAIL,)):
            assert effective[id_] == set(keys_of(id_, keymap)), id_


class Recorder(Screen[None]):
    """Answers a few actions by writing them down."""

    BINDINGS = bindings_for(Scope.EVERYWHERE)

    def __init__(self) -> None:
        super().__init__()
        self.done: list[str] = []

    def action_rerun(self) -> None:
        self.done.append("rerun")

    def action_stop(self) -> None:
        self.done.append("stop")

    def action_view(self, number: int) -> None:
        self.done.append(f"view {number}")

    def action_palette(self) -> None:
        self.done.append("palette")


class RecorderApp(App[None], inherit_bindings=False):
    """An app with one screen that records."""

    ENABLE_COMMAND_PALETTE = False

    def __init__(self, user: dict[str, object]) -> None:
        super().__init__()
        self.recorder = Recorder()
        keymap, self.problems = resolve_keymap("default", user)
        self.set_keymap(keymap)

    def get_default_screen(self) -> Screen[None]:
        return self.recorder


async def test_a_rebound_key_acts_and_the_old_one_no_longer_does() -> None:
    app = RecorderApp({"rerun": "Z", "stop": ""})
    async with app.run_test() as pilot:
        await pilot.press("R", "X", "Z", "3", "0", "colon", "ctrl+p")
    assert app.recorder.done == ["rerun", "view 3", "view 0", "palette", "palette"]


async def test_swapped_keys_do_what_they_say() -> None:
    app = RecorderApp({"rerun": "X", "stop": "R"})
    async with app.run_test() as pilot:
        await pilot.press("X", "R")
    assert app.recorder.done == ["rerun", "stop"]


async def test_a_binding_without_a_key_can_be_given_one() -> None:
    app = RecorderApp({"raw": "f5", "palette": "f6"})
    async with app.run_test() as pilot:
        assert app.recorder.active_bindings["f5"].binding.id == "raw"
        await pilot.press("colon", "f6")
    assert app.recorder.done == ["palette"]

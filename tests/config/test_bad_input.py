"""Every broken config gets one clear line, and everything else in it still works."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.config.conftest import Write
from tui.config.load import Loaded, load_config, view_problems
from tui.config.schema import Config, NotificationsSection, UiSection, View
from tui.core.errors import ConfigError, QueryError

LOCAL = '[connections.here]\ntype = "local"\n'


def lines(loaded: Loaded) -> list[str]:
    return [str(problem) for problem in loaded.problems]


BROKEN: Sequence[tuple[str, str]] = [
    ('colour = "red"\n', "config.toml:1: unknown key 'colour'"),
    ("[uii]\nmouse = true\n", "config.toml:1: [uii] unknown key 'uii', did you mean 'ui'?"),
    ("[ui]\nthme = 1\n", "config.toml:2: [ui] unknown key 'thme', did you mean 'theme'?"),
    ("ui = 5\n", "config.toml:1: ui must be a table, not 5"),
    ("[ui]\ntheme = 5\n", "config.toml:2: [ui] theme must be a text in quotes, not 5"),
    ("[ui]\ntheme = true\n", "config.toml:2: [ui] theme must be a text in quotes, not true"),
    (
        '[ui]\ntheme = "nightdeck-drak"\n',
        "config.toml:2: [ui] there is no theme 'nightdeck-drak', did you mean 'nightdeck-dark'?",
    ),
    ('[ui]\nmouse = "yes"\n', 'config.toml:2: [ui] mouse must be true or false, not "yes"'),
    ("[ui]\nread_only = 1\n", "config.toml:2: [ui] read_only must be true or false, not 1"),
    (
        '[ui]\nkeymap = "k8s"\n',
        'config.toml:2: [ui] keymap must be "default", "vim-less" or "k9s", not "k8s", did you mean \'k9s\'?',
    ),
    (
        "[ui]\ntime = [1]\n",
        'config.toml:2: [ui] time must be "relative" or "absolute", not a list',
    ),
    (
        '[ui]\ntimezone = "Mars"\n',
        "config.toml:2: [ui] timezone: 'Mars' is neither local nor an IANA time zone like Europe/Berlin",
    ),
    (
        '[ui]\ntimezone = "../../etc/passwd"\n',
        (
            "config.toml:2: [ui] timezone: '../../etc/passwd' is neither local nor an IANA time zone like "
            "Europe/Berlin"
        ),
    ),
    (
        "[notifications]\nbel = true\n",
        "config.toml:2: [notifications] unknown key 'bel', did you mean 'bell'?",
    ),
    ("keymap = 1\n", "config.toml:1: keymap must be a table"),
    ("[keymap]\nrerun = 5\n", 'config.toml:2: [keymap] rerun must be a key such as "R", or a list of keys'),
    (
        "[keymap.rerun]\nkey = 1\n",
        'config.toml:1: [keymap.rerun] rerun must be a key such as "R", or a list of keys',
    ),
    ("[views]\nname = 1\n", "config.toml:1: [views] views must be a list of tables"),
    ("views = 3\n", "config.toml:1: views must be a list of tables"),
    ('views = ["x"]\n', 'config.toml:1: views[1] must be a table, not "x"'),
    ('[[views]]\nquery = "x"\n', "config.toml:1: [[views]] the key 'name' is missing"),
    ('[[views]]\nname = ""\n', 'config.toml:2: [[views]] name must have at least 1 character, not ""'),
    (
        '[[views]]\nname = "a"\ncolums = ["x"]\n',
        "config.toml:3: [[views]] unknown key 'colums', did you mean 'columns'?",
    ),
    (
        '[[views]]\nname = "a"\ncolumns = "x"\n',
        'config.toml:3: [[views]] columns must be a list, not "x"',
    ),
    (
        '[[views]]\nname = "a"\ncolumns = ["x", 5]\n',
        "config.toml:3: [[views]] columns[2] must be a text in quotes, not 5",
    ),
    (
        '[[views]]\nname = "a"\n\n[[views]]\nname = "a"\n',
        "config.toml:5: [[views]] there is a view 'a' already, on line 1",
    ),
    ("error_rules = 3\n", "config.toml:1: error_rules must be a list of tables"),
    (
        '[[error_rules]]\nid = "a"\n',
        "config.toml:1: [[error_rules]] the key 'pattern' is missing",
    ),
    (
        "[[error_rules]]\nid = \"a\"\npattern = 'E(\\d'\n",
        (
            "config.toml:3: [[error_rules]] pattern: this is no regular expression: missing ), unterminated "
            "subpattern at position 1"
        ),
    ),
    (
        '[[error_rules]]\nid = "a"\npattern = \'x\'\nrank = "first"\n',
        'config.toml:4: [[error_rules]] rank must be "before" or "after", not "first"',
    ),
    (
        "[[error_rules]]\nid = \"a\"\npattern = 'x'\n[[error_rules]]\nid = \"a\"\npattern = 'y'\n",
        "config.toml:5: [[error_rules]] there is a rule 'a' already, on line 1",
    ),
    (
        "[[connections]]\nname = 1\n",
        "config.toml:1: connections must be a table",
    ),
]


@pytest.mark.parametrize(("text", "line"), BROKEN, ids=[line for _, line in BROKEN])
def test_one_wrong_thing_is_told_in_one_line(write: Write, text: str, line: str) -> None:
    is_about_connections = "connections" in text
    loaded = load_config(write(text if is_about_connections else f"{text}{LOCAL}"))
    told = [problem for problem in loaded.problems if not problem.is_warning]
    assert [str(problem) for problem in told] == [line]
    assert all(problem.line and "\n" not in str(problem) for problem in told)
    assert is_about_connections or loaded.config.connections == {"here": {"type": "local"}}


def test_a_broken_pattern_costs_only_its_rule_and_is_told_with_what_to_do(write: Write) -> None:
    rules = "[[error_rules]]\nid = 'a'\npattern = '*'\n[[error_rules]]\nid = 'b'\npattern = 'E\\d+'\n"
    loaded = load_config(write(rules + LOCAL))
    (problem,) = loaded.problems
    assert "single quotes" in problem.hint
    assert [(rule.id, rule.pattern, rule.rank) for rule in loaded.config.error_rules] == [
        ("b", "E\\d+", "before")
    ]


CONNECTIONS: Sequence[tuple[str, str, str]] = [
    ("[connections]\nfoo = 5\n", "foo", "config.toml:2: [connections] the connection 'foo' must be a table"),
    (
        "[connections.foo]\nurl = 5\n",
        "foo",
        "config.toml:1: [connections.foo] the key 'type' is missing",
    ),
    (
        "[connections.foo]\ntype = 5\n",
        "foo",
        "config.toml:2: [connections.foo] the key 'type' must be a text in quotes",
    ),
    (
        '[connections."a/b"]\ntype = "local"\n',
        "a/b",
        "config.toml:1: [connections.\"a/b\"] a connection can't be named 'a/b'",
    ),
    (
        '[connections.""]\ntype = "local"\n',
        "",
        "config.toml:1: [connections.\"\"] a connection can't be named ''",
    ),
    (
        '[connections."x\\u001b[31m"]\ntype = "local"\n',
        "x\x1b[31m",
        "config.toml:1: [connections.\"x\\u001b[31m\"] a connection can't be named 'x\\x1b[31m'",
    ),
]


@pytest.mark.parametrize(("text", "name", "line"), CONNECTIONS, ids=[line for _, _, line in CONNECTIONS])
def test_a_broken_connection_stays_as_broken_beside_the_others(
    write: Write, text: str, name: str, line: str
) -> None:
    loaded = load_config(write(text + LOCAL))
    assert lines(loaded) == [line]
    assert str(loaded.broken[name]) == line
    assert loaded.broken[name].connection == name
    assert list(loaded.config.connections) == ["here"]


def test_every_problem_of_a_file_is_told_in_the_order_of_the_file(write: Write) -> None:
    text = (
        'x = 1\n[ui]\nthme = 1\nmouse = 2\ntime = "absolute"\n[[views]]\nname = "a"\nq = 1\n'
        "[connections.b]\n[connections.c]\n"
    )
    loaded = load_config(write(text))
    assert [problem.line for problem in loaded.problems] == [1, 3, 4, 8, 9, 10]
    assert loaded.config.ui == UiSection(time="absolute")
    assert loaded.config.views == (View(name="a"),)


def test_a_wrong_value_falls_back_to_its_default(write: Write) -> None:
    text = '[ui]\ntheme = "gone"\nkeymap = 1\nmouse = false\n[notifications]\nbell = "x"\nterminal = false\n'
    config = load_config(write(text + LOCAL)).config
    assert config.ui == UiSection(mouse=False)
    assert config.notifications == NotificationsSection(terminal=False)


def test_a_config_without_connections_is_told_and_holds(write: Write) -> None:
    loaded = load_config(write('[ui]\ntime = "absolute"\n'))
    assert lines(loaded) == ["config.toml: no connection is configured"]
    assert loaded.problems[0].is_warning
    assert loaded.config.ui.time == "absolute"


def test_a_good_config_has_no_problems(write: Write) -> None:
    loaded = load_config(
        write(
            '[ui]\ntheme = "nightdeck-dark"\nkeymap = "k9s"\ntimezone = "Europe/Berlin"\n'
            '[keymap]\nrerun = "R"\nstop = ["X", "ctrl+x"]\nhold = ""\n'
            '[[views]]\nname = "a"\nquery = "state:failed"\nsort = "-ended"\ncolumns = ["name"]\n' + LOCAL
        )
    )
    assert loaded.problems == ()
    assert loaded.config == Config(
        ui=UiSection(theme="nightdeck-dark", keymap="k9s", timezone="Europe/Berlin"),
        keymap={"rerun": ("R",), "stop": ("X", "ctrl+x"), "hold": ("",)},
        views=(View(name="a", query="state:failed", sort="-ended", columns=("name",)),),
        connections={"here": {"type": "local"}},
    )


def test_a_theme_of_the_users_own_is_a_theme(write: Write, home: Path) -> None:
    themes = home / ".config" / "nightdeck" / "themes"
    themes.mkdir(parents=True)
    (themes / "mine.toml").write_text("")
    loaded = load_config(write(f'[ui]\ntheme = "mine"\n{LOCAL}'))
    assert loaded.problems == ()
    assert loaded.config.ui.theme == "mine"


@pytest.mark.parametrize("value", ["hunter22", "a\\nb hunter22"])
@pytest.mark.parametrize(
    "template",
    [
        'password = "{}"\n',
        '[ui]\npassword = "{}"\n',
        '[connections]\npassword = "{}"\n' + LOCAL,
        '[connections.x]\npasswrd = "{}"\n',
        '[connections.x]\ntype = ["{}"]\n',
        '[keymap]\nsecret = {{ token = "{}" }}\n',
        '[[views]]\nname = "a"\ntoken = "{}"\n',
    ],
)
def test_no_value_that_may_be_a_secret_is_repeated(write: Write, template: str, value: str) -> None:
    loaded = load_config(write(template.format(value)))
    assert loaded.problems
    told = [f"{problem} {problem.hint} {problem.as_error()!r}" for problem in loaded.problems]
    assert not [line for line in told if "hunter22" in line]


def test_views_are_checked_by_whoever_knows_the_query_language(write: Write) -> None:
    def check(view: View) -> None:
        if "sate" in view.query:
            raise QueryError("unknown field 'sate', did you mean 'state'?", start=0, end=4, hint="see help")

    text = (
        '[[views]]\nquery = "no name"\n[[views]]\nname = "a"\nquery = "sate:x"\n'
        '[[views]]\nname = "b"\nquery = "state:x"\n'
    )
    loaded = load_config(write(text + LOCAL))
    (problem,) = view_problems(loaded, {"query": check})
    assert str(problem) == "config.toml:5: [[views]] query: unknown field 'sate', did you mean 'state'?"
    assert problem.hint == "see help"


def test_without_a_config_file_the_sample_is_used() -> None:
    loaded = load_config()
    assert loaded.is_embedded_default
    assert loaded.problems == ()
    assert loaded.config.connections


def test_the_users_config_file_is_found(home: Path) -> None:
    folder = home / ".config" / "nightdeck"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text(LOCAL)
    loaded = load_config()
    assert not loaded.is_embedded_default
    assert loaded.config.connections == {"here": {"type": "local"}}


@pytest.mark.parametrize("is_from_environment", [True, False])
def test_a_named_config_file_must_exist(
    home: Path, monkeypatch: pytest.MonkeyPatch, is_from_environment: bool
) -> None:
    explicit: Any = home / "gone.toml"
    if is_from_environment:
        monkeypatch.setenv("NIGHTDECK_CONFIG", str(explicit))
        explicit = None
    with pytest.raises(ConfigError, match=r"there is no config file gone\.toml"):
        load_config(explicit)


def test_a_link_to_nowhere_is_told(home: Path) -> None:
    folder = home / ".config" / "nightdeck"
    folder.mkdir(parents=True)
    (folder / "config.toml").symlink_to(home / "gone.toml")
    with pytest.raises(ConfigError, match="there is no config file"):
        load_config()


def test_without_a_home_folder_the_sample_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "")
    assert load_config().is_embedded_default

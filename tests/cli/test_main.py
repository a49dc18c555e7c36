from __future__ import annotations

import io
import sys

import pytest

from tests.support.cli import World
from tui import __version__
from tui.cli import dashboard, main
from tui.cli.arguments import COMMANDS, Parser, split_command
from tui.cli.opening import PLAIN


def test_no_words_mean_what_the_parser_makes_of_them() -> None:
    parser = Parser("nightdeck", "")
    dashboard.configure(parser)
    assert vars(parser.read([])) == vars(PLAIN)


@pytest.mark.parametrize("word", ["--help", "-h"])
def test_the_help_names_every_command_and_shared_option(world: World, word: str) -> None:
    ended = world.run(word)
    assert (ended.code, ended.err) == (0, "")
    listed = [line.split()[0] for line in ended.out.splitlines() if line.startswith("  ") and line.strip()]
    assert set(COMMANDS) <= set(listed)
    for option in ("--config", "--connection", "--read-only", "--view", "--version", "QUERY"):
        assert option in ended.out


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_explains_itself(world: World, command: str) -> None:
    ended = world.run(command, "--help")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith(f"usage: nightdeck {command} ")
    assert "--config FILE" in ended.out
    assert max(map(len, ended.out.splitlines())) <= 110


@pytest.mark.parametrize(
    "command", ["jobs", "show", "runs", "logs", "trigger", "rerun", "stop", "wait", "watch"]
)
def test_the_help_has_examples_to_copy(world: World, command: str) -> None:
    assert f"\n  nightdeck {command}" in world.run(command, "--help").out


@pytest.mark.parametrize("words", [("--version",), ("--config", "gone.toml", "--version")])
def test_the_version(world: World, words: tuple[str, ...]) -> None:
    ended = world.run(*words)
    assert (ended.code, ended.out, ended.err) == (0, f"nightdeck {__version__}\n", "")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("jobs", "--frob"), "unrecognized arguments: --frob"),
        (("jobs", "-o", "yaml"), "invalid choice: 'yaml'"),
        (("jobs", "--config"), "argument --config: expected one argument"),
        (("jobs", "--conf", "x"), "unrecognized arguments: --conf"),
        (("--frob",), "unrecognized arguments: --frob"),
        (("show",), "the following arguments are required: JOB"),
        (("wait",), "the following arguments are required: JOB"),
        (("runs", "x", "--limit", "0"), "'0' is no whole number from 1 on"),
        (("runs", "x", "--limit", "-3"), "'-3' is no whole number from 1 on"),
        (("demo", "--jobs", "many"), "'many' is no whole number up to 1,000,000"),
        (("config",), "the following arguments are required: path|init|show|schema"),
        (("config", "edit"), "invalid choice: 'edit'"),
        (("show", "a", "b"), "unrecognized arguments: b"),
    ],
)
def test_a_wrong_word_is_one_line_and_code_2(world: World, words: tuple[str, ...], told: str) -> None:
    ended = world.run(*words)
    assert (ended.code, ended.out) == (2, "")
    (line,) = ended.err.splitlines()
    assert told in line
    assert "--help" in line


def test_options_of_every_command_stand_before_and_after_it(world: World) -> None:
    world.add_local(a="true")
    elsewhere = world.folder / "elsewhere.toml"
    elsewhere.write_text(
        '[connections.there]\ntype = "local"\n[[connections.there.job]]\nname="b"\ncommand="x"\n'
    )
    for words in (
        ("--config", str(elsewhere), "jobs", "-o", "csv"),
        (f"--config={elsewhere}", "jobs", "-o", "csv"),
        ("jobs", "-o", "csv", "--config", str(elsewhere)),
        ("--connection", "there", "--read-only", "jobs", "-o", "csv", "--config", str(elsewhere)),
    ):
        assert [row["connection"] for row in world.run(*words).csv] == ["there"], words
    assert [row["connection"] for row in world.run("jobs", "-o", "csv").csv] == ["here"]


def test_a_value_that_is_a_commands_name_is_no_command() -> None:
    assert split_command(["--config", "jobs", "show", "x"], ["jobs", "show"]) == (
        "show",
        ["--config", "jobs", "x"],
    )
    assert split_command(["--view", "jobs"], ["jobs"]) == ("", ["--view", "jobs"])
    assert split_command(["state:failed", "jobs"], ["jobs"]) == ("", ["state:failed", "jobs"])
    assert split_command(["--config"], ["jobs"]) == ("", ["--config"])
    assert split_command([], ["jobs"]) == ("", [])


def test_words_after_two_dashes_are_no_options(world: World) -> None:
    world.add_local(a="true", b="true")
    for words in (("--", "name~a"), ("-o", "csv", "--", "name~a")):
        assert len(world.run("jobs", *words).out.splitlines()) == 2, words
    assert "there is no job '--yes'" in world.run("show", "--", "--yes").err


@pytest.mark.parametrize(
    "command", [("jobs",), ("show", "a"), ("doctor",), ("config", "show"), ("wait", "a")]
)
def test_a_config_that_cannot_be_read_is_one_line_with_its_place(
    world: World, command: tuple[str, ...]
) -> None:
    world.add_config("[ui\n")
    ended = world.run(*command)
    assert ended.code == 2
    assert "config.toml:1" in ended.out + ended.err
    assert len(ended.talk) <= 1


def test_a_config_that_was_named_must_be_there(world: World) -> None:
    ended = world.run("jobs", "--config", "gone.toml")
    assert (ended.code, ended.out) == (2, "")
    assert ended.talk == [
        "there is no config file gone.toml (`nightdeck config init` writes one with comments)"
    ]


class _Full(io.StringIO):
    """An output that takes nothing."""

    def write(self, _: str) -> int:
        raise OSError(28, "No space left on device")


def test_an_output_that_is_full_is_one_line(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.add_local(a="true")
    told = io.StringIO()
    monkeypatch.setattr(sys, "stdout", _Full())
    monkeypatch.setattr(sys, "stderr", told)
    assert main(["jobs"]) == 2
    assert told.getvalue() == "nightdeck: can't go on: No space left on device\n"


def test_closed_streams_are_no_reason_to_fail(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.add_local(a="true")
    for name in ("stdin", "stdout", "stderr"):
        monkeypatch.setattr(sys, name, None)
    assert main(["jobs"]) == 0
    assert main(["show", "nope"]) == 4
    assert main([]) == 2
    for stream in (sys.stdout, sys.stderr):
        stream.close()


def test_an_encoding_that_lacks_a_character_does_not_break_the_output(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.add_config(
        '[connections.x]\ntype = "local"\n[[connections.x.job]]\nname = "Größe 尺寸"\ncommand = "true"'
    )
    for output, expected in (
        ("json", "Gr\\u00f6\\u00dfe \\u5c3a\\u5bf8"),
        ("csv", "Gr\\xf6\\xdfe \\u5c3a\\u5bf8"),
    ):
        raw = io.BytesIO()
        stdout = io.TextIOWrapper(raw, encoding="ascii")
        monkeypatch.setattr(sys, "stdout", stdout)
        assert main(["jobs", "-o", output]) == 0
        assert expected in raw.getvalue().decode("ascii")

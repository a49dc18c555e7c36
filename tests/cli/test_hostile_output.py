"""Commands print what systems tell as text alone, in lines of their own, to a terminal and to a pipe."""

from __future__ import annotations

import csv
import io
import json
import re

import pytest

from tests.support.cli import Ended, World
from tests.support.hostile import is_harmless
from tests.support.hostile_fleet import hostile_script
from tests.support.hostile_texts import MARKUP, hostile_texts
from tests.support.scripted import Script
from tui.cli.output import print_json, warn
from tui.cli.table import text_width
from tui.core.errors import Forbidden, ServerFailed

TEXTS = 900
PLAIN = (
    ("jobs",),
    ("runs", "alpha/1"),
    ("show", "alpha/1"),
    ("show", "alpha/1", "--run", "r1"),
    ("tasks", "alpha/1"),
    ("compare", "alpha/1"),
    ("journal",),
    ("adapters",),
    ("logs", "alpha/2"),
    ("doctor",),
    ("trigger", "alpha/3", "--yes"),
    ("stop", "alpha/2", "--yes"),
    ("nonsense/\x1b[2J",),
    ("jobs", "name:\x1b]0;x\x07("),
    ("show", "\u202e\x1b[2J"),
)
FORMS = ("json", "jsonl", "csv")
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


@pytest.fixture
def script(world: World) -> Script:
    """One hostile system that works, and one that fails with hostile words."""
    scene = world.add_scene("alpha")
    scene.script = hostile_script(world.clock, hostile_texts(TEXTS, seed=51))
    texts = list(hostile_texts(120, seed=52))
    bad = world.add_scene("beta")
    bad.script.always = ServerFailed("".join(texts[:60]), hint="".join(texts[60:]))
    return scene.script


def check(ended: Ended) -> None:
    """Nothing but text and ends of lines was printed."""
    for told in (_COLOURS.sub("", ended.out), ended.err):
        strange = {one for one in told if not is_harmless(one)}
        assert strange <= {"\n"}, (strange, told[:2_000])


@pytest.mark.parametrize("is_on_terminal", [True, False])
def test_commands_print_nothing_that_a_terminal_obeys(
    world: World, script: Script, monkeypatch: pytest.MonkeyPatch, is_on_terminal: bool
) -> None:
    # The command has to be loaded before, or it would keep the patch.
    monkeypatch.setattr("tui.cli.logs.is_terminal", lambda: is_on_terminal)
    monkeypatch.setattr("tui.cli.output.is_terminal", lambda: is_on_terminal)
    monkeypatch.setenv("COLUMNS", "100")
    for words in PLAIN:
        ended = world.run(*words)
        check(ended)
        lines = ended.out.splitlines()
        if words == ("jobs",):
            assert len(lines) == 1 + len(script.jobs)
            assert not is_on_terminal or max(map(text_width, lines)) <= 100


def test_every_form_for_programs_is_whole(world: World, script: Script) -> None:
    for words in (("jobs",), ("runs", "alpha/1"), ("tasks", "alpha/1"), ("show", "alpha/1"), ("journal",)):
        for form in FORMS:
            ended = world.run(*words, "-o", form)
            check(ended)
            if form == "json":
                json.loads(ended.out)
            elif form == "jsonl":
                rows = [json.loads(line) for line in ended.out.split("\n") if line]
                assert words != ("jobs",) or len(rows) == len(script.jobs)
            else:
                table = list(csv.reader(io.StringIO(ended.out)))
                assert len({len(row) for row in table}) == 1


def test_raw_records_are_json_that_does_nothing(world: World, script: Script) -> None:
    for number in range(1, 5):
        ended = world.run("show", f"alpha/{number}", "--raw")
        check(ended)
        assert json.loads(ended.out)


def test_what_came_past_every_other_gate_is_no_more_than_text(capsys: pytest.CaptureFixture[str]) -> None:
    for text in hostile_texts(500, seed=54):
        for indent in (None, 2):
            print_json({"name": text, text: [text]}, indent=indent)
            warn(text, text, f"  {text}")
            out, err = capsys.readouterr()
            check(Ended(0, out, err))
            assert len(err.splitlines()) == 3
            back = json.loads(out)["name"]
            assert back.encode("utf-16", "surrogatepass") == text.encode("utf-16", "surrogatepass")


def test_markup_is_printed_as_it_is(world: World) -> None:
    scene = world.add_scene("alpha")
    scene.script = hostile_script(world.clock, iter([MARKUP] * 40), jobs=2)
    assert MARKUP in world.run("jobs", "-o", "csv").out
    assert MARKUP in world.run("show", "alpha/1").out


def test_words_of_a_system_that_refuses_are_one_line_each(world: World, script: Script) -> None:
    for text in hostile_texts(40, seed=53):
        script.read_error = Forbidden(text, hint=text)
        ended = world.run("runs", "alpha/1")
        check(ended)
        assert len(ended.err.splitlines()) <= 2

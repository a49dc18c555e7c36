"""`nightdeck view`: files in the log viewer, on a real terminal."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from tests.support.cli import World
from tests.support.terminal import NIGHTDECK, Terminal


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (["gone.log"], "can't be read: No such file"),
        (["."], "is a folder"),
        (["a"] * 9, "9 files are too many"),
    ],
)
def test_what_cannot_be_shown_is_told(world: World, names: list[str], told: str) -> None:
    ended = world.run("view", *names)
    assert ended.code == (2 if len(names) > 1 else 4)
    assert told in ended.err


def test_without_a_terminal_it_says_what_to_do(world: World, tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_text("one\n")
    ended = world.run("view", str(path))
    assert (ended.code, ended.out) == (2, "")
    assert ended.talk == ["the log viewer needs a terminal (`cat` and `zcat` print files anywhere)"]


def test_files_are_shown_followed_searched_and_left(tmp_path: Path) -> None:
    path, packed = tmp_path / "a.log", tmp_path / "b.log.gz"
    path.write_text("2026-11-21 14:00:01 first\n2026-11-21 14:00:03 third\n")
    packed.write_bytes(gzip.compress(b"2026-11-21 14:00:02 second\n"))
    environment = {
        "NIGHTDECK_STATE_DIR": str(tmp_path / "state"),
        "NIGHTDECK_CONFIG": None,
        "HOME": str(tmp_path),
    }
    with Terminal([*NIGHTDECK, "view", str(path)], columns=80, lines=24, environment=environment) as terminal:
        terminal.wait_for("line 1 of 2")
        terminal.press("F")
        terminal.wait_for("following")
        with path.open("a") as file:
            file.write("2026-11-21 14:00:04 fourth\n")
        terminal.wait_for("fourth")
        terminal.press("g", "/", "third", "Enter")
        terminal.wait_for("/third · 1 line")
        terminal.press("q")
        assert terminal.wait_exit() == 0
    command = [*NIGHTDECK, "view", str(path), str(packed)]
    with Terminal(command, columns=80, lines=24, environment=environment) as terminal:
        terminal.wait_for("fourth")
        rows = [line.split()[-1] for line in terminal.lines if "│" in line or "14:00" in line]
        assert [row for row in rows if row in ("first", "second", "third", "fourth")] == [
            *("first", "second", "third", "fourth")
        ]
        terminal.press("C-c")
        assert terminal.wait_exit() == 0
    assert not list((tmp_path / "state").rglob("*.spool"))

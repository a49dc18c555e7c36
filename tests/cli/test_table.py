from __future__ import annotations

import pytest

from tests.support.cli import World
from tests.support.scripted import make_job
from tui.cli.table import Field, table_lines, text_width

FIELDS = (
    Field("NAME", lambda record: record["name"], least=6),
    Field("N", lambda record: str(record["n"]), is_right=True),
    Field("MESSAGE", lambda record: record.get("message", ""), least=5),
)


def lines(*records: dict[str, object], room: int | None = None) -> list[str]:
    return list(table_lines(records, FIELDS, room))


@pytest.mark.parametrize(
    ("text", "width"),
    [
        ("", 0),
        ("abc", 3),
        ("尺寸", 4),
        ("e\N{COMBINING ACUTE ACCENT}", 1),
        ("Größe", 5),
        ("ﾊﾝｶｸ", 4),
        ("Ａ", 2),
    ],
)
def test_a_character_takes_as_many_columns_as_on_a_screen(text: str, width: int) -> None:
    assert text_width(text) == width


def test_columns_are_aligned_by_what_characters_take() -> None:
    rows = lines({"name": "尺寸", "n": 5}, {"name": "size", "n": 123})
    assert rows == ["NAME    N  MESSAGE", "尺寸    5", "size  123"]
    assert [text_width(row[: row.rindex(end) + 1]) for row, end in zip(rows[1:], "53", strict=True)] == [9, 9]


def test_without_a_terminal_nothing_is_cut() -> None:
    assert lines({"name": "x" * 500, "n": 1, "message": "y" * 900})[1] == f"{'x' * 500}  1  {'y' * 900}"


def test_a_narrow_terminal_takes_from_the_last_columns_first() -> None:
    record = {"name": "a long name", "n": 7, "message": "a long message"}
    assert lines(record, room=30)[1] == "a long name  7  a long message"
    assert lines(record, room=24)[1] == "a long name  7  a long …"
    assert lines(record, room=18)[1] == "a long …  7  a lo…"
    assert lines(record, room=10)[1] == "a lon…  7…"


def test_no_line_is_wider_than_the_terminal() -> None:
    record = {"name": "尺寸" * 20, "n": 123_456, "message": "尺寸 " * 40}
    for room in range(1, 60):
        assert all(text_width(line) <= room for line in lines(record, room=room)), room


def test_no_text_can_do_anything_to_the_terminal() -> None:
    (_, row) = lines({"name": "\x1b[2Ja\tb\r\nc\u202e", "n": 1, "message": "\x9b31m\x07"})
    assert row == "a b c  1"


def test_a_table_is_cut_on_a_terminal_alone(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.add_scene("alpha", make_job("1", name="n" * 90, message="m" * 90))
    monkeypatch.setenv("COLUMNS", "60")
    assert "m" * 90 in world.run("jobs").out
    monkeypatch.setattr("tui.cli.output.is_terminal", lambda: True)
    ended = world.run("jobs")
    assert {len(line) <= 60 for line in ended.out.splitlines()} == {True}
    assert "succeeded" in ended.out
    assert "n…" in ended.out

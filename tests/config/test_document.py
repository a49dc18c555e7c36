from __future__ import annotations

import os
import tomllib
from pathlib import Path

import pytest

from tests.config.conftest import Write
from tui.config import document as document_module
from tui.config.document import Document, dotted, read_document
from tui.core.errors import ConfigError


def refusal(path: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        read_document(path)
    return str(caught.value)


def test_reads_values_and_tells_their_lines(write: Write) -> None:
    document = read_document(write('[ui]\n\ntheme = "x"\n[[views]]\nname = "a"\n'))
    assert document.raw == {"ui": {"theme": "x"}, "views": [{"name": "a"}]}
    assert document.line_of(("ui", "theme")) == 3
    assert document.line_of(("views", 0, "name")) == 5
    assert document.line_of(("views", 0, "gone")) == 4
    assert document.line_of(("gone",)) is None


def test_tells_the_table_that_a_key_stands_in(write: Write) -> None:
    document = read_document(
        write('top = 1\n[connections.x]\npassword = { env = "A" }\n[[connections.x.job]]\n')
    )
    assert document.place_of(("top",)) == ("", "top")
    assert document.place_of(("connections", "x", "password", "env")) == ("[connections.x]", "password.env")
    assert document.place_of(("connections", "x", "job", 0, "name")) == ("[[connections.x.job]]", "name")
    assert document.place_of(("connections", "x")) == ("[connections.x]", "")


def test_value_at_a_path_that_leads_nowhere_is_none(write: Write) -> None:
    document = read_document(write('a = "text"\nb = [1]\n'))
    assert document.value_at(("a", 0)) is None
    assert document.value_at(("b", 7)) is None
    assert document.value_at(("b", "x")) is None
    assert document.value_at(("b", 0)) == 1


def test_paths_are_dotted_as_people_count() -> None:
    assert dotted(("job", 1, "env", "X")) == "job[2].env.X"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (
            "a = 1\n[ui]\ntheme = dark\n",
            (
                "config.toml:3:9: [ui] theme: not TOML: invalid value (text stands in quotes: "
                'theme = "nightdeck-dark"; true and false are lower case)'
            ),
        ),
        (
            '[connections.a]\ntype = "local"\n\n[connections.a]\n',
            (
                "config.toml:4:15: [connections.a] two connections are named 'a'; the first is on line 1 "
                "(give one of them another name)"
            ),
        ),
        (
            '[connections."a"]\nx = 1\n[ connections . a ]\n',
            (
                "config.toml:3:19: [connections.a] two connections are named 'a'; the first is on line 1 "
                "(give one of them another name)"
            ),
        ),
        (
            "[ui]\n[ui]\n",
            (
                "config.toml:2:4: [ui] the table is there twice; the first is on line 1 "
                "(move its keys under one header)"
            ),
        ),
        (
            "[a]\nx = 1\n[ui]\ntime = true\ntime = true\n",
            "config.toml:5:12: [ui] the key 'time' is there twice; the first is on line 4 (keep one of them)",
        ),
        (
            'key = """no end',
            "config.toml:1: key: not TOML: unterminated string (a quote that was opened is not closed)",
        ),
        (
            "[ui\n",
            (
                "config.toml:1:4: not TOML: expected ']' at the end of a table declaration "
                "(the header of a table ends with ])"
            ),
        ),
    ],
)
def test_a_syntax_error_names_file_line_column_and_the_way_out(write: Write, text: str, line: str) -> None:
    assert refusal(write(text)) == line


def test_the_line_of_an_error_at_the_end_is_the_last_line_with_text(write: Write) -> None:
    assert refusal(write('a = 1\nb = """x\n\n\n')).startswith("config.toml:2: b: not TOML")


@pytest.mark.parametrize(
    "text",
    [
        'password = "hunter22" x',
        'password = "hunter22',
        "password = hunter22",
        '[c]\npassword = "hunter22"\npassword = "hunter22"\n',
        'token = """\nhunter22==\n',
        'token = """\nhunter22=\nfoo=bar""" hunter22',
        '"hunter22" x',
    ],
)
def test_a_syntax_error_repeats_no_value(write: Write, text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_document(write(text))
    error = caught.value
    assert "hunter22" not in f"{error}{error.hint}"
    assert error.__cause__ is None
    assert error.__context__ is None


def test_nesting_beyond_reason_is_told(write: Write) -> None:
    assert "nested too deeply" in refusal(write(f"x = {'[' * 50_000}"))


def test_what_is_not_utf8_is_told_with_its_line(home: Path) -> None:
    path = home / "config.toml"
    path.write_bytes(b'a = 1\nb = "\xe9"\n')
    assert refusal(path) == "config.toml:2: the text is not UTF-8 (save the file in the encoding UTF-8)"
    path.write_bytes('a = "é"'.encode("utf-16"))
    assert refusal(path).startswith("config.toml:1: the text is UTF-16")


def test_a_byte_order_mark_and_windows_line_ends_are_fine(home: Path) -> None:
    path = home / "config.toml"
    path.write_bytes(b"\xef\xbb\xbfa = 1\r\n[ui]\r\nmouse = true\r\n")
    document = read_document(path)
    assert document.raw == {"a": 1, "ui": {"mouse": True}}
    assert document.line_of(("ui", "mouse")) == 3


def test_a_missing_file_says_how_to_begin_one(home: Path) -> None:
    assert refusal(home / "config.toml") == (
        "there is no config file config.toml (`nightdeck config init` writes one with comments)"
    )


def test_a_folder_is_no_config(home: Path) -> None:
    assert "it is a folder" in refusal(home)


def test_a_pipe_is_refused_without_waiting_for_a_writer(home: Path) -> None:
    os.mkfifo(home / "pipe")
    assert "not a regular file" in refusal(home / "pipe")


def test_a_device_that_never_ends_is_refused() -> None:
    assert "not a regular file" in refusal(Path("/dev/zero"))


def test_the_null_device_is_an_empty_config() -> None:
    assert read_document(Path("/dev/null")).raw == {}


def test_a_huge_file_is_refused(home: Path) -> None:
    path = home / "config.toml"
    with path.open("wb") as file:
        file.truncate(5_000_000)
    assert "larger than 4096 kB" in refusal(path)


def test_a_file_that_may_not_be_read_says_so(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(document_module, "read_small", refuse)
    assert refusal(write("")) == (
        "config.toml: the config file cannot be read: Permission denied "
        "(make it yours and readable: chmod 600)"
    )


def test_a_name_that_no_file_can_have_is_refused(home: Path) -> None:
    assert "cannot be read" in refusal(home / "a\0b")


def test_the_lines_are_only_looked_for_when_asked_for(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    def scan(text: str) -> None:
        raise AssertionError("scanned")

    monkeypatch.setattr("tui.config.scanner.KeyScanner", scan)
    assert read_document(write("a = 1")).raw == {"a": 1}


def test_values_are_those_of_the_standard_reader() -> None:
    text = 'a = 1979-05-27T07:32:00Z\nb = [1, 2.5, "x", { c = inf }]\n'
    assert Document(Path("x.toml"), text).raw == tomllib.loads(text)

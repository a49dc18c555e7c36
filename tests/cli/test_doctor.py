from __future__ import annotations

import os
import pty
import struct
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from fcntl import ioctl
from pathlib import Path
from termios import TIOCSWINSZ
from typing import Any

import pytest

from tests.support.cli import Ended, World
from tests.support.scripted import FullAdapter, make_job
from tui.cli.checks import terminal
from tui.core.errors import Unauthorized, Unreachable
from tui.core.line import Handshake
from tui.core.models import Check


def findings(ended: Ended, check: str) -> list[dict[str, Any]]:
    """What was found by one check."""
    return [finding for finding in ended.json if finding["check"] == check]


def doctor(world: World) -> Ended:
    """What the doctor says, as JSON."""
    return world.run("doctor", "-o", "json")


def test_all_is_well_where_nothing_is_wrong(world: World) -> None:
    world.add_local(a="true")
    ended = doctor(world)
    assert (ended.code, ended.err) == (0, "")
    assert {finding["status"] for finding in ended.json} == {"ok"}
    checks = [finding["check"] for finding in ended.json]
    assert checks == ["nightdeck", "config", "state", "terminal", "encoding", "here"]
    assert all(list(finding) == ["check", "status", "found", "hint"] for finding in ended.json)
    assert findings(ended, "config")[0]["found"] == "config.toml, 1 connection"


def test_people_get_each_hint_below_its_finding(world: World) -> None:
    world.add_config('[ui]\nthem = "x"')
    world.add_scene("bad").script.read_error = Unreachable("connection refused", hint="is it up?")
    ended = world.run("doctor")
    lines = ended.out.splitlines()
    failed = next(line for line in lines if line.startswith("FAILED") and "bad" in line)
    assert failed.endswith("connection refused")
    assert lines[lines.index(failed) + 1].strip() == "-> is it up?"
    assert any("config.toml:2: [ui] unknown key 'them', did you mean 'theme'?" in line for line in lines)


def test_every_format(world: World) -> None:
    rows = world.run("doctor", "-o", "csv").csv
    lines = world.run("doctor", "-o", "jsonl").jsonl
    assert [row["check"] for row in rows] == [line["check"] for line in lines]


def test_what_is_wrong_in_the_config_is_found_to_the_last_key(world: World) -> None:
    world.add_config('[ui]\ntheme = "nightdeck-drak"\n[keymap]\nrefesh = "r"')
    world.add_config('[[views]]\nname = "v"\nquery = "sate:failed"\ncolumns = ["mesage"]')
    world.add_config('[connections.here]\ntype = "local"\nrefresh = "often"')
    world.add_config(
        '[[connections.here.job]]\nname = "a"\ncomand = "true"\n[connections.typo]\ntype = "lokal"'
    )
    ended = doctor(world)
    assert ended.code == 2
    told = " ".join(finding["found"] for finding in ended.json if finding["status"] == "failed")
    for word in ("nightdeck-dark", "refresh", "'sate'", "'message'", "refresh", "'command'", "'local'"):
        assert word in told
    assert findings(ended, "here") == findings(ended, "typo") == []


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ('[keymap]\nrerun = "j"', "rerun: 'j' is too easily pressed"),
        ('[keymap]\nfind = "L"', "is the key of"),
        ('[keymap]\nfind = "shfit+x"', "there is no key 'shfit+x'"),
    ],
)
def test_a_keymap_that_cannot_be_obeyed_is_a_failure_with_its_line(
    world: World, table: str, told: str
) -> None:
    world.add_config(table)
    ended = doctor(world)
    assert ended.code == 2
    (finding,) = findings(ended, "keymap")
    assert finding["status"] == "failed"
    assert finding["found"].startswith("config.toml:2: [keymap] ")
    assert told in finding["found"]


def test_a_broken_theme_is_a_failure_only_when_it_is_chosen(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    themes = world.folder / "home" / "nightdeck" / "themes"
    themes.mkdir(parents=True)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(world.folder / "home"))
    (themes / "mine.toml").write_text('[base]\nbackground = "no colour"\n')
    ended = doctor(world)
    assert ended.code == 0
    assert {finding["status"] for finding in findings(ended, "theme")} == {"warning"}
    assert "mine.toml:2" in findings(ended, "theme")[0]["found"]
    world.add_config('[ui]\ntheme = "mine"')
    ended = doctor(world)
    assert ended.code == 2
    assert [finding["status"] for finding in findings(ended, "theme")] == ["failed"]


def test_a_config_that_cannot_be_read_is_the_only_thing_wrong(world: World) -> None:
    world.add_config("[ui\n")
    ended = doctor(world)
    assert ended.code == 2
    assert [finding["check"] for finding in ended.json if finding["status"] == "failed"] == ["config"]
    assert "config.toml:1" in findings(ended, "config")[0]["found"]
    assert findings(ended, "terminal")


def test_without_a_config_the_sample_is_told_of(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NIGHTDECK_CONFIG")
    (finding,) = findings(doctor(world), "config")
    assert "the shipped sample" in finding["found"]
    assert "nightdeck config init" in finding["hint"]


def test_secrets_that_lie_open_are_warnings_and_not_repeated(world: World) -> None:
    world.add_config(
        '[connections.here]\ntype = "local"\n[[connections.here.job]]\nname = "a"\ncommand = "true"'
    )
    world.add_config('env = { DB_PASSWORD = { literal = "hunter22-correct" } }')
    world.config.chmod(0o644)
    ended = doctor(world)
    assert ended.code == 0
    assert [finding["status"] for finding in findings(ended, "secrets")] == ["warning"] * 2
    assert "hunter22" not in ended.out


def test_a_secret_that_is_missing_fails_its_connection(world: World) -> None:
    world.add_scene("alpha", keys='web_url = "x"')
    script = world.scenes["alpha"].script
    script.read_error = Unauthorized("the password is wrong", hint="change it")
    ended = doctor(world)
    (finding,) = findings(ended, "alpha")
    assert ended.code == 3
    assert finding == {
        "check": "alpha",
        "status": "failed",
        "found": "the password is wrong",
        "hint": "change it",
    }


def test_systems_are_checked_side_by_side_each_with_its_own_time(world: World) -> None:
    for name in ("one", "two", "three"):
        world.add_scene(name, make_job("1"))
        world.scenes[name].script.call_s = 0.5
    world.scenes["two"].script.call_s = 1000.0
    began = world.clock.now()
    ended = doctor(world)
    assert ended.code == 3
    assert (world.clock.now() - began).total_seconds() < 60
    assert [findings(ended, name)[0]["status"] for name in ("one", "two", "three")] == ["ok", "failed", "ok"]
    assert "no progress" in findings(ended, "two")[0]["found"]


def test_a_mistake_in_an_adapter_is_a_finding(world: World) -> None:
    world.add_scene("alpha").script.read_error = KeyError("version")
    world.add_scene("beta")
    ended = doctor(world)
    assert findings(ended, "alpha")[0]["found"] == "KeyError: 'version'"
    assert findings(ended, "beta")[0]["status"] == "ok"


def test_what_a_system_notes_is_a_warning(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def check(_: FullAdapter) -> Check:
        return Check("ops", "8.0.1", ("its clock is 40 s behind",))

    monkeypatch.setattr(FullAdapter, "check", check)
    world.add_scene("alpha", keys='environment = "prod"\nverify = false')
    ended = doctor(world)
    (finding,) = findings(ended, "alpha")
    assert (ended.code, finding["status"]) == (0, "warning")
    assert finding["found"] == "ops, 8.0.1, prod, its clock is 40 s behind, TLS is not verified"


def test_only_the_connections_that_are_named_are_checked(world: World) -> None:
    world.add_scene("alpha")
    world.add_scene("beta")
    ended = world.run("doctor", "--connection", "beta", "-o", "json")
    assert findings(ended, "alpha") == []
    assert findings(ended, "beta")[0]["status"] == "ok"
    assert world.run("doctor", "--connection", "nope").code == 4


def test_a_state_folder_that_others_can_read_is_a_warning(world: World) -> None:
    world.add_local(a="true")
    assert world.run("trigger", "a", "--wait").code == 0
    assert [finding["status"] for finding in findings(doctor(world), "state")] == ["ok"]
    history = world.state / "history.db"
    history.chmod(0o644)
    (finding,) = findings(doctor(world), "state")
    assert finding["status"] == "warning"
    assert "history.db" in finding["found"]
    assert finding["hint"] == "chmod -R go= state"


@pytest.mark.parametrize("place", ["state", "state/below"])
def test_a_state_folder_that_cannot_be_is_a_failure(
    world: World, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    world.state.write_text("in the way")
    monkeypatch.setenv("NIGHTDECK_STATE_DIR", str(world.folder / place))
    ended = doctor(world)
    assert ended.code == 2
    assert findings(ended, "state")[0]["status"] == "failed"
    assert "NIGHTDECK_STATE_DIR" in findings(ended, "state")[0]["hint"]


def test_a_history_that_is_damaged_is_a_warning(world: World) -> None:
    world.add_local(a="true")
    assert world.run("trigger", "a", "--wait").code == 0
    assert "history.db" in findings(doctor(world), "history")[0]["found"]
    (world.state / "history.db").write_bytes(b"no database" * 1000)
    (finding,) = findings(doctor(world), "history")
    assert finding["status"] == "warning"


@pytest.fixture
def screen() -> Iterator[int]:
    """A terminal of 80 by 24."""
    ours, theirs = pty.openpty()
    set_size(theirs, 80, 24)
    yield theirs
    os.close(theirs)
    os.close(ours)


def set_size(screen: int, columns: int, lines: int) -> None:
    ioctl(screen, TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))


def seen(output: int | Path, encoding: str = "utf-8") -> dict[str, tuple[str, str, str]]:
    """What is found of the terminal when stdout is that."""
    with (
        open(output, "w", encoding=encoding, closefd=isinstance(output, Path)) as stream,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(sys, "stdout", stream)
        return {f.check: (f.status.value, f.found, f.hint) for f in terminal.check_terminal()}


@pytest.mark.parametrize(
    ("environment", "status", "told"),
    [
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, "ok", "xterm-256color, 24-bit colours"),
        ({"TERM": "xterm-256color", "COLORTERM": ""}, "ok", "xterm-256color, 256 colours"),
        ({"TERM": "linux", "COLORTERM": ""}, "ok", "linux, 16 colours or fewer"),
        ({"TERM": "xterm", "NO_COLOR": "1"}, "ok", "xterm, no colours because NO_COLOR is set"),
        ({"TERM": "dumb"}, "warning", "TERM is 'dumb'"),
        ({"TERM": ""}, "warning", "TERM is ''"),
    ],
)
def test_the_terminal_s_colours_are_told(
    screen: int, monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], status: str, told: str
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert seen(screen)["terminal"][:2] == (status, told)


@pytest.mark.parametrize(
    ("columns", "lines", "status"), [(80, 24, "ok"), (40, 10, "ok"), (39, 24, "warning"), (80, 9, "warning")]
)
def test_a_terminal_that_is_too_small_is_a_warning(
    screen: int, columns: int, lines: int, status: str
) -> None:
    set_size(screen, columns, lines)
    found = seen(screen)["size"]
    assert found[0] == status
    assert f"{columns}x{lines}" in found[1]


def test_a_terminal_that_does_not_tell_its_size_is_a_warning(screen: int) -> None:
    set_size(screen, 0, 0)
    assert seen(screen)["size"][0] == "warning"


@pytest.mark.parametrize(("variable", "hint"), [("TMUX", "allow-passthrough"), ("STY", "GNU screen")])
def test_inside_a_multiplexer_there_is_a_hint(
    screen: int, monkeypatch: pytest.MonkeyPatch, variable: str, hint: str
) -> None:
    assert "multiplexer" not in seen(screen)
    monkeypatch.setenv(variable, "yes")
    assert hint in seen(screen)["multiplexer"][2]


def test_an_encoding_that_lacks_the_glyphs_is_a_warning(tmp_path: Path) -> None:
    found = seen(tmp_path / "out", "latin-1")
    assert found["encoding"][:2] == ("warning", "latin-1")
    assert "UTF-8" in found["encoding"][2]
    assert found["terminal"][:2] == ("ok", "none here: commands work, the dashboard needs one")


@pytest.mark.parametrize(
    ("keys", "days", "status", "told"),
    [
        ("", 77, "ok", "ops, TLS 1.2, the certificate of b:8443 ends in 77 days"),
        ("", 14, "ok", "ops, TLS 1.2, the certificate of b:8443 ends in 14 days"),
        ("", 13, "warning", "ops, TLS 1.2, the certificate of b:8443 ends in 13 days"),
        ("", 1, "warning", "ops, TLS 1.2, the certificate of b:8443 ends in 1 day"),
        ("verify = false", None, "warning", "ops, TLS 1.2, TLS is not verified"),
    ],
)
def test_what_the_line_to_a_system_is_like(
    world: World, monkeypatch: pytest.MonkeyPatch, keys: str, days: int | None, status: str, told: str
) -> None:
    def ends_in(days: int | None) -> datetime | None:
        return world.clock.now() + timedelta(days=days, hours=1) if days is not None else None

    async def check(adapter: FullAdapter) -> Check:
        line = adapter.context.line
        line.note("a", Handshake("TLSv1.3", ends_in(days + 1 if days is not None else None)))
        line.note("b:8443", Handshake("TLSv1.2", ends_in(days)))
        line.note("c", Handshake("TLSv1.3"))
        return Check("ops")

    monkeypatch.setattr(FullAdapter, "check", check)
    world.add_scene("alpha", keys=keys)
    (finding,) = findings(doctor(world), "alpha")
    assert (finding["status"], finding["found"]) == (status, told)


def test_a_private_key_that_others_can_read_is_a_warning(world: World) -> None:
    world.add_scene("alpha", keys='client_cert = "ops.pem"\nclient_key = "keys/ops.pem"')
    key = world.folder / "keys" / "ops.pem"
    key.parent.mkdir()
    key.touch(0o600)
    key.chmod(0o600)
    assert findings(doctor(world), "secrets") == []
    key.chmod(0o640)
    (finding,) = findings(doctor(world), "secrets")
    assert finding["status"] == "warning"
    assert "the private key in keys/ops.pem: its group can read it (mode 0640)" in finding["found"]
    assert finding["hint"] == f"chmod 600 {key}"

from __future__ import annotations

import os
import pty
import sqlite3
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from fcntl import ioctl
from pathlib import Path
from termios import TIOCSWINSZ
from types import SimpleNamespace
from typing import Any

import pytest

from tests.support.cli import Ended, World
from tests.support.scripted import FullAdapter, make_job
from tui.cli.checks import terminal
from tui.core.errors import Unauthorized, Unreachable
from tui.core.line import Handshake
from tui.core.models import Check
from tui.core.own_folder import OwnFolder
from tui.engine.schema import SCHEMA_VERSION


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
    assert checks == ["nightdeck", "config", "state", "memory", "terminal", "encoding", "here"]
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
    assert finding["hint"] == "chmod 600 keys/ops.pem"


@pytest.fixture
def kept(world: World) -> World:
    """A world with a state folder in which something is kept."""
    world.add_local(a="true")
    assert world.run("trigger", "a", "--wait").code == 0
    return world


def statuses(ended: Ended, check: str) -> list[tuple[str, str]]:
    """How one check went, each with its hint."""
    return [(finding["status"], finding["hint"]) for finding in findings(ended, check)]


def give_away(path: Path) -> None:
    """Let something belong to somebody else."""
    if os.geteuid() != 0:
        pytest.skip("only root can make what belongs to others")
    os.chown(path, 54321, 54321, follow_symlinks=False)


def test_everything_in_the_state_folder_is_looked_at(kept: World) -> None:
    (log,) = kept.state.glob("connections/here/a/2*/log")
    log.chmod(0o640)
    ended = doctor(kept)
    assert statuses(ended, "state") == [("warning", "chmod -R go= state")]
    assert str(log.relative_to(kept.folder)) in findings(ended, "state")[0]["found"]


def test_a_command_that_mends_can_be_pasted(
    kept: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd = tmp_path / "it's  my state; $HOME"
    kept.state.rename(odd)
    monkeypatch.setenv("NIGHTDECK_STATE_DIR", str(odd))
    (odd / "history.db").chmod(0o666)
    (finding,) = findings(doctor(kept), "state")
    subprocess.run(["/bin/sh", "-c", finding["hint"]], check=True, cwd=kept.folder)
    assert [finding["status"] for finding in findings(doctor(kept), "state")] == ["ok"]


def test_files_of_ours_can_be_closed_to_others_at_once(kept: World, tmp_path: Path) -> None:
    elsewhere = tmp_path / "precious"
    elsewhere.write_text("mine")
    elsewhere.chmod(0o644)
    (kept.state / "ui.toml").symlink_to(elsewhere)
    opened = [kept.state, kept.state / "history.db", *kept.state.glob("connections/here/a/2*/log")]
    for path in opened:
        path.chmod(path.stat().st_mode | 0o055)
    ended = kept.run("doctor", "--fix", "-o", "json")
    assert "3 files and folders are closed to others now" in findings(ended, "state")[0]["found"]
    assert not [path for path in opened if path.stat().st_mode & 0o077]
    assert elsewhere.stat().st_mode & 0o777 == 0o644, "no link is followed"
    # What is somebody's own choice is told, and left as it is.
    assert statuses(ended, "state")[1:] == [("warning", "rm -r state/ui.toml")]


def test_what_belongs_to_others_is_found(kept: World) -> None:
    give_away(kept.state / "history.lock")
    assert statuses(doctor(kept), "state") == [("warning", 'sudo chown -R "$(id -un)" state')]
    give_away(kept.state)
    ended = doctor(kept)
    assert ended.code == 2
    assert statuses(ended, "state") == [("failed", 'sudo chown -R "$(id -un)" state')]
    assert "nothing can be triggered" in findings(ended, "state")[0]["found"]


@pytest.mark.parametrize(("mode", "is_fine"), [(0o777, False), (0o773, False), (0o1777, True), (0o755, True)])
def test_a_folder_above_in_which_others_can_write_is_found(kept: World, mode: int, is_fine: bool) -> None:
    kept.folder.chmod(mode)
    told = [finding["found"] for finding in findings(doctor(kept), "state")]
    kept.folder.chmod(0o700)
    assert (told == [line for line in told if "others can write to the folder" in line]) is not is_fine
    assert len(told) == 1


def test_what_a_kill_has_left_is_found_and_what_is_in_use_is_not(
    kept: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    left = kept.state / f".nightdeck-1-{'a' * 16}.part"
    left.touch(0o600)
    (temporary / f"nightdeck-1-{'a' * 16}").mkdir(0o700)
    with OwnFolder():
        (finding,) = findings(doctor(kept), "leftovers")
    assert finding["status"] == "warning"
    assert finding["found"].count("nightdeck-1-") == 2
    assert str(os.getpid()) not in finding["found"]
    command = finding["hint"].partition("or: ")[2]
    subprocess.run(["/bin/sh", "-c", command], check=True, cwd=kept.folder)
    assert findings(doctor(kept), "leftovers") == []
    assert list(temporary.iterdir()) == []


def test_damaged_files_that_were_set_aside_are_named(kept: World) -> None:
    for name in (
        "history.db.corrupt-20260101T000000Z",
        "history.db.corrupt-20260101T000000Z-wal",
        "ui.toml.spoilt",
    ):
        (kept.state / name).touch(0o600)
    (finding,) = findings(doctor(kept), "damaged")
    assert finding["status"] == "warning"
    assert finding["found"].endswith("state/history.db.corrupt-20260101T000000Z, state/ui.toml.spoilt")


def test_little_space_is_a_warning(kept: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.cli.checks.files.shutil.disk_usage", lambda _: SimpleNamespace(free=7 << 20))
    (finding,) = findings(doctor(kept), "state")
    assert (finding["status"], finding["found"]) == ("warning", "only 7 MB are free for state")


def test_a_journal_that_cannot_be_written_is_a_failure(kept: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assert [finding["found"] for finding in findings(doctor(kept), "journal")] == ["can be written"]

    def refuse(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tui.engine.database.Database._transact", refuse)
    ended = doctor(kept)
    assert ended.code == 2
    assert "nothing can be triggered" in findings(ended, "journal")[0]["found"]


def test_a_history_of_a_newer_version_is_told(kept: World) -> None:
    with closing(sqlite3.connect(kept.state / "history.db")) as file:
        file.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    ended = doctor(kept)
    assert "newer nightdeck" in findings(ended, "history")[0]["found"]
    assert findings(ended, "journal")[0]["status"] == "failed"


@pytest.mark.parametrize(("limit", "told"), [(0, "core dumps are off"), (-1, "core dumps are allowed")])
def test_whether_a_crash_would_copy_the_memory(
    world: World, monkeypatch: pytest.MonkeyPatch, limit: int, told: str
) -> None:
    monkeypatch.setattr("resource.getrlimit", lambda _: (limit, -1))
    (finding,) = findings(doctor(world), "memory")
    assert told in finding["found"]
    assert (finding["hint"] is None) == (limit == 0)


def test_a_config_that_others_can_write_is_a_warning_without_any_secret(world: World) -> None:
    world.add_local(a="true")
    world.config.chmod(0o666)
    ended = doctor(world)
    assert statuses(ended, "secrets") == [("warning", "chmod go-w config.toml")]
    assert "others can write to config.toml (mode 0666)" in findings(ended, "secrets")[0]["found"]


def test_a_secret_in_a_folder_that_others_can_write_is_a_warning(world: World) -> None:
    world.add_scene("alpha", keys='client_cert = "keys/my ops.pem"')
    key = world.folder / "keys" / "my ops.pem"
    key.parent.mkdir()
    key.touch(0o600)
    key.parent.chmod(0o777)
    assert statuses(doctor(world), "secrets") == [("warning", "chmod go-w keys")]
    key.parent.chmod(0o755)
    key.chmod(0o640)
    assert statuses(doctor(world), "secrets") == [("warning", "chmod 600 'keys/my ops.pem'")]
    give_away(key)
    _, second = statuses(doctor(world), "secrets")
    assert second == ("warning", "sudo chown -R \"$(id -un)\" 'keys/my ops.pem'")

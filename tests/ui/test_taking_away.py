"""Taking lines out of a log: copied, saved, opened elsewhere, piped; each says where it went."""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, ClassVar, cast

import pytest
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import Input, Static

from tests.support.dashboard import THEMES
from tui.config.past_texts import COMMANDS
from tui.core.redaction import Redactor
from tui.logs.document import LogDocument
from tui.logs.source import LogFile
from tui.logs.walking import AllLines, Walk
from tui.ui import log_hand_off, piping
from tui.ui.app import NightdeckApp
from tui.ui.log_hand_off import window, write_copy
from tui.ui.screens.log_taking import LogTaking
from tui.ui.screens.pipe import PipeDialog
from tui.ui.startup import read_startup
from tui.ui.takeaway import CLIPBOARD_FILE, TakeawayApp
from tui.ui.theme import load_theme

SECRET = "correct-horse-battery"
LINES = 20
TEXT = "".join(f"line {n:2d}\n" for n in range(LINES))


class OddLines(AllLines):
    """Shows every second line."""

    def __init__(self, document: LogDocument) -> None:
        super().__init__(document)
        self._starts = [n * 8 for n in range(LINES) if n % 2]

    def after(self, start: int) -> int | None:
        return next((line for line in self._starts if line > start), None)

    def before(self, start: int) -> int | None:
        return next((line for line in reversed(self._starts) if line < start), None)

    def at_or_after(self, start: int) -> int | None:
        return next((line for line in self._starts if line >= start), None)


class View:
    """What the keys ask of a view."""

    def __init__(self, path: Path) -> None:
        self.document: LogDocument | None = LogDocument(LogFile(path))
        self.cursor = 0
        self.selection: tuple[int, int] | None = None
        self.walk: Walk | None = AllLines(self.document)
        self.is_filtered = False


class TakingScreen(LogTaking):
    """Nothing but the keys."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "copy"),
        Binding("s", "save"),
        Binding("v", "open_pager"),
        Binding("O", "open_lnav"),
        Binding("|", "pipe"),
    ]

    def __init__(self, view: View) -> None:
        super().__init__()
        self._view = view

    def compose(self) -> ComposeResult:
        yield Static("log")

    @property
    def view(self) -> View:
        return self._view

    @property
    def log_name(self) -> str:
        return "load-r1"


class TakingApp(TakeawayApp):
    """An app around them."""

    def __init__(self, path: Path, folder: Path) -> None:
        super().__init__()
        self.startup = read_startup({})._replace(state_dir=folder)
        self.register_theme(load_theme("nightdeck-dark", [THEMES]))
        self.theme = "nightdeck-dark"
        self.taking = TakingScreen(View(path))
        self.redactor = Redactor()
        self.redactor.add(SECRET)
        self.ran: list[tuple[list[str], str]] = []

    def get_default_screen(self) -> Screen[Any]:
        return self.taking

    def mask(self, text: str) -> str:
        return self.redactor.mask(text)

    @property
    def view(self) -> View:
        return self.taking.view

    @property
    def notices(self) -> list[str]:
        return [notification.message for notification in self._notifications]

    def _give_terminal(self, wanted: str, options: Any, path: Path, environment: Any = None) -> None:
        """What a program would be started with, and what it would show."""
        self.ran.append(([wanted, *options, path.name], path.read_text(encoding="utf-8")))


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Twenty lines of eight bytes each."""
    path = tmp_path / "run.log"
    path.write_text(TEXT)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "state"


@pytest.fixture
async def pilot(log: Path, folder: Path) -> AsyncIterator[Pilot[None]]:
    app = TakingApp(log, folder)
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        yield pilot


@pytest.fixture
def app(pilot: Pilot[None]) -> TakingApp:
    assert isinstance(pilot.app, TakingApp)
    return pilot.app


async def until(is_so: Callable[[], object]) -> None:
    """Let threads and processes come to an end."""
    async with asyncio.timeout(20):
        while not is_so():  # noqa: ASYNC110 - threads and processes set no event
            await asyncio.sleep(0.01)


async def told(app: TakingApp, words: str) -> str:
    await until(lambda: any(words in notice for notice in app.notices))
    return next(notice for notice in app.notices if words in notice)


def rewrite(app: TakingApp, log: Path, content: bytes, *, is_seen: bool = True) -> None:
    """Put another log in the place of the one that is shown."""
    log.write_bytes(content)
    if is_seen:
        app.view.document = LogDocument(LogFile(log))


def exports(folder: Path) -> list[Path]:
    return sorted((folder / "exports").glob("*"))


async def test_the_line_under_the_cursor_is_copied_else_the_selection(
    pilot: Pilot[None], app: TakingApp, folder: Path
) -> None:
    app.view.cursor = 8
    await pilot.press("y")
    assert "line copied, if your terminal allows it (OSC 52): line 1" in await told(app, "copied")
    assert (folder / CLIPBOARD_FILE).read_text() == "line  1"
    app.view.selection = (8, 24)
    await pilot.press("y")
    await told(app, "3 lines copied")
    assert (folder / CLIPBOARD_FILE).read_text() == "line  1\nline  2\nline  3"
    assert app.view.document is not None
    app.view.is_filtered, app.view.walk = True, OddLines(app.view.document)
    await pilot.press("y")
    await told(app, "2 lines copied")
    assert (folder / CLIPBOARD_FILE).read_text() == "line  1\nline  3"


async def test_what_is_too_much_to_copy_is_not_copied(
    pilot: Pilot[None], app: TakingApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.ui.screens.log_taking.MOST_COPIED", 10)
    app.view.selection = (0, 16)
    await pilot.press("y")
    assert await told(app, "not copied") == "not copied: more than 10 bytes; save it instead"


async def test_the_whole_log_the_shown_lines_or_the_selection_are_saved(
    pilot: Pilot[None], app: TakingApp, log: Path, folder: Path
) -> None:
    async def saved(words: str) -> str:
        await pilot.press("s")
        notice = await told(app, words)
        await until(lambda: app.taking._saving is None)
        (path,) = exports(folder)
        assert str(path) in notice
        assert path.name.startswith("load-r1-")
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        text = path.read_text()
        path.unlink()
        return text

    assert await saved("20 lines (160 bytes) saved to") == TEXT
    assert app.view.document is not None
    app.view.is_filtered, app.view.walk = True, OddLines(app.view.document)
    assert await saved("10 shown lines") == "".join(f"line {n:2d}\n" for n in range(1, LINES, 2))
    app.view.selection = (24, 40)
    assert await saved("2 selected lines") == "line  3\nline  5\n"


async def test_secrets_are_masked_on_the_way_out_and_that_is_told(
    pilot: Pilot[None], app: TakingApp, log: Path, folder: Path
) -> None:
    rewrite(app, log, f"connect with {SECRET}\nand go on\n".encode())
    await pilot.press("y")
    await told(app, "line, secrets masked copied")
    await pilot.press("s")
    await told(app, ", secrets masked")
    await until(lambda: app.taking._saving is None)
    await pilot.press("|")
    await run(pilot, app, "cat")
    (path,) = exports(folder)
    for text in (path.read_text(), (folder / CLIPBOARD_FILE).read_text(), painted(app)):
        assert "connect with •••" in text
        assert SECRET not in text


async def test_a_full_disk_leaves_no_part_of_a_file(
    pilot: Pilot[None], app: TakingApp, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill(descriptor: int, block: bytes) -> None:
        os.write(descriptor, block[:3])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(log_hand_off, "write_all", fill)
    await pilot.press("s")
    assert "No space left on device; no part of it is kept" in await told(app, "could not save")
    assert exports(folder) == []


async def test_saving_is_stopped_by_the_same_key(
    pilot: Pilot[None], app: TakingApp, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = asyncio.Event()

    async def block_for_ever(*args: object) -> None:
        waiting.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(log_hand_off, "in_thread", block_for_ever)
    await pilot.press("s")
    await waiting.wait()
    assert [text for text, _ in app.taking.taking_remarks()] == ["saving 0 %"]
    await pilot.press("s")
    await told(app, "saving was stopped")
    await until(lambda: app.taking._saving is None)
    assert exports(folder) == []


async def test_a_log_that_changes_while_it_is_saved_is_not_kept(
    pilot: Pilot[None], app: TakingApp, log: Path, folder: Path
) -> None:
    rewrite(app, log, b"cut\n", is_seen=False)
    await pilot.press("s")
    assert "became shorter" in await told(app, "nothing was saved")
    assert exports(folder) == []


async def test_an_empty_log_has_nothing_to_take(pilot: Pilot[None], app: TakingApp, log: Path) -> None:
    rewrite(app, log, b"")
    await pilot.press("y", "s", "v", "|")
    await told(app, "the log is empty")
    app.view.document = None
    await pilot.press("y", "s", "v", "|")
    assert app.screen is app.taking


async def test_the_pager_gets_what_is_shown_at_the_same_line(
    pilot: Pilot[None], app: TakingApp, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rewrite(app, log, b"\x1b[31mred\x1b[0m\n\x1b]0;x\x07\nthird\n")
    app.view.cursor = 20
    await pilot.press("v")
    await until(lambda: app.ran)
    assert app.ran == [(["less -R", "+3", "run.log"], "\x1b[31mred\x1b[0m\n␛]0;x␇\nthird\n")]
    monkeypatch.setenv("PAGER", "most")
    await pilot.press("v")
    await until(lambda: len(app.ran) > 1)
    assert app.ran[1] == (["most", "+3", "run.log"], "red\n␛]0;x␇\nthird\n")
    monkeypatch.setenv("PAGER", "lnav -q")
    await pilot.press("v")
    await until(lambda: len(app.ran) > 2)
    assert app.ran[2][0] == ["lnav -q", "-N", "-c", ":goto 2", "run.log"]


async def test_lnav_begins_at_the_same_line_and_its_absence_is_told(
    pilot: Pilot[None], app: TakingApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    await pilot.press("O")
    assert await told(app, "lnav") == "there is no lnav on the PATH"
    (tmp_path / "lnav").write_text("#!/bin/sh\n")
    (tmp_path / "lnav").chmod(0o700)
    assert app.view.document is not None
    app.view.is_filtered, app.view.walk, app.view.cursor = True, OddLines(app.view.document), 3 * 8
    await pilot.press("O")
    await until(lambda: app.ran)
    (command, text) = app.ran[0]
    assert command == ["lnav", "-N", "-c", ":goto 1", "run.log"]
    assert text.splitlines()[:2] == ["line  1", "line  3"]


async def test_a_pager_is_given_no_secret_in_its_environment(
    app: TakingApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "knows_secret_in", app.redactor.knows)
    given = {"A_PASSWORD": SECRET, "A_URL": f"x://{SECRET}@y", "HOME": "/home/ops"}
    assert app.variables_for_others(given) == {"HOME": "/home/ops"}


async def test_a_pager_is_given_what_the_screen_shows_without_secrets(
    pilot: Pilot[None], app: TakingApp, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PAGER", "less -R")
    text = f"first\n\x1b[31mto {SECRET[:4]}\x1b[32m{SECRET[4:]}\x1b[0m\n\x1b[31mred\x1b[0m\nlogin={SECRET}\n"
    rewrite(app, log, text.encode())
    assert app.view.document is not None
    app.view.document.redactor = app.redactor
    await pilot.press("v")
    await until(lambda: app.ran)
    assert app.ran[0][1] == "first\nto •••\n\x1b[31mred\x1b[0m\nlogin=•••\n"


@pytest.mark.parametrize("is_kept_by_us", [False, True])
async def test_the_file_of_another_program_is_not_given_to_less_where_secrets_are_known(
    pilot: Pilot[None], app: TakingApp, log: Path, monkeypatch: pytest.MonkeyPatch, *, is_kept_by_us: bool
) -> None:
    monkeypatch.setenv("PAGER", "less")
    monkeypatch.setattr(log_hand_off, "MOST_HANDED_OVER", 32)
    monkeypatch.setattr(TakingScreen, "is_kept_by_us", is_kept_by_us)
    rewrite(app, log, f"login={SECRET}\n".encode() * 20)
    assert app.view.document is not None
    app.view.document.redactor = app.redactor
    await pilot.press("v")
    await until(lambda: app.ran)
    assert (SECRET in app.ran[0][1]) is is_kept_by_us, "what we keep has none in it"
    await told(app, "less was given the log's own file" if is_kept_by_us else "that was a part of the log")


async def test_of_a_large_log_less_gets_the_file_and_others_a_part(
    pilot: Pilot[None], app: TakingApp, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_hand_off, "MOST_HANDED_OVER", 32)
    app.view.cursor = 10 * 8
    await pilot.press("v")
    assert app.ran == [(["less", "-f", "-n", "-L", "+80P", "run.log"], TEXT)]
    await told(app, "less was given the log's own file")
    monkeypatch.setenv("PAGER", "more")
    await pilot.press("v")
    await told(app, "that was a part of the log")
    command, text = app.ran[1]
    assert command == ["more", "+3", "run.log"]
    assert text.splitlines()[2] == "line 10"
    assert len(text) < 60


async def test_the_part_around_a_line_is_cut_at_shown_lines(log: Path, tmp_path: Path) -> None:
    document = LogDocument(LogFile(log))
    assert await window(document, None, 80, 32) == (64, 104)
    assert await window(document, None, 0, 1 << 20) == (0, 160)
    odd = OddLines(document)
    assert await window(document, odd, 9 * 8, 32) == (5 * 8, 14 * 8)
    copied = await write_copy(document, odd, 9 * 8, tmp_path / "copy")
    assert copied == (5, False)


async def run(pilot: Pilot[None], app: TakingApp, command: str) -> PipeDialog:
    """Type a command into the dialog and wait for its end."""
    dialog = app.screen
    assert isinstance(dialog, PipeDialog)
    dialog.query_one(Input).value = command
    await pilot.press("enter")
    await until(lambda: dialog.shown is not None)
    assert dialog.shown is not None
    await dialog.shown.ended.wait()
    await pilot.pause()
    return dialog


def painted(app: TakingApp) -> str:
    strips = app.screen._compositor.render_strips(app.size)
    return "\n".join(strip.text.rstrip() for strip in strips)


async def test_a_command_gets_the_lines_and_its_outcome_is_shown(
    pilot: Pilot[None], app: TakingApp, folder: Path
) -> None:
    await pilot.press("|")
    assert "Pipe the whole log to a command" in painted(app)
    await run(pilot, app, "wc -l; printf '\\033[2J\\033[31mred\\n'; exit 3")
    text = painted(app)
    assert "exit 3" in text
    assert "  20" in text
    assert "␛[2Jred" in text, "its output is made harmless, too"
    assert exports(folder) == []
    await pilot.press("escape")
    app.view.selection = (8, 16)
    await pilot.press("|")
    assert "Pipe the selected lines to a command" in painted(app)
    await run(pilot, app, "cat; seq 30")
    (path,) = exports(folder)
    kept = path.read_text().splitlines()
    assert kept[:3] == ["line  1", "line  2", "1"]
    assert len(kept) == 32
    text = painted(app).replace("\n", "").replace(" ", "")
    assert "alloutputisin" in text.replace("alloutputofit", "alloutput").replace(
        "allofitsoutput", "alloutput"
    )
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_a_command_that_wants_no_more_is_no_error(
    pilot: Pilot[None], app: TakingApp, log: Path
) -> None:
    rewrite(app, log, b"x" * 99 + b"\n" + b"a line\n" * 200_000)
    await pilot.press("|")
    dialog = await run(pilot, app, "head -c 3")
    assert dialog.shown is not None
    assert (dialog.shown.exit_code, dialog.shown.output, dialog.shown.problem) == (0, ["xxx"], "")
    dialog = await run(pilot, app, "true")
    assert "no output" in painted(app)


async def test_a_command_finds_no_terminal(pilot: Pilot[None], app: TakingApp) -> None:
    await pilot.press("|")
    dialog = await run(pilot, app, "(: >/dev/tty) 2>/dev/null || echo none; test -t 1 || echo pipe")
    assert dialog.shown is not None
    assert dialog.shown.output == ["none", "pipe"]


async def test_a_command_is_stopped_with_all_that_it_started(pilot: Pilot[None], app: TakingApp) -> None:
    await pilot.press("|")
    dialog = cast("PipeDialog", app.screen)
    dialog.query_one(Input).value = "sleep 600 & sleep 600; wait"
    await pilot.press("enter")
    await until(lambda: dialog.is_under_way)
    assert "esc stop it" in painted(app)
    shown = dialog.shown
    assert shown is not None
    await until(lambda: shown._process is not None)
    await pilot.press("escape")
    await shown.ended.wait()
    await pilot.pause()
    assert "stopped, ended by SIGTERM" in painted(app)
    await pilot.press("escape")
    assert app.screen is app.taking


async def test_one_that_will_not_end_is_killed_at_the_second_key(pilot: Pilot[None], app: TakingApp) -> None:
    await pilot.press("|")
    dialog = cast("PipeDialog", app.screen)
    dialog.query_one(Input).value = "trap '' TERM; echo trapped; sleep 600 <&0; sleep 600"
    await pilot.press("enter")
    await until(lambda: dialog.shown is not None and dialog.shown.output)
    shown = dialog.shown
    assert shown is not None
    await pilot.press("escape", "escape")
    await shown.ended.wait()
    assert shown.told == "stopped, ended by SIGKILL"


async def test_one_that_is_left_goes_on_and_is_told_of_at_its_end(
    pilot: Pilot[None], app: TakingApp, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    await pilot.press("|")
    dialog = cast("PipeDialog", app.screen)
    command = f"until [ -e {gate} ]; do sleep 0.02; done; echo open; wc -l"
    dialog.query_one(Input).value = command
    await pilot.press("enter")
    await until(lambda: dialog.is_under_way)
    await pilot.press("enter")
    assert app.screen is app.taking
    assert [text for text, _ in app.taking.taking_remarks()] == ["until running"]
    await pilot.press("|")
    assert cast("PipeDialog", app.screen).shown is dialog.shown, "the key shows the one that goes on"
    await pilot.press("enter")
    gate.touch()
    notice = await told(app, ": exit 0")
    assert notice.split("\n")[1:] == ["open", "20"]


async def test_no_command_outlives_the_program(log: Path, folder: Path) -> None:
    app = TakingApp(log, folder)
    async with app.run_test() as pilot:
        await pilot.press("|")
        dialog = cast("PipeDialog", app.screen)
        dialog.query_one(Input).value = "trap '' TERM; echo $$; sleep 600"
        await pilot.press("enter")
        await until(lambda: dialog.shown is not None and dialog.shown.output)
        assert dialog.shown is not None
        (pid,) = dialog.shown.output
    await dialog.shown.ended.wait()
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid), 0)


async def test_a_shell_that_is_missing_and_a_disk_that_is_full_are_told(
    pilot: Pilot[None], app: TakingApp, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill(descriptor: int, block: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(piping, "write_all", fill)
    await pilot.press("|")
    dialog = await run(pilot, app, "seq 1000")
    assert dialog.shown is not None
    assert (dialog.shown.exit_code, dialog.shown.kept) == (0, None)
    assert "its output could not be kept: No space left on device" in painted(app)
    assert exports(folder) == []
    monkeypatch.setenv("SHELL", "/nowhere/sh")
    await run(pilot, app, "true")
    assert "not run · could not start /nowhere/sh: No such file or directory" in painted(app)


async def test_more_output_than_is_kept_is_cut_and_that_is_told(
    pilot: Pilot[None], app: TakingApp, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(piping, "MOST_KEPT", 100_000)
    await pilot.press("|")
    dialog = await run(pilot, app, "head -c 500000 /dev/zero | tr '\\0' x")
    assert dialog.shown is not None
    assert dialog.shown.exit_code == 0
    (path,) = exports(folder)
    assert path.stat().st_size == 100_000
    assert "the beginning of its output is in" in painted(app)


async def test_earlier_commands_are_offered_and_one_with_a_secret_is_not_kept(
    pilot: Pilot[None], app: TakingApp, folder: Path
) -> None:
    COMMANDS.keep("wc -c", folder)
    COMMANDS.keep("wc -l", folder)
    await pilot.press("|")
    dialog = cast("PipeDialog", app.screen)
    line = dialog.query_one(Input)
    await until(lambda: line.placeholder.startswith("wc -l "))
    await pilot.press("up", "up")
    assert line.value == "wc -c"
    await pilot.press("down")
    assert line.value == "wc -l"
    line.value = ""
    await pilot.press("enter")
    assert dialog.shown is not None
    await dialog.shown.ended.wait()
    assert dialog.shown.output == ["20"], "enter alone runs the last one once more"
    await run(pilot, app, f"echo {SECRET}")
    await run(pilot, app, "echo kept")
    await until(lambda: COMMANDS.load(folder)[0] == "echo kept")
    assert COMMANDS.load(folder) == ("echo kept", "wc -l", "wc -c")


def test_what_others_wrote_into_the_file_of_commands_does_no_harm(tmp_path: Path) -> None:
    file = tmp_path / "commands.toml"
    file.write_text('commands = ["ok", 7, "a\\nb", "", "ok"]\n')
    assert COMMANDS.load(tmp_path) == ("ok",)
    file.write_text("commands = 3\n")
    assert COMMANDS.load(tmp_path) == ()
    file.write_text("[[[")
    assert COMMANDS.load(tmp_path) == ()
    for number in range(105):
        COMMANDS.keep(f"echo {number}", tmp_path)
    assert len(COMMANDS.load(tmp_path)) == 100


def test_the_dashboard_is_such_an_app() -> None:
    assert issubclass(NightdeckApp, TakeawayApp)

"""Saving rows and screens: every form, with the right rows, without secrets, for the owner's eyes alone."""

from __future__ import annotations

import csv
import json
import stat
from datetime import timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from rich.segment import Segment
from rich.style import Style
from textual.screen import Screen

from tests.support.clock import START, FakeClock
from tests.support.dashboard import Deck, running_deck
from tests.support.scripted import Script, make_job
from tui.core.state import State
from tui.ui.files import export_path, write_private
from tui.ui.screen_export import painted_lines, screen_svg, screen_text
from tui.ui.screens.confirm import ConfirmDialog
from tui.ui.screens.dashboard import Dashboard
from tui.ui.screens.log_screen import LogScreen
from tui.ui.screens.save_menu import SaveMenu

SECRET = "correct-horse-battery"


def make_script(clock: FakeClock) -> Script:
    script = Script(clock)
    script.add(
        make_job(
            "1",
            name="import|customers",
            state=State.FAILED,
            last_result=State.FAILED,
            run_id="r1",
            started_at=START - timedelta(hours=2),
            message=f"token={SECRET}",
        ),
        make_job(
            "2", name="report", state=State.RUNNING, run_id="r2", started_at=START - timedelta(minutes=4)
        ),
        make_job("3", name="marts", state=State.SUCCEEDED),
    )
    script.logs = {"r1": b"ERROR no listener\n"}
    return script


async def press(deck: Deck, *keys: str) -> None:
    await deck.pilot.press(*keys)
    await deck.settle()


def is_on(deck: Deck, kind: type[Screen[Any]]) -> bool:
    return isinstance(deck.app.screen, kind)


async def saved(deck: Deck, folder: Path, suffix: str) -> str:
    """The text of the only file with that ending, which is taken away."""
    await deck.clock.wait_until(lambda: bool(list((folder / "exports").glob(f"*.{suffix}"))))
    await deck.settle()
    (path,) = (folder / "exports").glob(f"*.{suffix}")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert any(str(path) in notice for notice in deck.notices)
    text = path.read_text(encoding="utf-8")
    path.unlink()
    assert SECRET not in text
    return text


async def test_rows_are_saved_in_every_form(tmp_path: Path) -> None:
    clock = FakeClock()
    folder = tmp_path / "kept"
    async with running_deck(tmp_path, {"alpha": make_script(clock)}, clock, state_dir=folder) as deck:
        await deck.press("save")
        assert is_on(deck, SaveMenu)
        assert "Save 3 jobs" in deck.screen_text
        await press(deck, "enter")
        rows = list(csv.DictReader((await saved(deck, folder, "csv")).splitlines()))
        assert [row["name"] for row in rows] == ["import|customers", "report", "marts"]
        assert rows[0]["message"] == "token=•••"
        assert any(notice.startswith("3 jobs saved to") for notice in deck.notices)
        deck.dashboard.table.go_to(make_job("3").key)
        await deck.press("mark", "save")
        assert "Save 1 marked job" in deck.screen_text
        await press(deck, "j")
        (record,) = json.loads(await saved(deck, folder, "json"))
        assert (record["name"], record["state"]) == ("marts", "succeeded")
        await deck.press("unmark_all", "problems", "save")
        assert "Save 1 job" in deck.screen_text
        await press(deck, "m")
        title, _, row = (await saved(deck, folder, "md")).splitlines()
        assert title.startswith("| STATE | JOB | SYSTEM |")
        assert r"| failed | import\|customers | alpha |" in row
        assert (START - timedelta(hours=2)).isoformat() in row
        await deck.press("save")
        await press(deck, "escape")
        assert is_on(deck, Dashboard)
        assert list((folder / "exports").iterdir()) == []


async def test_every_screen_is_saved_as_it_is_painted(tmp_path: Path) -> None:
    clock = FakeClock()
    folder = tmp_path / "kept"
    async with running_deck(tmp_path, {"alpha": make_script(clock)}, clock, state_dir=folder) as deck:
        await deck.press("save")
        await press(deck, "t")
        text = await saved(deck, folder, "txt")
        assert "nightdeck" in text.splitlines()[0]
        assert "import|customers" in text
        assert "Save 3 jobs" not in text
        await deck.press("rerun")
        assert is_on(deck, ConfirmDialog)
        await deck.press("save_screen", "save_screen")
        assert is_on(deck, SaveMenu)
        assert "Save the screen" in deck.screen_text
        await press(deck, "c")
        assert is_on(deck, SaveMenu)
        await press(deck, "enter")
        assert is_on(deck, ConfirmDialog)
        assert "Rerun import|customers on alpha?" in await saved(deck, folder, "txt")
        await press(deck, "escape")
        await deck.press("open_log", "save_screen")
        await press(deck, "v")
        picture = await saved(deck, folder, "svg")
        assert is_on(deck, LogScreen)
        words = " ".join("".join(ET.fromstring(picture).itertext()).split())
        assert "ERROR no listener" in words
        assert "@font-face" not in picture


async def test_the_menu_fits_on_a_small_screen(tmp_path: Path) -> None:
    clock = FakeClock()
    async with running_deck(tmp_path, {"alpha": make_script(clock)}, clock, size=(60, 15)) as deck:
        await deck.press("save")
        told = "\n".join(deck.screen_text.splitlines()[-2:])
        for words in ("Save 3 jobs", "c CSV", "j JSON", "m Markdown", "t text", "v SVG", "esc back"):
            assert words in told


def test_a_secret_in_several_colours_is_masked_where_the_screen_is_saved() -> None:
    line = [Segment("token "), Segment("correct-", Style(bold=True)), Segment("horse"), Segment("  next")]
    lines = painted_lines(
        _Painted([line, [Segment("harmless")]]), (30, 2), lambda text: text.replace("correct-horse", "•••")
    )
    assert screen_text(lines) == "token •••  next\nharmless\n"
    assert "horse" not in screen_svg(lines, (30, 2), "x")
    assert next(segment.style for segment in lines[1]) is None


def test_files_of_one_second_have_names_of_their_own(tmp_path: Path) -> None:
    paths = []
    for _ in range(3):
        paths.append(export_path(tmp_path, "jobs", "csv"))
        write_private(paths[-1], "x")
    assert len(set(paths)) == 3


class _Painted:
    """Paints lines as Textual's compositor does."""

    def __init__(self, lines: list[list[Segment]]) -> None:
        self._lines = lines

    def __rich_console__(self, console: object, options: object) -> list[Segment]:
        return [segment for line in self._lines for segment in (*line, Segment.line())]

"""What the program itself asks of the terminal and of other programs: no text of a system gets a word in."""

from __future__ import annotations

import base64
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from rich.segment import Segment, Segments
from textual import events

from tests.support.clock import FakeClock
from tests.support.dashboard import running_deck
from tests.support.hostile import is_harmless
from tests.support.hostile_texts import HUGE, hostile_texts
from tests.support.scripted import Script, make_job
from tui.ui.app import NightdeckApp
from tui.ui.files import export_path, write_private
from tui.ui.multiplexer import Multiplexer
from tui.ui.screen_export import painted_lines, screen_svg, screen_text
from tui.ui.terminal import clipboard_sequence, notification_sequences, title_sequence
from tui.ui.widgets.line_input import LineInput
from tui.ui.widgets.overview import is_web_address

TITLE = re.compile(r"\x1b\]2;([^\x00-\x1f\x7f-\x9f]*)\x07")
NOTICE = re.compile(
    r"\x1b\]9;([^\x00-\x1f\x7f-\x9f]*)\x07\x1b\]777;notify;([^;\x00-\x1f\x7f-\x9f]*);([^;\x00-\x1f\x7f-\x9f]*)\x07"
)
COPY = re.compile(r"\x1b\]52;c;([A-Za-z0-9+/]*={0,2})\x07")


@pytest.fixture(scope="module")
def texts() -> list[str]:
    return [*hostile_texts(2_000, seed=41), *HUGE]


def test_a_title_is_one_sequence_with_text_in_it(texts: list[str]) -> None:
    for text in texts:
        found = TITLE.fullmatch(title_sequence(text))
        assert found is not None, text[:200]
        assert all(map(is_harmless, found[1]))
        assert len(found[1]) <= 200


def test_a_notification_is_two_sequences_with_text_in_them(texts: list[str]) -> None:
    for text in texts:
        found = NOTICE.fullmatch(notification_sequences(text, text[::-1]))
        assert found is not None, text[:200]
        assert all(map(is_harmless, "".join(found.groups())))
        assert sum(map(len, found.groups())) <= 2_000


def test_a_copy_is_one_sequence_whatever_is_copied(texts: list[str]) -> None:
    for text in texts:
        sequence = clipboard_sequence(text)
        if sequence is not None:
            found = COPY.fullmatch(sequence)
            assert found is not None
            assert base64.b64decode(found[1]).decode() == text.encode("utf-8", "replace").decode()


def test_no_envelope_is_torn_open(texts: list[str]) -> None:
    for text in texts[:500]:
        sequence = notification_sequences(text, text)
        told = Multiplexer("tmux").wrap(sequence)
        assert told == f"\x1bPtmux;{told[7:-2]}\x1b\\"
        assert "\x1b\\" not in told[7:-2].replace("\x1b\x1b", "")
        assert told[7:-2].replace("\x1b\x1b", "\x1b") == sequence
        pieces = Multiplexer("screen").wrap(sequence).split("\x1b\\")
        assert pieces.pop() == ""
        assert "".join(piece.removeprefix("\x1bP") for piece in pieces) == sequence


def test_a_file_is_made_for_every_name(texts: list[str], tmp_path: Path) -> None:
    for number, text in enumerate(texts[:400] + list(HUGE)):
        path = export_path(tmp_path / str(number), text, "csv")
        assert path.parent == tmp_path / str(number) / "exports"
        assert not path.name.startswith(("-", "."))
        assert all(map(is_harmless, path.name))
        write_private(path, text)


ADDRESSES = [
    "file:///etc/passwd",
    "javascript:alert(1)",
    "--help",
    "http://x\x1b]0;e\x07",
    "ftp://x",
    "https://x/ y",
]


async def test_only_web_pages_are_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock, opened = FakeClock(), list[str]()
    script = Script(clock)
    script.add(make_job("1"))
    monkeypatch.setattr(NightdeckApp, "open_url", lambda _, url, **__: opened.append(url))
    async with running_deck(tmp_path, {"alpha": script}, clock) as deck:
        await deck.press("open_web")
        for address in ADDRESSES:
            assert not is_web_address(address)
            monkeypatch.setattr(type(deck.engine), "web_url", _answers(address))
            await deck.press("open_web")
            assert opened == ["https://jobs.example.com/1"]
            assert "no address of a web page" in deck.notices[-1]


def _answers(address: str) -> Callable[..., Awaitable[str]]:
    async def web_url(*_: object) -> str:
        return address

    return web_url


async def test_what_is_pasted_into_a_line_can_be_seen(tmp_path: Path) -> None:
    clock = FakeClock()
    script = Script(clock)
    script.add(make_job("1"))
    async with running_deck(tmp_path, {"alpha": script}, clock) as deck:
        line = LineInput()
        await deck.app.screen.mount(line)
        line.focus()
        await deck.pilot.pause()
        line.post_message(events.Paste("a\x1b]0;evil\x07\u202eb\nsecond"))
        await deck.pilot.pause()
        assert line.value == "ab"


def test_a_picture_of_anything_is_one_that_opens(texts: list[str]) -> None:
    size = (100, 20)
    for start in range(0, 400, 20):
        pieces = [Segment(f"{text[:90]}\n") for text in texts[start : start + 20]]
        lines = painted_lines(Segments(pieces), size, lambda text: text)
        assert {one for one in screen_text(lines) if not is_harmless(one)} <= {"\n"}
        ET.fromstring(screen_svg(lines, size, "nightdeck"))

"""No known secret is painted, whatever paints it, and nothing beside it moves."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.segment import ControlType, Segment
from rich.style import Style
from textual.color import Color

from tests.support.clock import FakeClock
from tests.support.dashboard import running_deck
from tests.support.scripted import Script, make_job
from tui.core.redaction import Redactor
from tui.ui.secret_filter import SecretFilter

SECRET = "hunter2-Hunter2"
BLACK = Color(0, 0, 0)


def knowing(*secrets: str) -> SecretFilter:
    redactor = Redactor()
    for secret in secrets:
        redactor.add(secret)
    return SecretFilter(redactor.unmistakable)


def applied(segments: list[Segment], *secrets: str) -> list[Segment]:
    return knowing(*secrets).apply(segments, BLACK)


def test_a_line_without_secrets_is_handed_on_as_it_is() -> None:
    line = [Segment("all is well")]
    assert applied(line, SECRET) is line


def test_what_stands_beside_a_secret_does_not_move() -> None:
    red, bold = Style(color="red"), Style(bold=True)
    line = [Segment("a hun", red), Segment("ter2-Hun", bold), Segment("ter2│b", red)]
    assert applied(line, SECRET) == [
        Segment("a •••", red),
        Segment("        ", bold),
        Segment("    │b", red),
    ]


def test_control_codes_stay() -> None:
    control = Segment("\x1b[2J", None, [(ControlType.HOME,)])
    assert applied([control, Segment(SECRET)], SECRET) == [control, Segment("•••".ljust(len(SECRET)))]


@given(
    before=st.text(max_size=8),
    cut=st.integers(0, 15),
    after=st.text(max_size=8),
    secret=st.sampled_from([SECRET, "пароль-12345", "密码密码密码密码12"]),
)
def test_a_line_is_as_wide_as_before(before: str, cut: int, after: str, secret: str) -> None:
    line = [Segment(f"{before}{secret[:cut]}"), Segment(f"{secret[cut:]}{after}")]
    masked = applied(line, secret)
    assert [cell_len(text) for text, *_ in masked] == [cell_len(text) for text, *_ in line]
    assert secret not in "".join(text for text, *_ in masked)


def test_words_that_stand_everywhere_are_not_told_by_their_masks() -> None:
    line = [Segment("Failed jobs of admin, 2502")]
    assert applied(line, "Failed", "admin", "2502", "administrator") is line


async def test_what_is_shown_of_an_id_is_masked_also_where_it_becomes_a_secret_later(tmp_path: Path) -> None:
    clock = FakeClock()
    script = Script(clock)
    script.add(make_job(f"x-{SECRET}", name=f"load {SECRET}"))
    script.add(make_job("plain", name="other"))
    word = b64encode(f"ops:{SECRET}".encode()).decode()
    async with running_deck(tmp_path, {"alpha": script}, clock) as deck:
        deck.app.notify(f"sent {word}", markup=False)
        await deck.settle()
        assert SECRET in deck.screen_text
        assert deck.app.engine is not None
        deck.app.engine.redactor.add(SECRET)
        deck.app._look_behind()
        await deck.settle()
        assert SECRET not in deck.screen_text
        assert word not in deck.screen_text
        assert "load •••" in deck.screen_text
        assert "other" in deck.screen_text

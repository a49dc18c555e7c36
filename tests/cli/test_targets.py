"""Targets of notifications in the config: checked, told about, and never shown."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.cli.test_doctor import doctor, findings
from tests.support.cli import World
from tui.core.redaction import MASK
from tui.engine.telling import News
from tui.wiring import SessionOptions, build_session

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

TOKEN = "tk-9d81f3a27c"
CONFIG = f"""
[notifications]
targets = [{{ env = "CHAT" }}, "ntfys://{TOKEN}@chat.example.com/night", {{ command = ["echo", "{TOKEN}"] }}]
"""
NO_SCHEME = "apprise knows no address without a scheme such as ntfy://, or it is incomplete"


@pytest.fixture
def targets(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    world.add_local(a="true")
    world.add_config(CONFIG)
    monkeypatch.setenv("CHAT", f"json://localhost/{TOKEN}")
    return world


def test_the_doctor_tells_whether_each_can_be_used_and_shows_none(
    targets: World, caplog: pytest.LogCaptureFixture
) -> None:
    ended = doctor(targets)
    told = [(f["status"], f["found"]) for f in findings(ended, "targets")]
    assert told == [
        ("ok", "target 1 of [notifications]: JSON, not tried out"),
        ("ok", "target 2 of [notifications]: ntfy, not tried out"),
        ("failed", f"target 3 of [notifications] can't be told: {NO_SCHEME}"),
    ]
    advice = [finding["found"] for finding in findings(ended, "secrets")]
    assert any("targets" in told and "is written out in the config file" in told for told in advice)
    assert ended.code == 2
    assert TOKEN not in ended.out + ended.err + caplog.text


def test_a_secret_or_a_library_that_is_missing_is_told(
    targets: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CHAT")
    assert "the environment variable CHAT is not set" in findings(doctor(targets), "targets")[0]["found"]
    monkeypatch.setitem(sys.modules, "apprise", None)
    last = findings(doctor(targets), "targets")[1]
    assert last["status"] == "failed"
    assert last["hint"] == 'pip install "nightdeck[notify]"'


def test_the_config_in_effect_tells_where_they_are_kept_and_no_token(targets: World) -> None:
    shown = targets.run("config", "show").out
    (line,) = (line for line in shown.splitlines() if line.startswith("targets = "))
    assert '{ env = "CHAT" }' in line
    assert f'"{MASK}"' in line
    assert f'command = ["echo", "{MASK}"]' in line
    assert TOKEN not in shown


async def test_a_session_reaches_them_and_masks_them_everywhere(targets: World, tmp_path: Path) -> None:
    session = build_session(SessionOptions())
    reached = session.engine.targets
    assert reached is not None
    assert len(reached) == 3
    sent: list[str] = []

    def send(url: str, news: News) -> str:
        sent.append(url)
        return f"no answer of {url}"

    reached._send = send
    complaints = await reached.tell(News("a", "b"))
    assert sent == [f"json://localhost/{TOKEN}", f"ntfys://{TOKEN}@chat.example.com/night", TOKEN]
    assert TOKEN not in "".join(complaints)
    assert session.engine.mask(f"see {TOKEN}") == f"see {MASK}"
    await session.engine.aclose()


def test_without_targets_nothing_is_loaded(world: World) -> None:
    world.add_local(a="true")
    assert build_session(SessionOptions()).engine.targets is None
    assert findings(doctor(world), "targets") == []


def test_a_wrong_target_is_told_without_its_text(world: World) -> None:
    world.add_local(a="true")
    world.add_config(f'[notifications]\ntargets = [{{ evn = "{TOKEN}" }}]')
    ended = doctor(world)
    assert ended.code == 2
    assert any("[notifications]" in f["found"] for f in findings(ended, "config"))
    assert TOKEN not in ended.out

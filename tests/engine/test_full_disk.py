"""A full disk: nothing is sent that can't be journaled, nothing known is lost, and it heals by itself."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.support.actions import Desk
from tests.support.clock import FakeClock
from tests.support.scripted import FullAdapter
from tui.core.errors import ActionRefused
from tui.core.keys import JobKey
from tui.core.models import Accepted, ActionKind, ReceiptStatus
from tui.engine.journal import RETRY_S

TRIGGER = ActionKind.TRIGGER


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    desk = Desk(tmp_path, FakeClock())
    desk.add()
    await desk.database.open()
    yield desk
    await desk.close()


@contextmanager
def full(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No row can be added to the journal."""

    def fail(*_: object, **__: object) -> None:
        error = sqlite3.OperationalError("database or disk is full")
        error.sqlite_errorcode = sqlite3.SQLITE_FULL
        raise error

    with monkeypatch.context() as patch:
        patch.setattr("tui.engine.journal._insert", fail)
        yield


class Filling(FullAdapter):
    """The disk becomes full while the request is on its way."""

    patch: pytest.MonkeyPatch
    refusal: ActionRefused | None = None

    async def trigger(self, job: JobKey, params: Mapping[str, str]) -> Accepted:
        stack = full(self.patch)
        stack.__enter__()
        self.script.raw["disk"] = {"full": stack}
        if self.refusal is not None:
            raise self.refusal
        return await super().trigger(job, params)

    def free(self) -> None:
        """Let there be room again."""
        self.script.raw["disk"]["full"].__exit__(None, None, None)  # type: ignore[attr-defined]


@pytest.fixture
def filling(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Filling:
    desk.scripted = Filling("alpha", desk.script)
    desk.scripted.patch = monkeypatch
    return desk.scripted


async def test_nothing_is_sent_while_it_is_full_and_the_next_try_is_when_it_is_not(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    with full(monkeypatch):
        receipt = await desk.act(TRIGGER)
    assert receipt.status is ReceiptStatus.REFUSED
    assert "can't journal, nothing was sent" in receipt.message
    assert "free some space" in receipt.message
    assert desk.sent() == 0
    assert (await desk.act(TRIGGER)).status is ReceiptStatus.ACCEPTED
    assert desk.sent() == 1


@pytest.mark.parametrize("is_refused", [False, True])
async def test_an_outcome_is_told_as_not_journaled_and_written_by_itself_when_there_is_room(
    desk: Desk, filling: Filling, *, is_refused: bool
) -> None:
    filling.refusal = ActionRefused("disabled") if is_refused else None
    status = ReceiptStatus.REFUSED if is_refused else ReceiptStatus.ACCEPTED
    receipt = await desk.act(TRIGGER)
    assert receipt.status is status
    for told in (receipt, desk.receipt):
        assert "not in the journal yet: history can't be kept: no space is left" in told.message
    await desk.clock.advance(2 * RETRY_S)
    assert "not in the journal yet" in desk.receipt.message
    assert await desk.steps() == [("trigger", "sent")]
    filling.free()
    await desk.clock.advance(RETRY_S)
    assert (await desk.steps())[:2] == [("trigger", "sent"), ("trigger", status.value)]
    assert "not in the journal" not in desk.receipt.message
    assert not any("not in the journal" in entry.message for entry in await desk.journal.entries())
    assert desk.database.problem == ""


async def test_what_waits_is_written_at_the_end_at_the_latest(
    desk: Desk, filling: Filling, tmp_path: Path
) -> None:
    filling.refusal = ActionRefused("disabled")
    await desk.act(TRIGGER)
    filling.free()
    await desk.close()
    with closing(sqlite3.connect(tmp_path / "history.db")) as file:
        assert file.execute("SELECT status FROM journal ORDER BY seq").fetchall() == [("sent",), ("refused",)]
    assert desk.clock.sleeping == 0


async def test_an_outcome_that_was_never_written_is_looked_for_by_the_next_start(
    desk: Desk, filling: Filling, tmp_path: Path
) -> None:
    await desk.act(TRIGGER)
    await desk.close()
    filling.free()
    later = Desk(tmp_path, desk.clock, script=desk.script)
    later.observe()
    await later.actions.recover()
    await later.clock.advance(5)
    assert later.receipt.status is ReceiptStatus.OBSERVED
    assert later.receipt.run_id == "run-1"
    assert later.sent() == 1
    await later.close()


FULL = """
import asyncio, resource, sys
from pathlib import Path
from tests.support.actions import Desk
from tests.support.clock import FakeClock
from tests.support.scripted import FullAdapter
from tui.core.models import ActionKind
from tui.engine.journal import RETRY_S

folder = Path(sys.argv[1])
most = resource.getrlimit(resource.RLIMIT_FSIZE)[1]

def leave(room):
    "Let no file grow beyond that; None for no limit."
    resource.setrlimit(resource.RLIMIT_FSIZE, (most if room is None else room, most))

class Filling(FullAdapter):
    async def trigger(self, job, params):
        leave(0)
        return await super().trigger(job, params)

async def main():
    desk = Desk(folder, FakeClock())
    desk.add()
    await desk.database.open()
    leave(0)
    refused = await desk.act(ActionKind.TRIGGER)
    print(refused.status, desk.sent(), refused.message)
    # The systems are looked at all the same.
    print(desk.observe(message="news").message)
    leave(None)
    desk.scripted = Filling("alpha", desk.script)
    accepted = await desk.act(ActionKind.TRIGGER)
    print(accepted.status, desk.sent(), accepted.message)
    await desk.clock.advance(RETRY_S)
    print(len(await desk.journal.entries()), "not in the journal yet" in desk.receipt.message)
    leave(None)
    await desk.clock.advance(RETRY_S)
    print([entry.status for entry in await desk.journal.entries()], repr(desk.receipt.message))
    await desk.close()

asyncio.run(main())
"""


def test_a_disk_that_takes_no_byte_refuses_before_it_sends_and_heals_by_itself(tmp_path: Path) -> None:
    """With a limit of the system itself, as a quota is one, and not with an error that a test makes."""
    ended = subprocess.run(
        [sys.executable, "-c", FULL, str(tmp_path)], capture_output=True, text=True, timeout=60, check=True
    )
    refused, seen, accepted, waiting, healed = ended.stdout.splitlines()
    assert refused.startswith("refused 0 can't journal, nothing was sent: history can't be kept: ")
    assert "no space is left, a quota is used up, or the disk fails" in refused
    assert seen == "news"
    assert accepted.startswith("accepted 1 started (not in the journal yet: history can't be kept: ")
    assert waiting == "1 True"
    assert healed == "['sent', 'accepted'] 'started'"
    assert ended.stderr == ""

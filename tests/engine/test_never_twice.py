"""Whatever the system, the journal and the user do: one confirmation is sent at most once and told truly."""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.actions import Desk, make_action
from tests.support.clock import FakeClock
from tests.support.scripted import FullAdapter, Script, make_run
from tui.core import errors
from tui.core.keys import JobKey
from tui.core.models import Accepted, ActionKind, Receipt, ReceiptStatus
from tui.core.state import State

JOB = JobKey("alpha", "1")
TRIGGER = ActionKind.TRIGGER

OUTCOMES: Mapping[str, tuple[Exception | None, bool]] = {
    "accepted": (None, True),
    "refused": (errors.ActionRefused("disabled"), False),
    "unreachable": (errors.Unreachable("connection refused"), False),
    "unauthorized": (errors.Unauthorized("wrong password"), False),
    "lost after it was done": (errors.OutcomeUnknown("connection reset"), True),
    "lost before it was done": (errors.OutcomeUnknown("connection reset"), False),
    "timed out, done": (errors.TimedOut("no answer"), True),
    "timed out, not done": (errors.TimedOut("no answer"), False),
    "failed, done": (errors.ServerFailed("boom"), True),
    "garbage, done": (errors.BadAnswer("<html>"), True),
    "a bug, done": (KeyError("runId"), True),
}


@dataclass(frozen=True)
class Act:
    """The user confirms, maybe an old request again, maybe several times at once."""

    outcome: str
    times: int = 1
    is_old_request: bool = False
    is_confirmed: bool = True
    is_unknown_accepted: bool = False
    is_file_locked: bool = False


@dataclass(frozen=True)
class Wait:
    """Time passes, in which nightdeck may look."""

    seconds: float
    is_down: bool = False


@dataclass(frozen=True)
class Poll:
    """The poller sees the job."""


@dataclass(frozen=True)
class Restart:
    """Nightdeck ends, in order or not, and is started again."""

    is_crash: bool


STEPS = st.lists(
    st.one_of(
        st.builds(
            Act,
            outcome=st.sampled_from(sorted(OUTCOMES)),
            times=st.integers(1, 3),
            is_old_request=st.booleans(),
            is_confirmed=st.sampled_from((True, True, True, False)),
            is_unknown_accepted=st.sampled_from((False, False, True)),
            is_file_locked=st.sampled_from((False, False, False, True)),
        ),
        st.builds(Wait, seconds=st.sampled_from((0.5, 3.0, 40.0, 200.0)), is_down=st.booleans()),
        st.just(Poll()),
        st.builds(Restart, is_crash=st.booleans()),
    ),
    min_size=1,
    max_size=12,
)


@dataclass
class World:
    """The system, which remembers who started what, and the nightdecks that come and go."""

    folder: Path
    clock: FakeClock = field(default_factory=FakeClock)
    outcome: str = "accepted"
    asking: str = ""
    is_repeating: bool = False
    calls: Counter[str] = field(default_factory=Counter)
    made: dict[str, str] = field(default_factory=dict)
    """Request ids by the run that came of them."""
    lies: list[Receipt] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.script = Script(self.clock)
        self.desk = self.open_desk()
        self.desk.add()

    def open_desk(self) -> Desk:
        world = self

        class Wild(FullAdapter):
            async def trigger(self, job: JobKey, params: Mapping[str, str]) -> Accepted:
                return await world.trigger()

        desk = Desk(self.folder, self.clock, script=self.script, adapter=Wild)
        desk.store.subscribe(lambda _: self.note(*desk.store.receipts.values()))
        desk.store.upsert(replace(job, connection="alpha") for job in self.script.jobs.values())
        return desk

    def note(self, *receipts: Receipt) -> None:
        """Hold what was told against what happened; a refused repetition tells nothing of the request."""
        for receipt in receipts:
            is_repetition = self.is_repeating or "taken before" in receipt.message
            if receipt.status is ReceiptStatus.REFUSED and not is_repetition:
                is_true = receipt.request_id not in self.made.values()
            else:
                is_seen = receipt.status is ReceiptStatus.OBSERVED
                is_true = not is_seen or self.made.get(receipt.run_id) == receipt.request_id
            if not is_true:
                # Nothing is raised here, because the pipeline itself would catch it.
                self.lies.append(receipt)

    async def trigger(self) -> Accepted:
        self.calls[self.asking] += 1
        error, is_done = OUTCOMES[self.outcome]
        run_id = f"r{len(self.made) + 1}"
        await asyncio.sleep(0)
        if is_done:
            self.made[run_id] = self.asking
            now = self.clock.now()
            run = make_run(run_id, state=State.RUNNING, started_at=now)
            self.script.runs.setdefault("1", []).insert(0, run)
            self.script.change("1", state=State.RUNNING, run_id=run_id, started_at=now)
        if error is not None:
            raise error
        return Accepted(run_id)

    async def do(self, step: Act | Wait | Poll | Restart) -> None:
        if isinstance(step, Act):
            await self.act(step)
        elif isinstance(step, Wait):
            self.desk.error = errors.Unreachable("down") if step.is_down else None
            await self.clock.advance(step.seconds)
            self.desk.error = None
        elif isinstance(step, Poll):
            await self.clock.advance(0.1)
            self.desk.observe()
        else:
            await self.restart(is_crash=step.is_crash)

    async def act(self, step: Act) -> None:
        is_old = step.is_old_request and bool(self.requests)
        request_id = self.requests[-1] if is_old else f"q{len(self.requests)}"
        if not is_old:
            self.requests.append(request_id)
        self.is_repeating = is_old
        self.outcome, self.asking = step.outcome, request_id
        await self.desk.database.open()
        with closing(sqlite3.connect(self.folder / "history.db")) as other:
            if step.is_file_locked:
                other.execute("BEGIN IMMEDIATE")
            receipts = await asyncio.gather(
                *(
                    self.desk.actions.perform(
                        make_action(TRIGGER),
                        confirmation="" if step.is_confirmed else None,
                        request_id=request_id,
                        is_unknown_accepted=step.is_unknown_accepted,
                    )
                    for _ in range(step.times)
                )
            )
        self.note(*receipts)
        self.is_repeating = False
        # Two requests at the very same moment can't be told apart by the times of their runs.
        await self.clock.advance(0.1)

    async def restart(self, *, is_crash: bool) -> None:
        if is_crash:
            await self.desk.actions._follower.aclose()
            await self.desk.database.aclose()
        else:
            await self.desk.close()
        self.desk = self.open_desk()
        await self.desk.actions.recover()


@given(STEPS)
@settings(max_examples=80, deadline=None)
def test_one_confirmation_is_sent_at_most_once_and_never_lied_about(
    steps: list[Act | Wait | Poll | Restart],
) -> None:
    asyncio.run(check(steps))


async def check(steps: list[Act | Wait | Poll | Restart]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder))
        for step in steps:
            await world.do(step)
        await world.clock.advance(300)
        entries = await world.desk.journal.entries()
        await world.desk.close()
        assert world.lies == []
        assert all(count == 1 for count in world.calls.values())
        sent = [entry.request_id for entry in entries if entry.status == "sent"]
        assert sorted(sent) == sorted(world.calls)


@given(st.lists(st.sampled_from(sorted(OUTCOMES)), min_size=2, max_size=8))
@settings(max_examples=40, deadline=None)
def test_nothing_is_started_while_the_last_start_is_unknown(outcomes: list[str]) -> None:
    async def check_all() -> None:
        with tempfile.TemporaryDirectory() as folder:
            world = World(Path(folder))
            for outcome in outcomes:
                unknown = await world.desk.journal.unfinished()
                before = sum(world.calls.values())
                await world.act(Act(outcome))
                assert not unknown or sum(world.calls.values()) == before
            await world.desk.close()

    asyncio.run(check_all())

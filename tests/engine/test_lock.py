"""Read-only for the whole session: lifted for a while, down by itself, asked right before sending."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.actions import Desk, InlineDatabase, make_action
from tests.support.clock import FakeClock
from tui.core.models import ActionKind, ReceiptStatus
from tui.engine.lock import SessionLock

T = TypeVar("T")
TRIGGER = ActionKind.TRIGGER
REFUSED = ReceiptStatus.REFUSED
LOCKED = "nightdeck is read-only: nothing is sent"
WHILE_S = 600.0


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def lock(clock: FakeClock) -> SessionLock:
    lock = SessionLock(clock, is_locked=True)
    lock.unlock(WHILE_S)
    return lock


@pytest.fixture
async def desk(tmp_path: Path, clock: FakeClock) -> AsyncIterator[Desk]:
    desk = Desk(tmp_path, clock, is_read_only=True)
    desk.add()
    yield desk
    await desk.close()


class TestTime:
    def test_it_is_as_the_session_began(self, clock: FakeClock) -> None:
        for is_locked in (True, False):
            lock = SessionLock(clock, is_locked=is_locked)
            assert (lock.is_locked, lock.remaining_s) == (is_locked, None)

    async def test_it_locks_by_itself_to_the_second(self, clock: FakeClock, lock: SessionLock) -> None:
        await clock.advance(WHILE_S - 1)
        assert (lock.is_locked, lock.remaining_s) == (False, 1.0)
        await clock.advance(1)
        assert (lock.is_locked, lock.remaining_s) == (True, None)

    async def test_that_it_locked_is_told_once(self, clock: FakeClock, lock: SessionLock) -> None:
        assert not lock.take_end()
        await clock.advance(WHILE_S)
        assert [lock.take_end(), lock.take_end(), lock.is_locked] == [True, False, True]

    def test_what_the_user_locks_is_no_news(self, lock: SessionLock) -> None:
        lock.lock()
        assert (lock.is_locked, lock.take_end()) == (True, False)

    async def test_a_second_while_counts_from_its_own_beginning(
        self, clock: FakeClock, lock: SessionLock
    ) -> None:
        await clock.advance(WHILE_S - 1)
        lock.unlock(30)
        assert lock.remaining_s == 30
        await clock.advance(30)
        assert lock.is_locked

    def test_a_clock_that_is_set_back_prolongs_nothing(self, clock: FakeClock, lock: SessionLock) -> None:
        clock.jump(-86_400)
        assert lock.remaining_s == WHILE_S

    def test_the_time_in_which_the_machine_sleeps_counts(self, clock: FakeClock, lock: SessionLock) -> None:
        clock.jump(WHILE_S)
        assert lock.is_locked

    def test_what_was_locked_by_a_wrong_clock_stays_locked(self, clock: FakeClock, lock: SessionLock) -> None:
        clock.jump(WHILE_S)
        assert lock.is_locked
        clock.jump(-WHILE_S)
        assert lock.is_locked

    @settings(max_examples=60, deadline=None)
    @given(
        st.floats(1, 3600),
        st.lists(st.one_of(st.floats(0, 900), st.floats(-1e5, 1e5).map(lambda jump: (jump,))), max_size=12),
    )
    def test_it_is_never_open_for_longer(self, while_s: float, steps: list[float | tuple[float]]) -> None:
        asyncio.run(self.live(while_s, steps))

    async def live(self, while_s: float, steps: list[float | tuple[float]]) -> None:
        clock = FakeClock()
        lock = SessionLock(clock, is_locked=True)
        lock.unlock(while_s)
        began, was_locked = clock.monotonic(), False
        for step in steps:
            if isinstance(step, tuple):
                clock.jump(step[0])
            else:
                await clock.advance(step)
            is_locked = lock.is_locked
            assert is_locked or clock.monotonic() - began < while_s
            assert is_locked or not was_locked
            was_locked = is_locked


class TestActions:
    async def test_an_action_goes_through_only_while_it_is_open(self, desk: Desk) -> None:
        lock = desk.actions.guard.lock
        assert (await desk.act(TRIGGER)).message == LOCKED
        lock.unlock(WHILE_S)
        assert (await desk.act(TRIGGER)).status is ReceiptStatus.ACCEPTED
        await desk.clock.advance(WHILE_S)
        assert (await desk.act(TRIGGER)).message == LOCKED
        assert desk.sent() == 1

    async def test_a_question_that_is_open_when_it_locks_is_refused(self, desk: Desk) -> None:
        desk.actions.guard.lock.unlock(WHILE_S)
        plan = await desk.actions.plan(make_action(TRIGGER))
        assert plan.refusal == ""
        await desk.clock.advance(WHILE_S)
        receipt = await desk.actions.perform(
            plan.action, confirmation="", request_id=plan.request_id, shown=plan
        )
        assert (receipt.status, receipt.message, desk.sent()) == (REFUSED, LOCKED, 0)
        assert await desk.steps() == []

    async def test_it_counts_at_the_moment_of_sending(self, tmp_path: Path, clock: FakeClock) -> None:
        """The lock comes down at every single point between the confirmation and the request."""
        sent_at = set()
        for point in range(8):
            folder = tmp_path / str(point)
            folder.mkdir()
            desk = Desk(folder, clock, is_read_only=True)
            await desk.database.aclose()
            desk.database = Slow(desk, folder / "history.db", point)
            desk.journal._database = desk.database
            desk.add()
            desk.actions.guard.lock.unlock(WHILE_S)
            receipt = await desk.act(TRIGGER)
            if not desk.actions.guard.is_read_only:
                assert receipt.status is ReceiptStatus.ACCEPTED
                await desk.close()
                break
            was_sent = desk.sent() == 1
            assert was_sent is (receipt.status is ReceiptStatus.ACCEPTED)
            # Only the note of the answer, which comes after the request, may be too late.
            assert not was_sent or (await desk.steps())[0] == ("trigger", "sent")
            sent_at.add((point, was_sent))
            await desk.close()
        else:
            raise AssertionError("there are more points than were tried")
        refused = [point for point, was_sent in sent_at if not was_sent]
        assert len(refused) >= 2, "the lock came down before the journal was written, and while it was"
        assert max(refused) < min((point for point, was_sent in sent_at if was_sent), default=99)


class Slow(InlineDatabase):
    """Lets the lock come down while it works for the n-th time."""

    def __init__(self, desk: Desk, path: Path, point: int) -> None:
        super().__init__(path, desk.clock, busy_s=0.02)
        self._desk = desk
        self._left = point

    def _submit(self, job: Callable[[], T]) -> asyncio.Future[T]:
        future = super()._submit(job)
        self._left -= 1
        if self._left == -1:
            self._desk.actions.guard.lock.lock()
        return future

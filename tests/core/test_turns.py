"""Turns: of all that polls one takes a step in a round of the event loop; what a person waits for goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from tui.core.turns import OLD_EVERY, Turns, is_queued, next_turn, queue_up

WORKERS = 50
STEPS = 4


class Loop:
    """Counts how often the event loop has gone round."""

    def __init__(self) -> None:
        self.rounds = 0

    async def count(self) -> None:
        """Until cancelled."""
        while True:
            self.rounds += 1
            await asyncio.sleep(0)


async def work(turns: Turns | None, note: Callable[[], None]) -> None:
    if turns is not None:
        queue_up(turns)
    for _ in range(STEPS):
        await next_turn()
        note()


async def run_all(turns: Turns | None) -> dict[int, int]:
    """How many steps were done in each round of the event loop."""
    loop, steps = Loop(), dict[int, int]()

    def note() -> None:
        steps[loop.rounds] = steps.get(loop.rounds, 0) + 1

    counting = asyncio.create_task(loop.count())
    async with asyncio.TaskGroup() as group:
        for _ in range(WORKERS):
            group.create_task(work(turns, note))
    counting.cancel()
    assert sum(steps.values()) == WORKERS * STEPS
    return steps


async def test_of_all_that_is_queued_one_goes_on_in_a_round() -> None:
    assert set((await run_all(Turns())).values()) == {1}


async def test_without_a_queue_all_go_on() -> None:
    assert max((await run_all(None)).values()) == WORKERS


async def test_the_queue_is_fair_and_a_person_does_not_wait_in_it() -> None:
    turns, done = Turns(), list[str]()

    async def queued(name: str) -> None:
        await work(turns, lambda: done.append(name))

    async with asyncio.TaskGroup() as group:
        for number in range(WORKERS):
            group.create_task(queued(str(number)))
        await asyncio.sleep(0)
        await work(None, lambda: done.append("person"))
    names = [str(number) for number in range(WORKERS)]
    assert [name for name in done if name != "person"] == names * STEPS
    assert done.index("person") + STEPS <= 2 * STEPS + 2
    assert [name for name in done[: 3 * STEPS] if name == "person"] == ["person"] * STEPS


async def test_what_is_new_has_most_turns_and_not_all() -> None:
    turns, done = Turns(), list[str]()

    async def queued(name: str, *, is_new: bool) -> None:
        queue_up(turns, is_new=is_new)
        for _ in range(STEPS):
            await next_turn()
            done.append(name)

    async with asyncio.TaskGroup() as group:
        for _ in range(WORKERS):
            group.create_task(queued("old", is_new=False))
        for _ in range(10):
            group.create_task(queued("new", is_new=True))
    assert done.count("old") == WORKERS * STEPS
    until_all_new = "".join(name[0] for name in done).rindex("n")
    assert done[:until_all_new].count("old") == pytest.approx(10 * STEPS / (OLD_EVERY - 1), abs=1)


async def test_who_is_cancelled_gives_its_turn_to_the_next() -> None:
    turns, done = Turns(), list[int]()

    async def queued(number: int) -> None:
        queue_up(turns)
        await next_turn()
        done.append(number)

    tasks = [asyncio.create_task(queued(number)) for number in range(5)]
    await asyncio.sleep(0)
    for number in (0, 1, 3):
        tasks[number].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert done == [2, 4]


async def test_what_a_queued_task_starts_is_queued_and_what_it_came_from_is_not() -> None:
    async def child() -> bool:
        return is_queued()

    async def parent() -> tuple[bool, bool]:
        queue_up(Turns())
        return is_queued(), await asyncio.create_task(child())

    assert await asyncio.create_task(parent()) == (True, True)
    assert not is_queued()


@pytest.mark.parametrize("count", [1, 3])
async def test_an_empty_queue_begins_anew(count: int) -> None:
    turns = Turns()
    for _ in range(count):
        await asyncio.wait_for(turns.wait(), 5)

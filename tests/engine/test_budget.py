"""Who is asked about when each job costs a call."""

from __future__ import annotations

from tests.support.scripted import make_job
from tui.core.keys import JobKey
from tui.core.state import State
from tui.engine.budget import Budget


def key(number: int) -> JobKey:
    return JobKey("alpha", str(number))


class TestBudget:
    def test_idle_jobs_keep_their_share_when_much_runs(self) -> None:
        running = [make_job(str(number), state=State.RUNNING) for number in range(20)]
        idle = [make_job(str(number)) for number in range(20, 30)]
        budget = Budget(calls=10, idle_calls=2)
        rounds = [budget.pick([*running, *idle], touched=(), visible=()) for _ in range(5)]
        assert all(len(picked) == 10 for picked in rounds)
        idle_keys = {job.key for job in idle}
        assert [len(idle_keys.intersection(picked)) for picked in rounds] == [2] * 5
        assert idle_keys <= {picked for each in rounds for picked in each}, "each idle job had its turn"

    def test_running_jobs_beyond_the_budget_come_in_turn(self) -> None:
        running = [make_job(str(number), state=State.RUNNING) for number in range(20)]
        budget = Budget(calls=10, idle_calls=2)
        first = budget.pick(running, touched=(), visible=())
        second = budget.pick(running, touched=(), visible=())
        assert len(first) == len(second) == 10
        assert not set(first) & set(second)

    def test_the_order_is_touched_running_visible_idle(self) -> None:
        jobs = [make_job("1"), make_job("2"), make_job("3", state=State.QUEUED), make_job("4")]
        picked = Budget().pick(jobs, touched={key(4)}, visible={key(2)})
        assert picked == [key(4), key(3), key(2), key(1)]

    def test_urgent_jobs_take_what_idle_ones_leave(self) -> None:
        running = [make_job(str(number), state=State.RUNNING) for number in range(9)]
        assert (
            len(Budget(calls=10, idle_calls=5).pick([*running, make_job("9")], touched=(), visible=())) == 10
        )

    def test_a_job_that_comes_back_has_its_turn_early(self) -> None:
        budget = Budget(calls=1, idle_calls=1)
        assert budget.pick([make_job("1")], touched=(), visible=()) == [key(1)]
        assert budget.pick([make_job("2")], touched=(), visible=()) == [key(2)]
        assert budget.pick([make_job("1"), make_job("2")], touched=(), visible=()) == [key(1)]

    def test_no_jobs_cost_nothing(self) -> None:
        assert Budget().pick([], touched={key(1)}, visible={key(1)}) == []

"""Who is asked about when each job costs a call."""

from __future__ import annotations

from collections.abc import Iterable

from tests.support.scripted import make_job
from tui.core.keys import JobKey
from tui.core.models import Job
from tui.core.state import State
from tui.engine.budget import FRESH_S, IDLE_FRESH_S, Budget


def key(number: int) -> JobKey:
    return JobKey("alpha", str(number))


class Rounds:
    """Rounds of a budget, some seconds apart."""

    def __init__(self, budget: Budget | None = None, every_s: float = 100.0) -> None:
        self.budget = budget or Budget()
        self.every_s = every_s
        self.now = 1000.0

    def pick(
        self,
        jobs: Iterable[Job],
        touched: Iterable[JobKey] = (),
        visible: Iterable[JobKey] = (),
        calls: int | None = None,
    ) -> list[JobKey]:
        listed = list(jobs)
        self.now += self.every_s
        picked = self.budget.pick(
            {job.id for job in listed},
            active=[job.id for job in listed if job.state.is_active],
            touched=[one.id for one in touched],
            visible=[one.id for one in visible],
            now=self.now,
            calls=calls,
        )
        return [JobKey("alpha", job) for job in picked]


def running(*numbers: int) -> list[Job]:
    return [make_job(str(number), state=State.RUNNING) for number in numbers]


def idle(*numbers: int) -> list[Job]:
    return [make_job(str(number)) for number in numbers]


def test_idle_jobs_keep_their_share_when_much_runs() -> None:
    jobs = [*running(*range(20)), *idle(*range(20, 30))]
    rounds = Rounds(Budget(calls=10, idle_calls=2))
    picked = [rounds.pick(jobs) for _ in range(5)]
    assert all(len(each) == 10 for each in picked)
    resting = {key(number) for number in range(20, 30)}
    assert [len(resting.intersection(each)) for each in picked] == [2] * 5
    assert resting <= {found for each in picked for found in each}, "each idle job had its turn"


def test_running_jobs_beyond_the_budget_come_in_turn() -> None:
    rounds = Rounds(Budget(calls=10, idle_calls=2))
    first, second = rounds.pick(running(*range(20))), rounds.pick(running(*range(20)))
    assert len(first) == len(second) == 10
    assert not set(first) & set(second)


def test_the_order_is_touched_then_whoever_waits_longest() -> None:
    jobs = [*idle(1, 2, 4), make_job("3", state=State.QUEUED)]
    assert Rounds().pick(jobs, touched=[key(4)], visible=[key(2)]) == [key(4), key(3), key(2), key(1)]


def test_urgent_jobs_take_what_idle_ones_leave() -> None:
    jobs = [*running(*range(9)), *idle(9)]
    assert len(Rounds(Budget(calls=10, idle_calls=5)).pick(jobs)) == 10


def test_a_young_answer_is_not_asked_for_again() -> None:
    rounds = Rounds(every_s=FRESH_S / 2)
    jobs = [*running(1), *idle(2, 3)]
    assert rounds.pick(jobs, visible=[key(2)]) == [key(1), key(2), key(3)]
    assert rounds.pick(jobs, visible=[key(2)]) == []
    assert rounds.pick(jobs, touched=[key(3)], visible=[key(2)]) == [key(3), key(1), key(2)]


def test_a_job_at_rest_is_asked_about_seldom_in_a_small_fleet() -> None:
    rounds = Rounds(every_s=2.0)
    asked = [len(rounds.pick(idle(*range(20)))) for _ in range(33)]
    rounds_with_one = len(asked) // 2
    assert sum(asked) <= 20 * (1 + int(60 // IDLE_FRESH_S)) + rounds_with_one


def test_a_fleet_at_rest_is_asked_about_one_job_so_that_an_outage_is_noticed() -> None:
    rounds = Rounds(every_s=FRESH_S)
    jobs = idle(*range(3))
    assert len(rounds.pick(jobs)) == 3
    assert [rounds.pick(jobs) for _ in range(3)] == [[key(number)] for number in range(3)]


def test_what_somebody_waits_for_is_never_older_than_five_seconds() -> None:
    rounds = Rounds(every_s=2.0)
    jobs = [*running(*range(30)), *idle(*range(30, 10_000))]
    visible = [key(number) for number in range(30, 65)]
    asked_at: dict[JobKey, float] = {}
    oldest = 0.0
    for number in range(30):
        picked = rounds.pick(jobs, touched=[key(9999)], visible=visible)
        assert number == 0 or len(picked) <= 40, "the budget holds: twenty a second"
        asked_at.update(dict.fromkeys(picked, rounds.now))
        if number > 3:
            waited_for = [*(job.key for job in jobs[:30]), *visible, key(9999)]
            oldest = max(oldest, *(rounds.now - asked_at[one] for one in waited_for))
    assert 2.0 <= oldest <= 4.0, "the next answer comes one round later at the latest"


def test_every_job_of_a_large_fleet_has_its_turn() -> None:
    rounds = Rounds(every_s=2.0)
    jobs = idle(*range(1000))
    seen: list[JobKey] = [found for _ in range(24) for found in rounds.pick(jobs)]
    assert len(set(seen)) == 1000
    assert len(seen) < 1100, "nobody twice before everybody once"


def test_known_jobs_at_rest_are_asked_about_slowly_and_new_ones_at_once() -> None:
    rounds = Rounds(every_s=100.0)
    rounds.every_s = 4.0
    assert len(rounds.pick(idle(*range(60)))) == 60
    rounds.now += 40
    rounds.pick(idle(*range(60)), calls=0)
    assert len(rounds.pick(idle(*range(60)))) == 20, "five a second"
    assert len(rounds.pick(idle(*range(100)))) == 60, "forty that are new, and twenty others"


def test_a_job_that_comes_back_has_its_turn_early() -> None:
    rounds = Rounds(Budget(calls=1, idle_calls=1))
    assert rounds.pick(idle(1)) == [key(1)]
    assert rounds.pick(idle(2)) == [key(2)]
    assert rounds.pick(idle(1, 2)) == [key(1)]


def test_a_command_may_ask_about_all_or_none() -> None:
    rounds = Rounds(Budget(calls=5))
    assert rounds.pick(idle(*range(20)), calls=0) == []
    assert len(rounds.pick(idle(*range(20)), calls=500)) == 20


def test_no_jobs_cost_nothing() -> None:
    assert Rounds().pick([], touched=[key(1)], visible=[key(1)]) == []

"""The store: what counts as a change, who is told, and when a job is stale."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.clock import START, FakeClock
from tests.support.scripted import make_job
from tui.core.keys import JobKey, RunKey
from tui.core.models import (
    Action,
    ActionKind,
    Health,
    HealthStatus,
    Receipt,
    ReceiptStatus,
    Trend,
)
from tui.core.redaction import Redactor
from tui.core.state import State
from tui.engine.store import STALE_S, Store, StoreChange

if TYPE_CHECKING:
    from collections.abc import Callable

    from tui.core.models import Job

LATER = START + timedelta(seconds=15)
ONE = JobKey("alpha", "1")
TWO = JobKey("alpha", "2")


@pytest.fixture
def store() -> Store:
    return Store(FakeClock())


@pytest.fixture
def changes(store: Store) -> list[StoreChange]:
    heard: list[StoreChange] = []
    store.subscribe(heard.append)
    return heard


class TestUpsert:
    def test_new_jobs_are_told_once_a_call(self, store: Store, changes: list[StoreChange]) -> None:
        assert store.upsert([make_job("1"), make_job("2")]) == {ONE, TWO}
        assert changes == [StoreChange(jobs=frozenset({ONE, TWO}))]
        assert store.revision == 1

    def test_a_newer_observation_alone_is_no_change(self, store: Store, changes: list[StoreChange]) -> None:
        store.upsert([make_job()])
        changes.clear()
        assert store.upsert([make_job(observed_at=LATER)]) == frozenset()
        assert store.jobs[ONE].observed_at == LATER
        assert changes == []
        assert store.revision == 1

    @pytest.mark.parametrize(
        "change",
        [
            {"state": State.FAILED},
            {"name": "renamed"},
            {"progress": 0.5},
            {"last_result": None},
            {"tags": ("x",)},
            {"is_held": True},
            {"next_run_at": LATER},
        ],
    )
    def test_any_other_field_is_a_change(
        self, store: Store, changes: list[StoreChange], change: dict[str, Any]
    ) -> None:
        store.upsert([make_job(), make_job("2")])
        changes.clear()
        changed = make_job(observed_at=LATER, **change)
        assert store.upsert([changed, make_job("2", observed_at=LATER)]) == {ONE}
        assert changes == [StoreChange(jobs=frozenset({ONE}))]
        assert store.jobs[ONE] == changed
        assert store.revision == 2

    @pytest.mark.parametrize("field", ["name", "kind", "path", "substate", "native_state", "message", "url"])
    def test_every_text_is_scrubbed(self, store: Store, field: str) -> None:
        store.upsert([make_job(**{field: "a\x1b[2Jb\u202e"})])
        assert getattr(store.jobs[ONE], field) == "ab"

    def test_ids_are_escaped_and_tags_scrubbed(self, store: Store) -> None:
        odd = ONE._replace(id="1\\u0007")
        dirty = make_job("1\x07", run_id="r\x1b1", tags=("a\nb", "c"))
        assert store.upsert([dirty]) == {odd}
        assert store.jobs[odd].run_id == "r\\u001b1"
        assert store.jobs[odd].tags == ("a b", "c")

    def test_the_same_dirty_text_again_is_no_change(self, store: Store, changes: list[StoreChange]) -> None:
        store.upsert([make_job(message="bell\x07")])
        changes.clear()
        assert store.upsert([make_job(message="bell\x07", observed_at=LATER)]) == frozenset()
        assert store.jobs[ONE].observed_at == LATER
        assert changes == []

    def test_a_long_message_is_cut(self, store: Store) -> None:
        store.upsert([make_job(message="x" * 5000)])
        assert len(store.jobs[ONE].message) == 1000

    def test_a_clean_job_is_kept_as_it_is(self, store: Store) -> None:
        job = make_job(message="ORA-12541: TNS:no listener", tags=("dwh",))
        store.upsert([job])
        assert store.jobs[ONE] is job

    def test_nothing_is_no_change(self, store: Store, changes: list[StoreChange]) -> None:
        assert store.upsert([]) == frozenset()
        assert changes == []

    def test_views_are_read_only(self, store: Store) -> None:
        for view in (store.jobs, store.health, store.trends, store.receipts):
            assert not hasattr(view, "__setitem__")


class TestKeepOnly:
    def test_vanished_jobs_are_dropped_and_told(self, store: Store, changes: list[StoreChange]) -> None:
        store.upsert([make_job("1"), make_job("2"), make_job("1", "beta")])
        store.set_trends({TWO: Trend((State.FAILED,), (1.0,))})
        changes.clear()
        assert store.keep_only("alpha", ["1"]) == {TWO}
        assert changes == [StoreChange(removed=frozenset({TWO}))]
        assert set(store.jobs) == {ONE, JobKey("beta", "1")}
        assert TWO not in store.trends
        assert set(store.keys_of("alpha")) == {ONE}

    def test_nothing_vanished_is_no_change(self, store: Store, changes: list[StoreChange]) -> None:
        store.upsert([make_job("1")])
        revision = store.revision
        changes.clear()
        assert store.keep_only("alpha", {"1", "9"}) == frozenset()
        assert store.keep_only("nobody", set()) == frozenset()
        assert changes == []
        assert store.revision == revision

    def test_a_dropped_job_can_come_back(self, store: Store) -> None:
        store.upsert([make_job("1")])
        store.keep_only("alpha", ())
        assert store.upsert([make_job("1")]) == {ONE}


def make_health(status: HealthStatus = HealthStatus.OK, **changes: object) -> Health:
    health = Health("alpha", "scripted", status=status, last_ok_at=START)
    return replace(health, **changes)  # type: ignore[arg-type]


class TestHealth:
    def test_a_change_is_told_with_the_connection(self, store: Store, changes: list[StoreChange]) -> None:
        store.set_health(make_health())
        assert changes == [StoreChange(connections=frozenset({"alpha"}))]
        assert store.health["alpha"].status is HealthStatus.OK
        assert store.revision == 1

    def test_another_good_sweep_is_told_but_is_no_real_change(
        self, store: Store, changes: list[StoreChange]
    ) -> None:
        store.set_health(make_health())
        changes.clear()
        store.set_health(make_health(last_ok_at=LATER, next_try_at=LATER, sweep_s=0.2))
        assert changes == [StoreChange(connections=frozenset({"alpha"}))]
        assert store.revision == 1

    def test_the_same_health_is_not_told(self, store: Store, changes: list[StoreChange]) -> None:
        store.set_health(make_health())
        changes.clear()
        store.set_health(make_health())
        assert changes == []

    def test_texts_are_scrubbed(self, store: Store) -> None:
        store.set_health(make_health(message="no\x1b[31m\nway", hint="try\u202eagain", code="\x074"))
        health = store.health["alpha"]
        assert (health.code, health.message, health.hint) == ("4", "no way", "tryagain")


class TestTrendsAndReceipts:
    def test_a_new_trend_is_told_with_its_job(self, store: Store, changes: list[StoreChange]) -> None:
        store.upsert([make_job()])
        changes.clear()
        trend = Trend((State.FAILED,), (2.0,))
        store.set_trends({ONE: trend, TWO: trend})
        assert changes == [StoreChange(jobs=frozenset({ONE}))]
        store.set_trends({ONE: trend})
        assert len(changes) == 1
        assert store.trends[ONE] == trend

    def test_a_new_receipt_is_told_with_its_job(self, store: Store, changes: list[StoreChange]) -> None:
        store.upsert([make_job()])
        changes.clear()
        sent = Receipt("q1", Action(ActionKind.STOP, ONE), ReceiptStatus.SENT, START, START)
        store.set_receipt(sent)
        store.set_receipt(sent)
        store.set_receipt(replace(sent, status=ReceiptStatus.ACCEPTED))
        assert changes == [StoreChange(jobs=frozenset({ONE}))] * 2
        assert store.receipts[ONE].status is ReceiptStatus.ACCEPTED


class TestStaleness:
    def job(self, store: Store) -> Job:
        store.upsert([make_job()])
        return store.jobs[ONE]

    def test_a_job_of_an_unknown_connection_is_stale(self, store: Store) -> None:
        assert store.is_stale(self.job(store), START)

    @pytest.mark.parametrize(
        ("status", "expected"),
        [
            (HealthStatus.OK, False),
            (HealthStatus.PAUSED, False),
            (HealthStatus.CONNECTING, True),
            (HealthStatus.FAILING, True),
            (HealthStatus.UNAUTHORIZED, True),
            (HealthStatus.BROKEN, True),
        ],
    )
    def test_it_is_stale_unless_its_connection_works(
        self, store: Store, status: HealthStatus, *, expected: bool
    ) -> None:
        store.set_health(make_health(status))
        assert store.is_stale(self.job(store), START) is expected

    def test_it_is_stale_before_the_first_complete_sweep(self, store: Store) -> None:
        store.set_health(make_health(last_ok_at=None))
        assert store.is_stale(self.job(store), START)

    @pytest.mark.parametrize(("age_s", "expected"), [(-5, False), (48, False), (49, True)])
    def test_it_is_stale_when_three_sweeps_are_overdue(
        self, store: Store, age_s: float, *, expected: bool
    ) -> None:
        store.set_health(make_health(next_try_at=START + timedelta(seconds=15), sweep_s=1.0))
        assert store.is_stale(self.job(store), START + timedelta(seconds=age_s)) is expected

    @pytest.mark.parametrize(("age_s", "expected"), [(STALE_S, False), (STALE_S + 1, True)])
    def test_without_a_next_sweep_a_minute_counts(
        self, store: Store, age_s: float, *, expected: bool
    ) -> None:
        store.set_health(make_health(HealthStatus.PAUSED))
        assert store.is_stale(self.job(store), START + timedelta(seconds=age_s)) is expected


class TestListeners:
    def test_each_is_called_until_it_leaves(self, store: Store, changes: list[StoreChange]) -> None:
        heard: list[StoreChange] = []
        leave = store.subscribe(heard.append)
        store.upsert([make_job("1")])
        leave()
        leave()
        store.upsert([make_job("2")])
        assert len(heard) == 1
        assert len(changes) == 2

    def test_they_see_the_changed_store(self, store: Store) -> None:
        seen: list[int] = []
        store.subscribe(lambda _: seen.append(len(store.jobs)))
        store.upsert([make_job("1")])
        assert seen == [1]

    def test_one_may_leave_while_it_is_called(self, store: Store, changes: list[StoreChange]) -> None:
        leaves: list[Callable[[], None]] = []
        heard: list[StoreChange] = []

        def leave_at_once(change: StoreChange) -> None:
            heard.append(change)
            leaves[0]()

        leaves.append(store.subscribe(leave_at_once))
        store.subscribe(heard.append)
        store.upsert([make_job("1")])
        assert len(heard) == 2
        store.upsert([make_job("2")])
        assert len(heard) == 3
        assert len(changes) == 2


def test_first_errors_are_told_of_the_run_they_belong_to(store: Store) -> None:
    broken = make_job("1", state=State.FAILED, last_result=State.FAILED, run_id="r1", message="exit code 1")
    store.upsert([broken])
    before = store.revision
    store.set_first_errors({RunKey("alpha", "1", "r1"): "no space left", RunKey("alpha", "9", "r1"): "lost"})
    assert store.revision == before + 1
    assert store.first_error(broken.key) == store.first_errors[broken.key] == "no space left"
    store.set_first_errors({RunKey("alpha", "1", "r1"): "no space left"})
    assert store.revision == before + 1
    store.upsert([replace(broken, run_id="r2")])
    assert store.first_error(broken.key) == ""
    store.keep_only("alpha", ())
    assert broken.key not in store.first_errors
    assert list(store.first_errors) == [JobKey("alpha", "9")]
    assert len(store.first_errors) == 1


SECRET = "hunter2-Hunter2"


class TestSecrets:
    @pytest.fixture
    def store(self, store: Store) -> Store:
        store.redactor = Redactor()
        store.redactor.add(SECRET)
        return store

    def test_no_text_of_a_job_tells_a_secret(self, store: Store) -> None:
        texts = dict.fromkeys(("name", "kind", "path", "substate", "native_state", "url"), f"<{SECRET}>")
        word = b64encode(f"ops:{SECRET}".encode()).decode()
        store.upsert([make_job(**texts, message=f"sent {word}", tags=(SECRET, "x")), make_job("2", name="b")])
        job = store.jobs[ONE]
        assert {getattr(job, name) for name in texts} == {"<•••>"}
        assert (job.message, job.tags) == ("sent •••", ("•••", "x"))
        assert store.jobs[TWO].name == "b"

    def test_what_looks_like_a_secret_is_masked_in_messages_alone(self, store: Store) -> None:
        store.upsert([make_job(name="token: abc", message="bad password=abc at https://x/y?z=1")])
        job = store.jobs[ONE]
        assert (job.name, job.message) == ("token: abc", "bad password=••• at https://x/y?•••")

    def test_ids_stay_for_jobs_are_asked_for_by_them(self, store: Store) -> None:
        assert store.upsert([make_job(SECRET)]) == {JobKey("alpha", SECRET)}
        assert store.jobs[JobKey("alpha", SECRET)].id == SECRET

    def test_the_same_secret_again_is_no_change(self, store: Store, changes: list[StoreChange]) -> None:
        store.upsert([make_job(message=SECRET)])
        changes.clear()
        assert store.upsert([make_job(message=SECRET, observed_at=LATER)]) == frozenset()
        assert store.jobs[ONE].observed_at == LATER
        assert changes == []

    def test_a_secret_torn_by_what_is_not_shown_is_masked(self, store: Store) -> None:
        store.upsert([make_job(name=f"{SECRET[:4]}\u200b{SECRET[4:]}")])
        assert SECRET not in store.jobs[ONE].name

    async def test_what_becomes_a_secret_later_is_masked_then(
        self, store: Store, changes: list[StoreChange]
    ) -> None:
        store.upsert([make_job(message="with T0k3n-1234"), make_job("2")])
        changes.clear()
        assert store.redactor is not None
        await store.hide_again()
        assert changes == []
        store.redactor.add_passing("T0k3n-1234")
        await store.hide_again()
        assert store.jobs[ONE].message == "with •••"
        assert changes == [StoreChange(jobs=frozenset({ONE}))]
        await store.hide_again()
        assert len(changes) == 1

    async def test_a_job_that_is_observed_meanwhile_is_not_put_back(
        self, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("tui.engine.store._CHUNK", 1)
        store.upsert([make_job("1"), make_job("2", message="with T0k3n-1234")])
        assert store.redactor is not None
        store.redactor.add("T0k3n-1234")
        hiding = asyncio.create_task(store.hide_again())
        await asyncio.sleep(0)
        store.upsert([make_job("2", message="better")])
        await hiding
        assert store.jobs[TWO].message == "better"

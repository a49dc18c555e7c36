"""The query language by examples: what each field asks, and how a text is read."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.support.fleet import NOW
from tui.core.keys import JobKey
from tui.core.models import Job, Trend
from tui.core.state import State
from tui.engine.query import ALL, Query, QueryContext, parse_query, quote_value
from tui.engine.query.fields import FIELDS

ORDERS = Job(
    connection="talend-prod",
    type="talend",
    id="2502",
    name="load_Orders",
    state=State.FAILED,
    observed_at=NOW - timedelta(seconds=30),
    kind="task",
    path="DWH/Sales",
    substate="timeout",
    native_state="ERROR_WHILE_EXECUTING_JOB",
    last_result=State.FAILED,
    run_id="1406_fVsht",
    started_at=NOW - timedelta(hours=1),
    ended_at=NOW - timedelta(minutes=48),
    duration_s=720.0,
    next_run_at=NOW + timedelta(hours=8),
    exit_code=1,
    message="ORA-12541: TNS:no listener",
    tags=("nightly", "sla"),
)
SYNC = Job(
    connection="local",
    type="local",
    id="sync",
    name="hourly sync",
    state=State.RUNNING,
    observed_at=NOW - timedelta(minutes=10),
    started_at=NOW - timedelta(minutes=5),
    progress=0.64,
    last_result=State.SUCCEEDED,
    is_held=True,
)
NEVER = Job(
    connection="iics",
    type="informatica",
    id="7",
    name="größe",
    state=State.NEVER_RUN,
    observed_at=NOW,
    next_run_at=NOW - timedelta(minutes=1),
)
FLEET = {"orders": ORDERS, "sync": SYNC, "never": NEVER}
CONTEXT = QueryContext(
    NOW,
    {ORDERS.key: Trend(usual_s=300.0), SYNC.key: Trend(usual_s=290.0)},
    {"talend-prod": "prod", "iics": "dev"},
    UTC,
)


def found(text: str, context: QueryContext = CONTEXT) -> set[str]:
    """The names, as above, of the jobs that a query asks for."""
    query = parse_query(text)
    return {name for name, job in FLEET.items() if query.matches(job, context)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "orders sync never"),
        ("state:failed", "orders"),
        ("STATE:Failed,RUNNING", "orders sync"),
        ("state!=failed,running", "never"),
        ("state:*ed", "orders"),
        ("state~run", "sync never"),
        ("status=running", "sync"),
        ("last:failed", "orders"),
        ("last:none", "never"),
        ("last:any", "orders sync"),
        ("last!=failed", "sync never"),
        ("system:talend", "orders"),
        ("type:TALEND,local", "orders sync"),
        ("conn:*-prod", "orders"),
        ("connection:talend-p???", "orders"),
        ("conn:[il]*", "sync never"),
        ('conn:"*-prod"', ""),
        ("env:prod", "orders"),
        ("env:prod,dev", "orders never"),
        ('env:""', "sync"),
        ("name~ORDERS", "orders"),
        ("name:load_orders", "orders"),
        ("name:orders", ""),
        ("name~/^load|sync$/", "orders sync"),
        ("name~/O.D/", "orders"),
        ("name!~/o/", "never"),
        ('name:"hourly sync"', "sync"),
        ("name:GRÖSSE", "never"),
        ("id:2502,7", "orders never"),
        ("path:dwh/*", "orders"),
        ("path~/h\\/s/", "orders"),
        ("kind:task", "orders"),
        ('kind:""', "sync never"),
        ("tag:nightly", "orders"),
        ("tag:s*", "orders"),
        ("tag!=sla", "sync never"),
        ('tag:""', "sync never"),
        ("message~listener", "orders"),
        ('msg!=""', "orders"),
        ("native~error", "orders"),
        ("sub:timeout", "orders"),
        ("run:1406*", "orders"),
        ("exit:1", "orders"),
        ("exit!=0", "orders"),
        ("exit>0", "orders"),
        ("exit:none", "sync never"),
        ("exit:any", "orders"),
        ("progress>50%", "sync"),
        ("progress>=64", "sync"),
        ("progress>64", ""),
        ("progress:64%", "sync"),
        ("dur>10m", "orders"),
        ("dur>=12m", "orders"),
        ("dur>12m", ""),
        ("dur<10m", "sync"),
        ("dur>2x", "orders"),
        ("dur>1x", "orders sync"),
        ("dur>1.5×", "orders"),
        ("dur:none", "never"),
        ("duration:any", "orders sync"),
        ("since:30m", "sync"),
        ("since:1h", "orders sync"),
        ("since<1h", "sync"),
        ("since>=1h", "orders"),
        ("since!=30m", "orders never"),
        ("started:none", "never"),
        ("since:13:30", "sync"),
        ("since:2026-11-21", "orders sync"),
        ("since:2026-11-21T13:10Z", "sync"),
        ('since:"2026-11-21 15:10+02:00"', "sync"),
        ("since:today", "orders sync"),
        ("since<today", ""),
        ("ended<1h", "orders"),
        ("ended>1h", ""),
        ("ended>13:00", "orders"),
        ("ended<13:00", ""),
        ("next:9h", "orders never"),
        ("next:1h", "never"),
        ("next>1h", "orders"),
        ("next:23:00", "orders never"),
        ("next:13:00", "orders never"),
        ("next:21:00", "never"),
        ("next:none", "sync"),
        ("age>5m", "sync"),
        ("age:1m", "orders never"),
        ("is:held", "sync"),
        ("is!=held", "orders never"),
        ("is:final", "orders"),
        ("is:active", "sync"),
        ("is:problem", "orders"),
        ("is:overdue", "never"),
        ("is:held,overdue", "sync never"),
        ("listener", "orders"),
        ("ORA-12541:", "orders"),
        ("orders tns", "orders"),
        ("orders sync", ""),
        ("orders,sync", "orders sync"),
        ('"hourly sync"', "sync"),
        ("'TNS:no'", "orders"),
        ("2502", "orders"),
        ("nightly", "orders"),
        ("talend-prod", "orders"),
        ("not orders", "sync never"),
        ("not state:failed not is:held", "never"),
        ("state:failed or is:held", "orders sync"),
        ("state:failed and is:held", ""),
        ("state:running or state:failed exit:1", "orders sync"),
        ("(state:running or state:failed) exit:1", "orders"),
        ("not (state:running or state:failed)", "never"),
        ("NOT state:failed AND NOT state:running", "never"),
        ("name ~ orders", "orders"),
        ("dur > 10m state : failed", "orders"),
        ("state:failed , running", "orders sync"),
        ("state:failed since:2h dur>10m dur>2x tag:sla system:talend not state:running or orders", "orders"),
    ],
)
def test_a_query_finds(text: str, expected: str) -> None:
    assert found(text) == set(expected.split())
    assert found(str(parse_query(text))) == set(expected.split())


@pytest.mark.parametrize("name", FIELDS)
def test_the_example_of_every_field_is_a_query(name: str) -> None:
    assert str(parse_query(FIELDS[name].example)).startswith(name)


def test_times_of_day_are_those_of_the_zone() -> None:
    in_berlin = CONTEXT._replace(zone=ZoneInfo("Europe/Berlin"))
    assert found("since:14:30", in_berlin) == {"sync"}
    assert found("since:14:00", in_berlin) == {"orders", "sync"}


def test_yesterday_begins_at_midnight_of_the_zone_also_when_the_clocks_change() -> None:
    zone = ZoneInfo("Europe/Berlin")
    after_change = QueryContext(datetime(2026, 10, 26, 12, tzinfo=UTC), {}, {}, zone)
    query = parse_query("since:yesterday")
    began = datetime(2026, 10, 24, 22, tzinfo=UTC)
    assert query.matches(replace(SYNC, started_at=began), after_change)
    assert not query.matches(replace(SYNC, started_at=began - timedelta(seconds=1)), after_change)


def test_without_a_zone_the_machines_own_counts() -> None:
    local_noon = datetime(2026, 11, 21, 12, 0).astimezone()
    context = QueryContext(local_noon.astimezone(UTC), {}, {})
    at_eleven = replace(SYNC, started_at=(local_noon - timedelta(hours=1)).astimezone(UTC))
    assert parse_query("since:11:00").matches(at_eleven, context)
    assert not parse_query("since:11:01").matches(at_eleven, context)


def test_a_query_remembers_its_text_and_equals_one_of_the_same_meaning() -> None:
    spelled = parse_query('type = "talend"   AND connection:prod-*')
    assert spelled.text == 'type = "talend"   AND connection:prod-*'
    assert str(spelled) == "system:talend conn:prod-*"
    assert spelled == parse_query("system:talend conn:prod-*")
    assert spelled != parse_query("system:talend")
    assert len({spelled, parse_query(str(spelled))}) == 1


def test_queries_join() -> None:
    joined = parse_query("state:failed or is:held") & parse_query("orders")
    assert str(joined) == "(state:failed or is:held) orders"
    assert (ALL & parse_query("orders")) == parse_query("orders")
    assert (ALL & ALL).is_everything


def test_a_query_knows_what_it_depends_on() -> None:
    assert not parse_query("state:failed exit:1 ended>2026-11-21").depends_on_time
    for text in (
        "since:2h",
        "dur>10m",
        "dur>2x",
        "is:overdue",
        "next:1h",
        "since:today",
        "not since:2h or x",
    ):
        assert parse_query(text).depends_on_time, text
    assert parse_query("state:failed orders").uses_text
    assert not parse_query("name~orders").uses_text
    assert parse_query("not age>5m").uses_age
    assert not parse_query("since:2h").uses_age


def test_the_moments_at_which_a_job_changes_sides() -> None:
    def next_turn(text: str, job: Job) -> datetime | None:
        return parse_query(text).next_turn(job, CONTEXT, NOW)

    assert SYNC.started_at
    assert next_turn("since:2h", SYNC) == SYNC.started_at + timedelta(hours=2)
    assert next_turn("since:1m", SYNC) is None
    assert next_turn("dur>10m or since:2h", SYNC) == SYNC.started_at + timedelta(minutes=10)
    assert next_turn("dur>2x", SYNC) == SYNC.started_at + timedelta(seconds=580)
    assert next_turn("dur>10m", ORDERS) is None
    assert next_turn("not next:1h", ORDERS) == NOW + timedelta(hours=7)
    assert next_turn("since:100w", replace(SYNC, started_at=datetime.max.replace(tzinfo=UTC))) is None


def test_a_question_that_changes_with_the_day_says_when() -> None:
    assert parse_query("since:today").valid_until(CONTEXT) == datetime(2026, 11, 22, tzinfo=UTC)
    assert parse_query("since:13:00").valid_until(CONTEXT) == datetime(2026, 11, 22, 13, tzinfo=UTC)
    assert parse_query("next:22:00 or since:today").valid_until(CONTEXT) == datetime(
        2026, 11, 21, 22, tzinfo=UTC
    )
    assert parse_query("since:2h").valid_until(CONTEXT) is None


@pytest.mark.parametrize(
    "text", ["orders", "a b", "", "prod-*", 'say "x"', "back\\slash", "or", "(", "13:00", "/x/"]
)
def test_any_text_can_be_quoted_as_a_value(text: str) -> None:
    query = parse_query(f"name:{quote_value(text)}")
    assert query.matches(replace(ORDERS, name=text), CONTEXT)
    assert not query.matches(replace(ORDERS, name=f"{text}!"), CONTEXT)


def test_a_fleet_of_many_different_texts_does_not_fill_the_memory_of_verdicts() -> None:
    query = parse_query("path:*9 tag:x1*")
    jobs = [replace(ORDERS, path=str(number), tags=(f"x{number}",)) for number in range(21_000)]
    expected = [job for job in jobs if job.path.endswith("9") and job.path.startswith("1")]
    assert query.select(jobs, CONTEXT) == expected


def test_many_terms_are_no_trouble() -> None:
    text = " or ".join(f"id:{number}" for number in range(3000))
    assert found(text) == {"orders", "never"}
    assert found(" ".join(["load"] * 3000)) == {"orders"}


def test_a_query_is_asked_of_any_moment() -> None:
    query = parse_query("since:30m")
    assert query.matches(SYNC, CONTEXT)
    assert not query.matches(SYNC, CONTEXT._replace(now=NOW + timedelta(hours=1)))
    assert query.matches(SYNC, CONTEXT)


def test_a_job_without_a_known_key_has_no_usual_duration() -> None:
    context = CONTEXT._replace(trends={JobKey("other", "2502"): Trend(usual_s=1.0)})
    assert found("dur>1x", context) == set()
    assert isinstance(parse_query("dur>1x"), Query)

"""What is proposed at the cursor of a query."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.fleet import ENVIRONMENTS, make_jobs
from tests.support.strategies import query_texts
from tui.core.state import State
from tui.engine.query import parse_query
from tui.engine.query.completion import complete
from tui.engine.query.fields import FIELDS
from tui.engine.query.meanings import MEANINGS
from tui.engine.query.occurring import MOST_VALUES, Occurring

VALUES = {
    "conn": {"talend-prod", "Talend-stage", "iics eu"},
    "system": {"talend", "local"},
    "tag": {"nightly", "sla"},
    "path": {"DWH, old", "CRM"},
}


def proposed(text: str) -> list[str]:
    """The texts that are proposed at the end of a query."""
    return [completion.text for completion in complete(text, len(text), VALUES)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("st", ["state:", "since:"]),
        ("STATE", ["state:"]),
        ("system", ["system:"]),
        ("sta", ["state:", "since:"]),
        ("connec", ["conn:"]),
        ("ty", ["system:"]),
        ("du", ["dur>"]),
        ("orders n", ["name~", "next:", "native~", "not "]),
        ("o", ["age>", "or "]),
        ("state:", [state.value for state in State]),
        ("state:f", ["failed"]),
        ("state:FA", ["failed"]),
        ("state:failed,ru", ["running"]),
        ("state!=failed , ru", ["running"]),
        ("last:n", ["never_run", "none"]),
        ("conn:t", ["talend-prod", "Talend-stage"]),
        ("conn:prod", ["talend-prod"]),
        ("connection = tal", ["talend-prod", "Talend-stage"]),
        ("conn:i", ['"iics eu"']),
        ('conn:"i', ['"iics eu"']),
        ("path:d", ['"DWH, old"']),
        ("tag:", ["nightly", "sla"]),
        ("tag~s", ["sla"]),
        ("is:he", ["held"]),
        ("dur>", ["2x", "1m", "10m", "1h"]),
        ("dur:", ["none", "any"]),
        ("since:t", ["today"]),
        ("since:y", ["yesterday"]),
        ("next>", ["10m", "1h", "2h", "24h", "7d"]),
        ("env:p", ["prod"]),
    ],
)
def test_what_is_proposed(text: str, expected: list[str]) -> None:
    assert proposed(text) == expected


@pytest.mark.parametrize("text", ["", "orders ", "(", "not ", "a or ", "state:failed ", 'name:"x" '])
def test_a_new_word_may_be_any_field(text: str) -> None:
    assert [name.rstrip(":~><!=") for name in proposed(text)] == list(FIELDS)


@pytest.mark.parametrize(
    "text", ["state:failed", "(a)", 'name:"x"', 'orders "fre', "foo:b", "a,", "name~/x/y", "> 3"]
)
def test_where_there_is_nothing_to_propose(text: str) -> None:
    assert proposed(text) == []


def test_a_proposal_replaces_what_stands_before_the_cursor_and_nothing_behind_it() -> None:
    text = "state:fai and orders"
    (completion,) = complete(text, 9, VALUES)
    assert (completion.start, completion.end) == (6, 9)
    assert text[: completion.start] + completion.text + text[completion.end :] == "state:failed and orders"


def test_fields_are_proposed_with_what_they_mean() -> None:
    (completion,) = complete("syst", 4, VALUES)
    assert completion == ("system:", 0, 4, "type of its system")


def test_a_cursor_outside_the_text_is_taken_to_its_end() -> None:
    assert complete("sta", 99, VALUES) == complete("sta", 3, VALUES)
    assert [completion.start for completion in complete("sta", -5, VALUES)][:1] == [0]


def test_never_more_than_a_list_can_show() -> None:
    many = {"conn": {f"connection-{number}" for number in range(1000)}}
    assert len(complete("conn:c", 6, many)) == 50


def test_the_values_that_occur_are_counted_portion_by_portion() -> None:
    jobs = make_jobs(500)
    occurring = Occurring()
    for start in range(0, 500, 100):
        occurring.add(jobs[start : start + 100])
    values = occurring.values(ENVIRONMENTS)
    assert values["conn"] == Counter(job.connection for job in jobs)
    assert values["system"] == Counter(job.type for job in jobs)
    assert values["tag"] == Counter(tag for job in jobs for tag in job.tags)
    assert values["path"] == Counter(job.path for job in jobs if job.path)
    assert values["kind"] == Counter(job.kind for job in jobs)
    assert values["state"]["failed"] == sum(job.state is State.FAILED for job in jobs)
    assert values["env"] == Counter(
        ENVIRONMENTS[job.connection] for job in jobs if ENVIRONMENTS[job.connection]
    )
    assert "" not in {value for counts in values.values() for value in counts}


def test_a_value_for_each_job_never_makes_a_keystroke_slow() -> None:
    jobs = [replace(job, path=f"folder {number}") for number, job in enumerate(make_jobs(MOST_VALUES + 50))]
    occurring = Occurring()
    occurring.add([*jobs, replace(jobs[0], path="often"), replace(jobs[1], path="often")])
    paths = occurring.values({})["path"]
    assert len(paths) == MOST_VALUES
    assert paths["often"] == 2


def test_a_value_says_what_it_means_and_how_many_jobs_have_it() -> None:
    counted = {"conn": Counter({"talend-prod": 1012, "talend-stage": 1}), "state": Counter({"failed": 3})}
    assert [c.title for c in complete("conn:ta", 7, counted)] == ["1,012 jobs", "1 job"]
    assert [c.title for c in complete("state:fa", 8, counted)] == ["it ended badly · 3 jobs"]
    assert [c.title for c in complete("is:he", 5, counted)] == ["kept from starting by itself"]


def test_every_value_with_a_meaning_is_one_that_is_offered() -> None:
    for field, meanings in MEANINGS.items():
        assert set(meanings) <= set(FIELDS[field].choices)


@settings(max_examples=200)
@given(query_texts(), st.integers(0, 30))
def test_any_text_at_any_cursor_has_proposals_that_fit_in(text: str, cursor: int) -> None:
    for completion in complete(text, cursor, VALUES):
        assert 0 <= completion.start <= completion.end <= len(text)
        assert completion.text


@given(st.sampled_from(["state:", "last!=", "conn:", "tag:", "path:", "is:", "dur>", "since:", "exit:"]))
def test_every_proposed_value_makes_a_query(term: str) -> None:
    assert proposed(term)
    for value in proposed(term):
        parse_query(term + value)

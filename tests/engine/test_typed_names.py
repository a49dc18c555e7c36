"""What is asked to be typed can be typed, is shown letter by letter, and means the job that is acted on."""

from __future__ import annotations

import unicodedata

import pytest

from tests.support.hostile_texts import HUGE, hostile_texts
from tests.support.scripted import make_job
from tui.core.redaction import MASK
from tui.engine.guard import GuardLevel, confirmation_refusal, expected_confirmation
from tui.engine.scrubbing import clean_job
from tui.engine.typed_name import LONGEST, UNNAMED, is_typable, is_typed, name_to_type, what_is_typed

NAME = GuardLevel.NAME


@pytest.mark.parametrize(
    "name", ["load 1", "a", "Täglich", "世界の仕事", "שלום", "กี่", "नमस्ते", "x < y", "10 €", "é"]
)
def test_a_name_of_any_language_is_typed_as_it_is(name: str) -> None:
    job = make_job("4711", name=name)
    assert name_to_type(job) == name
    assert what_is_typed(job) == "the job's name"


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        "\u3000",
        "🚀 launch",
        "a\ufffd",
        "\ue000",
        "x\u0301\u0302\u0303\u0304",
        "\u0301a",
        "⚠ b",
        "\u2800",
    ],
)
def test_where_nobody_could_type_the_name_it_is_the_id(name: str) -> None:
    job = make_job("4711", name=name)
    assert expected_confirmation(NAME, job) == "4711"
    assert what_is_typed(job) == "the job's id"
    assert confirmation_refusal(NAME, job, "4711") == ""
    assert "the job's id is '4711'" in confirmation_refusal(NAME, job, "nonsense")
    assert confirmation_refusal(NAME, job, name)


@pytest.mark.parametrize("name", ["x" * 500, f"load {MASK}", "⚠\ufe0f"])
def test_the_id_is_typed_for_a_long_or_hidden_name_too(name: str) -> None:
    assert expected_confirmation(NAME, make_job("4711", name=name)) == "4711"


def test_where_neither_can_be_typed_it_is_a_word() -> None:
    job = make_job("🚀", name="🚀🚀")
    assert expected_confirmation(NAME, job) == UNNAMED
    assert what_is_typed(job) == "the word"
    assert confirmation_refusal(NAME, job, UNNAMED) == ""
    assert f"the word is '{UNNAMED}'" in confirmation_refusal(NAME, job, "🚀🚀")


@pytest.mark.parametrize(
    ("expected", "typed"),
    [("é", "e\u0301"), ("e\u0301", "é"), ("a\u00a0b", "a b"), ("a  b", "a b"), ("ｆ", "f")],
)
def test_what_no_eye_can_tell_apart_is_the_same(expected: str, typed: str) -> None:
    assert is_typed(typed, expected)


@pytest.mark.parametrize("typed", ["Load", "loa d", "load2", "", "lоad"])
def test_everything_else_is_not(typed: str) -> None:
    assert not is_typed(typed, "load")


def test_of_every_hostile_job_something_can_be_typed() -> None:
    for text in (*hostile_texts(3_000, seed=21), *HUGE):
        job = clean_job(make_job(text, name=text))
        wanted = expected_confirmation(NAME, job)
        assert wanted == wanted.strip()
        assert 0 < len(wanted) <= LONGEST
        assert is_typable(wanted)
        assert not any(unicodedata.category(character)[0] == "C" for character in wanted)
        assert confirmation_refusal(NAME, job, wanted) == ""
        assert confirmation_refusal(NAME, job, "") != ""

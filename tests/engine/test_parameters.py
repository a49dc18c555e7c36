"""Filling in parameters: what is wrong with values, what is sent, and the file they are edited in."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.core.models import Parameter
from tui.core.redaction import MASK
from tui.engine.parameters import (
    ParameterValues,
    Problem,
    choices_of,
    hint_for,
    without_masked,
    wrong_with,
)
from tui.engine.parameters_file import as_json, as_toml, values_in

DAY = Parameter("load_date", "date", description="the day to load", is_required=True)
REGION = Parameter("region", default="EU", choices=("EU", "US"))
FULL = Parameter("full", "boolean", default="false")
OPTIONS = Parameter("options", "json")
MODE = Parameter("mode", default="delta", is_required=True)
TEXT = st.text(st.characters(codec="utf-8"), max_size=40)


@pytest.mark.parametrize(
    ("type_", "value", "wrong"),
    [
        ("string", "", ""),
        ("string", "anything [at] all", ""),
        ("number", "12", ""),
        ("number", "-0.5e3", ""),
        ("number", "12a", "must be a number, such as 12 or 0.5"),
        ("number", "", "must be a number, such as 12 or 0.5"),
        ("number", "nan", "must be a number, such as 12 or 0.5"),
        ("boolean", "true", ""),
        ("boolean", "yes", "must be true or false"),
        ("date", "2026-11-21", ""),
        ("date", "2026-11-21T14:00:00+01:00", ""),
        ("date", "21.11.2026", "must be a date such as 2026-11-21, or with a time 2026-11-21T14:00:00"),
        ("json", '{"a": [1, 2]}', ""),
        ("json", '{"a": 1,}', "line 1 column 9: "),
        ("json", '{\n  "a" 1}', "line 2 column 7: expecting ':' delimiter"),
        ("json", "[" * 100_000, "is nested too deeply"),
        ("a new type", "x", ""),
    ],
)
def test_values_are_checked_by_type(type_: str, value: str, wrong: str) -> None:
    told = wrong_with(Parameter("p", type_), value)
    assert told == wrong if not wrong.endswith(": ") else told.startswith(wrong)


def test_required_ones_and_choices_are_held() -> None:
    values = ParameterValues([DAY, REGION, FULL], {"region": "eu", "other": "1", " ": "2"})
    assert values.problems() == [
        Problem("load_date", "is required"),
        Problem("region", "must be one of EU, US"),
        Problem("other", "is no parameter that the system tells of"),
        Problem(" ", "has no name"),
    ]
    assert wrong_with(DAY, "  ") == "is required"


def test_where_nothing_is_told_any_name_may_be_given() -> None:
    values = ParameterValues([], {"a": "1"})
    assert (values.is_free, values.problems(), values.to_send()) == (True, [], {"a": "1"})


def test_defaults_are_sent_only_where_they_are_needed() -> None:
    values = ParameterValues([DAY, REGION, FULL, MODE], {"load_date": "2026-11-21"})
    assert values.problems() == []
    assert values.to_send() == {"load_date": "2026-11-21", "mode": "delta"}
    values.given["region"] = "EU"
    assert values.to_send()["region"] == "EU"


def test_what_may_be_filled_in_is_told() -> None:
    assert (hint_for(REGION), hint_for(FULL), hint_for(MODE)) == ("one of EU, US", "true or false", "")
    assert (choices_of(REGION), choices_of(FULL), choices_of(DAY)) == (("EU", "US"), ("true", "false"), ())
    assert ParameterValues([DAY]).parameter("load_date") is DAY
    assert ParameterValues([DAY]).parameter("other") == Parameter("other")


def test_a_mask_is_never_used_as_a_value() -> None:
    kept, lost = without_masked({"day": "1", "token": MASK, "url": f"https://x/?{MASK}"})
    assert (kept, lost) == ({"day": "1"}, ["token", "url"])


class TestFile:
    def test_it_tells_what_each_parameter_is(self) -> None:
        text = as_toml(ParameterValues([DAY, REGION], {"load_date": "2026-11-21"}), "load\norders")
        assert text == (
            "# load orders\n"
            "# Save and leave the editor to go on. What is commented out keeps its default.\n\n"
            "# a date: 2026-11-21, or with a time: 2026-11-21T14:00:00, required. the day to load\n"
            'load_date = "2026-11-21"\n\n'
            "# one of EU, US\n"
            '# region = "EU"\n'
        )
        assert values_in(text) == {"load_date": "2026-11-21"}

    def test_long_json_stays_readable(self) -> None:
        text = as_toml(ParameterValues([OPTIONS], {"options": '{\n  "a": 1\n}'}), "t")
        assert "options = '''\n{\n  \"a\": 1\n}'''\n" in text

    @given(st.dictionaries(TEXT, TEXT, max_size=5))
    def test_what_is_written_is_read_back(self, given_values: dict[str, str]) -> None:
        assert values_in(as_toml(ParameterValues([], given_values), "title")) == given_values
        told = [Parameter(name, default="d", description=value) for name, value in given_values.items()]
        assert values_in(as_toml(ParameterValues(told, given_values), "title")) == given_values
        assert values_in(as_toml(ParameterValues(told), "title")) == {}
        assert values_in(as_json(given_values)) == given_values

    def test_values_that_are_no_text_become_text(self) -> None:
        told = "n = 5\nf = 0.50\nyes = true\nday = 2026-11-21\nat = 2026-11-21T10:00:00\nl = [1, 'a']\n"
        assert values_in(told) == {
            "n": "5",
            "f": "0.50",
            "yes": "true",
            "day": "2026-11-21",
            "at": "2026-11-21T10:00:00",
            "l": '[1, "a"]',
        }
        assert values_in('{"a": null, "b": {"c": 1.5}}') == {"a": "null", "b": '{"c": 1.5}'}

    @pytest.mark.parametrize(
        ("text", "place"),
        [("a = \n", "line 1, column 5"), ('{"a": }', "line 1 column 7"), ("a = 1\na = 2\n", "line 2")],
    )
    def test_what_is_wrong_is_told_with_its_place(self, text: str, place: str) -> None:
        with pytest.raises(ValueError, match=place):
            values_in(text)

    def test_toml_errors_are_value_errors(self) -> None:
        assert issubclass(tomllib.TOMLDecodeError, ValueError)

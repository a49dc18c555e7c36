"""JSON in slices gives what JSON at once gives, and lets other work go on."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.transport import jsontext
from tui.transport.jsontext import TooManyValues, parse_json
from tui.transport.limits import BLOCK_CHARS, SLICE_S
from tui.transport.turns import in_turns, slices

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=20,
)


async def in_slices(text: str) -> Any:
    """What the slicing parser makes of a text, however small."""
    return await in_turns(jsontext._steps(text))


@given(value=VALUES, indent=st.sampled_from([None, 1]))
async def test_slices_give_the_same_value(value: Any, indent: int | None) -> None:
    text = json.dumps(value, indent=indent)
    assert await in_slices(f" {text}\r\n") == value
    assert await parse_json(text) == value


@given(value=VALUES, at=st.integers(0, 200), what=st.sampled_from(["", "x", ",", "]", "}", '"', ":", "1"]))
async def test_slices_find_the_same_texts_wrong(value: Any, at: int, what: str) -> None:
    text = json.dumps(value)
    at %= len(text)
    text = text[:at] + what + text[at + 1 :]
    try:
        expected = json.loads(text, strict=False)
    except ValueError:
        with pytest.raises(ValueError):  # noqa: PT011 - the words are the parser's
            await in_slices(text)
    else:
        assert await in_slices(text) == expected


@pytest.mark.parametrize(
    "text", ["", " ", "[", "[1,", "[1,]", "{", '{"a"', '{"a":', '{"a":1,}', "{1:2}", "[1]x", "nul"]
)
async def test_broken_texts(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the words are the parser's
        await in_slices(text)
    with pytest.raises(ValueError):  # noqa: PT011 - the words are the parser's
        await parse_json(text)


@pytest.mark.parametrize("text", ["[" * 200_000, '{"a":' * 200_000, "[" * 400_000 + "]" * 400_000])
async def test_deep_nesting_is_no_way_to_crash_us(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the words are the parser's
        await parse_json(text)


async def test_half_surrogates_become_replacement_characters() -> None:
    text = r'["\ud83d", "\uDE00", "\ud83d\ude00", "\ud83d\ud83d\ude00", "\\ud83d", "\\\ud83d", "a\nb\u00e4"]'
    value = await parse_json(text)
    assert value == ["\ufffd", "\ufffd", "😀", "\ufffd😀", "\\ud83d", "\\\ufffd", "a\nbä"]


@pytest.mark.parametrize("before", [BLOCK_CHARS - 4, BLOCK_CHARS - 3, BLOCK_CHARS - 2, 3 * BLOCK_CHARS])
async def test_half_surrogates_of_a_large_text(before: int) -> None:
    text = f'"{"x" * before}' + r"\ud83d" + r"\n" * 5000 + r'\ude00"'
    value = await parse_json(text)
    assert value == "x" * before + "\ufffd" + "\n" * 5000 + "\ufffd"


@given(
    st.lists(
        st.sampled_from(["\\ud83d", "\\ude00", "\\\\", "\\n", "u", "ud83d", "x", "\\u0041"]), max_size=12
    )
)
async def test_no_text_with_escapes_gives_a_half_surrogate(parts: list[str]) -> None:
    value = await parse_json(f'"{"".join(parts)}"')
    value.encode("utf-8")
    whole = json.loads(f'"{"".join(parts)}"')
    assert len(value) == len(whole)
    for got, meant in zip(value, whole, strict=True):
        assert got == meant or (got == "\ufffd" and "\ud800" <= meant <= "\udfff")


async def test_a_large_answer_leaves_turns_to_others() -> None:
    row = {f"field{number}": f"value {number}" for number in range(30)}
    text = json.dumps({"returnCode": 0, "result": [row] * 5000})
    turns = 0

    async def other_work() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    other = asyncio.create_task(other_work())
    started = time.perf_counter()
    value = await parse_json(text)
    spent = time.perf_counter() - started
    other.cancel()
    assert value == {"returnCode": 0, "result": [row] * 5000}
    # A turn at least every four slices' worth of the time that it took, however slow the machine is.
    assert turns >= spent / SLICE_S / 4


async def test_records_in_slices() -> None:
    records = list(range(1203))
    parts = [part async for part in slices(records, 500)]
    assert [len(part) for part in parts] == [500, 500, 203]
    assert [record for part in parts for record in part] == records
    assert [len(part) async for part in slices(records[:0], 500)] == []


@pytest.mark.parametrize("unit", ["[],", "{},", "1,", '"a",', '{"":0},', "[[1],", '{"a":['])
async def test_more_values_than_anybody_needs_are_refused_before_they_are_made(
    unit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jsontext, "MAX_JSON_VALUES", 100_000)
    monkeypatch.setattr(jsontext, "_steps", None)
    text = "[" + unit * (400_000 // len(unit)) + "0]"
    with pytest.raises(TooManyValues, match="more than 100,000 values"):
        await parse_json(text)


@pytest.mark.parametrize("inside", ["a,b;[{", r"\",\"[{\\", "[,{" * 9, r"\n,", "😀,"])
async def test_what_stands_in_texts_is_not_counted(inside: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsontext, "MAX_JSON_VALUES", 1000)
    text = f'{{"result": "{inside * 300_000}", "more": [1, 2, 3]}}'
    value = await parse_json(text)
    assert value == json.loads(text)


async def test_the_largest_list_that_is_known_is_read() -> None:
    record = ", ".join(f'"key{number}": "{number}"' for number in range(40))
    text = f'{{"result": [{", ".join([f"{{{record}}}"] * 10_000)}]}}'
    assert len((await parse_json(text))["result"]) == 10_000

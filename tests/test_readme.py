"""The README tells what the program does: tables are made from the code, the picture is a snapshot."""

from __future__ import annotations

import re

import pytest

from tests.support.readme import README, parts, with_parts


@pytest.mark.parametrize("name", list(parts()))
def test_a_generated_part_is_there(name: str) -> None:
    assert f"<!-- end of {name} -->" in README.read_text(encoding="utf-8")


def test_the_generated_parts_are_fresh() -> None:
    text = README.read_text(encoding="utf-8")
    assert text == with_parts(text), "run: python -m tests.support.readme"


def test_every_link_to_a_file_leads_somewhere() -> None:
    text = README.read_text(encoding="utf-8")
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", text)
    assert links
    assert [link for link in links if not (README.parent / link).exists()] == []

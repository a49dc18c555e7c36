"""The README tells what the program does: tables are made from the code, the picture is a snapshot."""

from __future__ import annotations

import re

import pytest

from tests.support.readme import README, parts, with_parts
from tui.core.settings import ConnectionSettings
from tui.registry import adapter_names, load_adapter


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


@pytest.mark.parametrize("name", adapter_names())
def test_every_system_has_a_page_that_tells_the_same_things(name: str) -> None:
    page = (README.parent / "docs" / "systems" / f"{name}.md").read_text(encoding="utf-8")
    headings = [line.lower() for line in page.splitlines() if line.startswith("## ")]
    for wanted in ("credentials", "what works", "cannot do", "states"):
        assert any(wanted in heading for heading in headings), f"{name}: nothing about {wanted!r}"
    assert f'type = "{name}"' in page


@pytest.mark.parametrize("name", adapter_names())
def test_the_page_of_a_system_tells_every_key_of_its_own(name: str) -> None:
    page = (README.parent / "docs" / "systems" / f"{name}.md").read_text(encoding="utf-8")
    own = set(load_adapter(name).Settings.model_fields) - set(ConnectionSettings.model_fields)
    assert [key for key in sorted(own) if f"`{key}`" not in page and f".{key}]]" not in page] == []

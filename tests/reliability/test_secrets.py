"""Secrets are nowhere but where the user put them: a brief look at one world, and why it can be trusted."""

from __future__ import annotations

import gzip
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.reliability.secret_search import FORMS, Canaries, SecretSearch, is_able_to_find
from tests.reliability.secrets import figures_of, hold_round


@pytest.fixture
def canaries() -> Canaries:
    canaries = Canaries()
    canaries.plant("plain")
    canaries.plant("special", is_special=True)
    return canaries


def test_no_secret_is_on_a_screen_in_an_output_in_a_file_or_in_arguments(tmp_path: Path) -> None:
    told = hold_round(tmp_path, SecretSearch, is_brief=True)
    for figure in figures_of([told], missed=0, planted=1):
        assert figure.holds, figure
    assert sum(echo.echoes for echo in told.world.servers.echoes) > 300
    assert told.commands >= 6
    assert told.screens >= 8


def test_the_search_finds_a_secret_in_every_form(canaries: Canaries, tmp_path: Path) -> None:
    assert is_able_to_find(canaries, tmp_path) == []


@pytest.mark.parametrize("form", FORMS)
def test_the_search_finds_a_secret_in_files_of_every_kind(
    canaries: Canaries, tmp_path: Path, form: str
) -> None:
    said = FORMS[form](canaries.places["special"])
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "text").write_text(f"x {said}")
    (tmp_path / "packed").write_bytes(gzip.compress(said.encode()))
    with closing(sqlite3.connect(tmp_path / "rows.db")) as file:
        file.execute("CREATE TABLE t (x TEXT)")
        file.execute("INSERT INTO t VALUES (?)", (said,))
        file.commit()
    search = SecretSearch(canaries)
    search.search_folder(tmp_path, but=lambda path: path.name == "left out")
    assert {found.where for found in search.found} >= {"below/text", "packed", "rows.db", "rows.db (rows)"}
    assert {found.place for found in search.found} == {"special"}


def test_the_search_finds_nothing_where_nothing_is(canaries: Canaries, tmp_path: Path) -> None:
    (tmp_path / "text").write_text("Authorization: •••, and cn of aQ7 in base64")
    search = SecretSearch(canaries)
    search.search_folder(tmp_path)
    assert (search.found, search.searched) == ([], 2)

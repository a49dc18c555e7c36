"""A few hostile answers, each before a nightdeck in a process of its own; the campaign has all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from tests.reliability.hostile_server import MIB, SYSTEMS, Attack, Sighting, attacks, figures_of, try_out

SOME: Sequence[tuple[str, Sequence[str], Sequence[str]]] = [
    ("bmc", ("tokens of 900 kB",), ("log_in",)),
    ("datameer", ("gzip of 1 GB", "a chunk extension without end", "an error page of scripts"), ("sweep",)),
    ("talend", ("pages without end", "texts of 31 MB"), ("sweep",)),
]
"""Systems, what is done to them, and what nightdeck does meanwhile."""


def chosen(names: Sequence[str], does: Sequence[str]) -> list[Attack]:
    """The attacks of these names."""
    return [replace(attack, does=does) for attack in attacks() if attack.name in names]


@pytest.mark.parametrize(("system", "names", "does"), SOME)
def test_a_hostile_server_costs_little_and_nothing_for_long(
    system: str, names: Sequence[str], does: Sequence[str]
) -> None:
    seen = list(try_out(system, chosen(names, does)))
    assert len(seen) == len(names)
    assert not [fault for each in seen for fault in each.faults]
    # What is let through, because it is not too much: the others have to be told.
    is_let_through = system == "talend"
    outcomes = [outcome["kind"] for each in seen for outcome in each.outcomes]
    assert all((kind == "ok") is is_let_through for kind in outcomes), outcomes
    assert all(figure.holds for figure in figures_of(seen))


def test_what_should_not_be_is_seen() -> None:
    attack = attacks()[0]
    good = Sighting("bmc", attack, grown=10 * MIB)
    bad = Sighting("bmc", attack, grown=10 * MIB, faults=["grew by 900 MiB"])
    (figure,) = figures_of([good, bad])
    assert (figure.tried, figure.broken, figure.holds) == (2, 1, False)


def test_every_system_is_attacked_in_every_way_that_there_is() -> None:
    every = attacks()
    assert len({attack.name for attack in every}) == len(every)
    assert all(attack.systems <= set(SYSTEMS) and attack.systems for attack in every)
    assert sum(attack.systems == set(SYSTEMS) for attack in every) > 30

"""Runs campaigns and prints what they count: `python -m tests.reliability [NAME ...]`; `--write` keeps it.

The first is the fault matrix, adapter by adapter and fault by fault. Returns 1 when a promise was broken.
"""

from __future__ import annotations

import argparse
import importlib
import platform
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tests.reliability import fault_matrix
from tests.reliability.figures import Campaign, Figure, lines_of
from tests.reliability.page import write


@dataclass(frozen=True, slots=True)
class Size:
    """How large a campaign is."""

    usual: int
    """As its figures are told."""
    quick: int
    """For a first look."""


CAMPAIGNS: Mapping[str, Size] = {
    "never_twice": Size(10_000, 500),
    "old_rows": Size(150, 12),
    "rehearsals": Size(10_000, 200),
    "local_state": Size(200, 10),
    "terminal": Size(10_000, 300),
    "secrets": Size(3, 1),
    "hostile_server": Size(250, 20),
    "private_files": Size(3, 1),
    "soak": Size(1800, 60),
}
"""Modules beside this one that have a `campaign`, with their sizes."""

OUTAGES = Size(5, 2)
"""Sweeps that fail in each outage of the matrix."""


def main() -> int:
    """Run what was asked for, one after the other."""
    parser = argparse.ArgumentParser(prog="python -m tests.reliability", description=__doc__)
    names = ("matrix", *CAMPAIGNS)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"some of: {', '.join(names)}")
    parser.add_argument("--quick", action="store_true", help="less of each, in a few minutes")
    parser.add_argument(
        "--write", action="store_true", help="write docs/reliability.md and the README's part"
    )
    args = parser.parse_args()
    unknown = set(args.names) - set(names)
    if unknown:
        parser.error(f"there is no campaign {', '.join(sorted(unknown))}; there are {', '.join(names)}")
    print(f"{platform.platform()}, Python {platform.python_version()}\n", flush=True)
    wanted = args.names or names
    rows: Sequence[fault_matrix.Row] = ()
    figures: dict[str, Sequence[Figure]] = {}
    for name in wanted:
        print(f"## {name.replace('_', ' ')}\n", flush=True)
        began_s = time.perf_counter()
        if name == "matrix":
            rows = fault_matrix.matrix(_of(OUTAGES, is_quick=args.quick))
            print("\n".join(fault_matrix.lines_of(rows)), end="\n\n")
            figures[name] = fault_matrix.figures_of(rows)
        else:
            figures[name] = _campaign(name)(_of(CAMPAIGNS[name], is_quick=args.quick))
        print("\n".join(lines_of(figures[name])))
        print(f"\n({time.perf_counter() - began_s:.0f} s)\n", flush=True)
    if args.write:
        write(rows, figures)
    broken = [figure.promise for each in figures.values() for figure in each if not figure.holds]
    print("\n".join(f"BROKEN: {promise}" for promise in broken) or "Every promise was kept.")
    return int(bool(broken))


def _of(size: Size, *, is_quick: bool) -> int:
    return size.quick if is_quick else size.usual


def _campaign(name: str) -> Campaign:
    campaign: Campaign = importlib.import_module(f"tests.reliability.{name}").campaign
    return campaign


if __name__ == "__main__":
    sys.exit(main())

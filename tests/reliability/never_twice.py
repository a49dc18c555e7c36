"""Thousands of starts with every fault mixed in: never two runs for one confirmation, and none that is lost.

    python -m tests.reliability.never_twice SEED [TRIES]

tells one world again, such as `talend/7`, and what was wrong in it.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from tests.reliability.figures import Figure
from tests.reliability.trigger_book import UNLISTED, Book, Confirmation, Promise
from tests.reliability.trigger_bulk import bulks
from tests.reliability.trigger_kills import kill_often
from tests.reliability.trigger_life import lives
from tests.reliability.trigger_world import World
from tui.core.models import ReceiptStatus

SHARES: Mapping[str, int] = MappingProxyType(
    {
        "talend": 22,
        "datameer": 18,
        "bmc": 16,
        "run ids from us": 8,
        "airflow": 8,
        "slurm": 6,
        "informatica": 6,
        "enos": 6,
        "informatica taskflows": 5,
        UNLISTED: 5,
    }
)
"""How many of a hundred starts each system gets: less where each costs many requests."""

TRIES = 25
"""Starts in one world at the most."""

AT_ONCE = 6
"""Worlds on one event loop: while one waits for an answer that never comes, the others go on."""

FEW = 1000
"""Up to so many starts, other processes are not worth their start."""

STARTS_FOR_KILL = 250
"""One real process is killed for so many starts."""

STARTS_FOR_BULK = 100
"""One bulk or sequence is begun for so many of them."""


class Seed(NamedTuple):
    """One world."""

    system: str
    number: int
    tries: int

    def __str__(self) -> str:
        return f"{self.system}/{self.number}"


def campaign(size: int) -> Sequence[Figure]:
    """Start runs so many times, and count at the systems; blocks."""
    batches = list(_batches(list(seeds_of(size))))
    if size <= FEW:
        books = list(map(run_batch, batches))
    else:
        with multiprocessing.get_context("spawn").Pool(os.cpu_count()) as pool:
            books = list(pool.imap_unordered(run_batch, batches))
    book = reduce(_merged, books, Book())
    for _, story in book.wrongs:
        sys.stderr.write(f"{story}\n")
    return [*figures_of(book), *bulks(size // STARTS_FOR_BULK), *kill_often(size // STARTS_FOR_KILL)]


def seeds_of(size: int) -> Iterator[Seed]:
    """The worlds of a campaign, every system among them."""
    for system, share in SHARES.items():
        left, number = max(1, size * share // 100), 0
        while left > 0:
            yield Seed(system, number, min(TRIES, left))
            left, number = left - TRIES, number + 1


def run_batch(seeds: Sequence[Seed]) -> Book:
    """Live through some worlds, side by side; blocks."""
    return asyncio.run(_run(seeds))


def figures_of(book: Book) -> list[Figure]:
    """What was seen, promise by promise."""
    all_of_them = book.confirmations
    made = [each for each in all_of_them if each.made]
    broken = Counter(promise for promise, _ in book.wrongs)
    named = [each for each in made if each.names]
    asked_again = [each for each in all_of_them if each.was_asked_again]
    tried = {
        Promise.ONCE: (len(all_of_them), _told_of_all(book)),
        Promise.NOT_REFUSED: (len(made), _told_of_lost(all_of_them)),
        Promise.NOT_MADE_UP: (len(all_of_them) - len(made), ""),
        Promise.IN_JOURNAL: (len(made), ""),
        Promise.RIGHT_NAME: (len(named), ""),
        Promise.IN_DOUBT: (len(asked_again), ""),
    }
    return [Figure(promise, count, broken[promise], more) for promise, (count, more) in tried.items()]


def _told_of_all(book: Book) -> str:
    counts = book.counts
    killed = sum(count for what, count in counts.items() if what.startswith("killed"))
    requests = sum(each.requests for each in book.confirmations)
    runs = sum(each.made for each in book.confirmations)
    spoilt = sum(bool(each.fault) for each in book.confirmations)
    return (
        f"{requests:,} requests arrived, {spoilt:,} of them spoilt, {runs:,} runs were made;"
        f" nightdeck was killed {killed:,} times, the server went down {_server(counts):,} times,"
        f" the journal was locked {_locked(counts):,} times"
    )


def _server(counts: Counter[str]) -> int:
    return counts["server away"] + counts["server restarted"]


def _locked(counts: Counter[str]) -> int:
    return counts["journal locked"] + counts["journal locked later"]


def _told_of_lost(confirmations: Sequence[Confirmation]) -> str:
    lost = [each for each in confirmations if each.was_lost]
    made = [each for each in lost if each.made]
    left = [each for each in made if each.last != ReceiptStatus.OBSERVED]
    unlisted = sum(each.system == UNLISTED for each in left)
    far = sum(each.is_clock_far for each in left if each.system != UNLISTED)
    return (
        f"{len(lost):,} answers were lost; of {len(made):,} runs behind them {len(made) - len(left):,} were"
        f" found; in doubt stayed {unlisted} where the system lists no runs, {far} where its clock was"
        f" minutes away, {len(left) - unlisted - far} that nobody waited for"
    )


async def _run(seeds: Sequence[Seed]) -> Book:
    with lives(), tempfile.TemporaryDirectory() as folder:
        books = await asyncio.gather(*(_live(Path(folder), seed) for seed in seeds))
    return reduce(_merged, books, Book())


async def _live(folder: Path, seed: Seed) -> Book:
    place = folder / f"{seed.system}-{seed.number}"
    place.mkdir()
    try:
        return await World(seed.system, place, str(seed)).run(seed.tries)
    except BaseException as error:
        error.add_note(f"in the world {seed}")
        raise


def _batches(seeds: Sequence[Seed]) -> Iterator[Sequence[Seed]]:
    """Mixed, so that every batch takes about as long."""
    count = -(-len(seeds) // AT_ONCE)
    for first in range(count):
        yield seeds[first::count]


def _merged(one: Book, other: Book) -> Book:
    return Book(
        [*one.confirmations, *other.confirmations], [*one.wrongs, *other.wrongs], one.counts + other.counts
    )


def main() -> int:
    """Tell one world again."""
    system, _, number = sys.argv[1].rpartition("/")
    tries = int(sys.argv[2]) if len(sys.argv) > 2 else TRIES
    book = run_batch([Seed(system, int(number), tries)])
    lines = [*map(str, book.confirmations), *(f"WRONG: {story}" for _, story in book.wrongs)]
    sys.stdout.write("\n".join(lines) + "\n")
    return int(bool(book.wrongs))


if __name__ == "__main__":
    sys.exit(main())

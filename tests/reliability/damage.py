# ruff: noqa: ASYNC240 - nothing else runs while it looks at files
"""Every way in which the history file can be damaged: what is told and saved, and that it works again."""

from __future__ import annotations

import asyncio
import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from tests.reliability.figures import Figure
from tests.support.clock import START, FakeClock
from tests.support.fleet import make_jobs
from tests.support.scripted import make_job, make_run
from tui.core.keys import JobKey
from tui.core.models import Run
from tui.core.redaction import Redactor
from tui.core.state import State
from tui.engine.database import RETRY_S
from tui.engine.history import History
from tui.engine.journal import Journal, JournalEntry
from tui.engine.schema import FILE_NAME

RUNS = 400
"""Runs of one job that the file begins with."""

JOBS = 300
"""Rows of its last table."""

REQUESTS = 60
"""Requests in its journal, all of them answered but the last."""

JOB = JobKey("alpha", "1")
"""Whose runs they are."""

OWNERS = (
    "sqlite_schema",
    "runs",
    "runs_newest",
    "jobs",
    "journal",
    "journal_time",
    "memory",
    "first_errors_age",
)
"""Whose pages are spoilt where it has to be quick."""

PAGE = 4096
"""Bytes of a page of the file."""


@dataclass(frozen=True, slots=True)
class Damage:
    """One way to spoil a file."""

    name: str
    apply: Callable[[Path], object]
    """Does it to the file of that path."""
    spares_journal: bool = True
    """Whether no part of the journal itself is hit."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """What became of a spoilt file."""

    damage: Damage
    told: str
    """What the user was told, in the end."""
    runs: int
    """Runs that are still there."""
    rows: int
    """Rows of the last table that are still there."""
    steps: int
    """Entries of the journal that are still there."""
    works: bool
    """Whether runs and requests can be kept again, and the next start has nothing to tell."""
    is_whole: bool
    """Whether the file passes SQLite's own check at the end."""
    files: tuple[str, ...]
    """What lies in the folder at the end."""

    @property
    def has_lost(self) -> bool:
        """Whether anything is missing."""
        return self.runs < RUNS or self.rows < JOBS or self.steps < 2 * REQUESTS - 1


def make_request(number: int) -> JournalEntry:
    """A request as the pipeline journals it."""
    return JournalEntry(
        request_id=f"q{number}",
        at=START,
        user="",
        host="",
        pid=0,
        connection="alpha",
        job_id=str(number),
        job_name=f"load customers {number}",
        action="trigger",
        params={"region": "EU"},
        run_id="",
        status="sent",
        message="",
        before_state="failed",
        known_runs=tuple(f"r{run}#1" for run in range(20)),
    )


def make_runs() -> list[Run]:
    """Runs of one job, a minute apart."""
    return [
        make_run(
            f"r{number}",
            state=State.FAILED,
            started_at=START + timedelta(minutes=number),
            ended_at=START + timedelta(minutes=number, seconds=30),
            message="ORA-12541: TNS: no listener, größer als 北",
        )
        for number in range(RUNS)
    ]


async def fill(folder: Path) -> None:
    """Make a history file with everything in it."""
    clock = FakeClock()
    history = History(folder, clock)
    journal = Journal(history.database, clock, Redactor())
    await history.record_runs(make_runs())
    jobs = {job.key: job for job in make_jobs(JOBS)}
    await history.save_table(jobs, list(jobs)[:50])
    await history.memory("alpha").save("fact", [1, 2])
    for number in range(REQUESTS):
        entry = await journal.announce(make_request(number))
        if number < REQUESTS - 1:
            await journal.note(replace(entry, status="accepted", run_id=f"n{number}"))
    await history.aclose()


async def see(folder: Path, damage: Damage) -> Sighting:
    """Start on a spoilt file twice, and work with it."""
    clock = FakeClock()
    told: list[str] = []
    for _ in range(2):
        history = History(folder, clock)
        journal = Journal(history.database, clock, Redactor())
        history.load_first_screen()
        await history.open()
        rows = len(await history.load_table())
        await history.trends([JOB])
        entries = [e for e in await journal.entries() if e.request_id[1:].isdecimal()]
        runs = [run for run in await history.runs(JOB, limit=10 * RUNS) if run.key.run_id.startswith("r")]
        await history.record_runs([make_run("new")])
        await history.save_table({JOB: make_job()}, [JOB])
        works = "new" in {run.key.run_id for run in await history.runs(JOB, limit=10 * RUNS)}
        request = await journal.announce(replace(make_request(0), request_id=f"new{len(told)}", job_id="new"))
        works = works and not await journal.note(replace(request, status="accepted"))
        await history.database.check()
        told.append(history.problem)
        if len(told) == 1:
            first = (len(runs), rows, len(entries))
        await history.aclose()
        await clock.advance(RETRY_S)
    return Sighting(
        damage,
        told[0],
        *first,
        works=works and not told[1],
        is_whole=_is_whole(folder / FILE_NAME),
        files=tuple(sorted(path.name for path in folder.iterdir())),
    )


def look(original: Path, damage: Damage, folder: Path) -> Sighting:
    """Spoil a copy of the file, and see; blocks.

    Args:
        original: A folder with a file that `fill` has made.
        damage: What to do to it.
        folder: Where to do it; must not exist.
    """
    shutil.copytree(original, folder)
    damage.apply(folder / FILE_NAME)
    return asyncio.run(see(folder, damage))


def owners_of(file: Path) -> Mapping[int, str]:
    """What each page of the file belongs to, by its number."""
    with closing(sqlite3.connect(file)) as connection:
        return dict(connection.execute("SELECT pageno, name FROM dbstat"))


def kinds(file: Path, seed: int = 1) -> Iterator[Damage]:
    """Every kind of damage to a whole file."""
    yield Damage("empty", lambda path: path.write_bytes(b""), spares_journal=False)
    yield Damage("no database", lambda path: path.write_bytes(b"\xa5" * 50_000), spares_journal=False)
    yield Damage("random bytes", lambda path: path.write_bytes(_noise(seed, 90_000)), spares_journal=False)
    yield Damage("header overwritten", lambda path: overwrite(path, 0, _noise(seed, 100)), False)
    yield Damage("absurd version", lambda path: overwrite(path, 60, b"\x7f\x01\x02\x03"))
    yield Damage("first page blank", lambda path: overwrite(path, 0, b"\0" * PAGE), spares_journal=False)
    yield Damage("catalogue blank", lambda path: overwrite(path, 100, b"\0" * (PAGE - 100)), False)
    yield Damage("cut to one page", lambda path: truncate(path, PAGE), spares_journal=False)
    yield Damage("cut to half", lambda path: truncate(path, path.stat().st_size // 2), spares_journal=False)
    yield Damage("cut within a page", lambda path: truncate(path, path.stat().st_size - 1000), False)
    yield Damage("log of another file", lambda path: _beside(path, "-wal").write_bytes(_noise(seed, 9000)))
    yield Damage("index of another file", lambda path: _beside(path, "-shm").write_bytes(_noise(seed, 32768)))
    yield Damage("a table dropped", _drop_table)
    yield Damage("texts spoilt", _spoil_texts)
    yield Damage("many pages", lambda path: _spoil_many(path, seed), spares_journal=False)
    for number, owner in owners_of(file).items():
        spares = not owner.startswith("journal") and number > 1
        yield Damage(f"page of {owner}, noise", _page_spoiler(number, _noise(number, PAGE)), spares)
        yield Damage(f"page of {owner}, blank", _page_spoiler(number, b"\0" * PAGE), spares)


def some_kinds(file: Path) -> list[Damage]:
    """One of each kind, and of pages one in the middle of some owners."""
    alike: dict[str, list[Damage]] = {}
    for kind in kinds(file):
        alike.setdefault(kind.name, []).append(kind)
    wanted = {f"page of {owner}, noise" for owner in OWNERS}
    return [
        kinds[len(kinds) // 2]
        for name, kinds in alike.items()
        if name in wanted or not name.startswith("page of")
    ]


def look_at_all(folder: Path, *, is_whole: bool) -> list[Sighting]:
    """Spoil a file in every way, or in one of each kind; blocks."""
    asyncio.run(fill(folder / "original"))
    original = folder / "original"
    every = kinds(original / FILE_NAME) if is_whole else some_kinds(original / FILE_NAME)
    return [look(original, kind, folder / str(number)) for number, kind in enumerate(every)]


def figures_of(sightings: Sequence[Sighting]) -> list[Figure]:
    """The matrix in one line a promise."""
    steps = 2 * REQUESTS - 1
    spared = [seen for seen in sightings if seen.damage.spares_journal]
    lossy = [seen for seen in sightings if seen.has_lost]
    kinds_told = f"{len({seen.damage.name for seen in sightings})} kinds of damage"
    return [
        Figure(
            "it starts on a damaged history, mends it and goes on",
            len(sightings),
            sum(not (seen.works and seen.is_whole) for seen in sightings),
            kinds_told,
        ),
        Figure("what damage has cost is told", len(lossy), sum(not seen.told for seen in lossy)),
        Figure(
            "the journal outlives damage elsewhere in the file",
            len(spared),
            sum(seen.steps < steps for seen in spared),
        ),
    ]


def lines_of(sightings: Sequence[Sighting]) -> list[str]:
    """The matrix as a Markdown table, alike kinds in one line."""
    lines = [
        "| damage | tried | runs kept | journal kept | works again | told |",
        "|---|---:|---|---|---|---|",
    ]
    groups: dict[str, list[Sighting]] = {}
    for seen in sightings:
        groups.setdefault(seen.damage.name, []).append(seen)
    for name, group in groups.items():
        runs, steps = min(s.runs for s in group), min(s.steps for s in group)
        told = next((s.told for s in group if s.told), "–").partition(":")[0]
        works = sum(s.works for s in group)
        line = f"{runs} of {RUNS} | {steps} of {2 * REQUESTS - 1} | {works} of {len(group)} | {told}"
        lines.append(f"| {name} | {len(group)} | {line} |")
    return lines


def overwrite(path: Path, at: int, content: bytes) -> None:
    """Put other bytes into a file."""
    with path.open("r+b") as file:
        file.seek(at)
        file.write(content)


def truncate(path: Path, size: int) -> None:
    """Cut a file."""
    with path.open("r+b") as file:
        file.truncate(size)


def _page_spoiler(number: int, content: bytes) -> Callable[[Path], None]:
    keep = 100 if number == 1 else 0
    return lambda path: overwrite(path, (number - 1) * PAGE + keep, content[keep:])


def _drop_table(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DROP TABLE runs")


def _spoil_texts(path: Path) -> None:
    """Half characters in the middle of texts, which SQLite itself takes for good."""
    content = path.read_bytes()
    path.write_bytes(content.replace("北".encode(), b"\xff\xfe\xfd"))


def _spoil_many(path: Path, seed: int) -> None:
    chance = random.Random(seed)
    pages = path.stat().st_size // PAGE
    for number in chance.sample(range(1, pages), pages // 8):
        overwrite(path, number * PAGE, _noise(number, PAGE))


def _noise(seed: int, size: int) -> bytes:
    return random.Random(seed).randbytes(size)


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)


def _is_whole(path: Path) -> bool:
    with closing(sqlite3.connect(path)) as file:
        return bool(file.execute("PRAGMA integrity_check").fetchone() == ("ok",))

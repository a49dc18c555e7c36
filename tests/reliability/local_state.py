"""Killing nightdeck at random moments: it starts again, and has lost nothing that it had shown."""

from __future__ import annotations

import random
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from tests.reliability import damage
from tests.reliability.figures import Figure
from tests.support.real_world import RealWorld, is_ready, row_of
from tests.support.terminal import Terminal
from tui.engine.schema import FILE_NAME

WORK_S = 0.35
"""A session is killed so many seconds after its start at the latest."""

EARLY = 0.3
"""This share of the kills comes while the program still starts."""

PAIR_EVERY = 8
"""Of so many kills two hit nightdecks that share the folder at that moment."""

PATIENCE_S = 60.0
"""Seconds after which a start that has not come is taken for none; far above what one takes."""

_WHOLE = 100
"""From so many kills on, every page of a history is spoilt, and not some of them."""

COUNTING = """
[connections.here]
type = "local"
refresh = 0.2

[[connections.here.job]]
name = "counting"
command = "echo n$(date +%s%N | tail -c 9)n; exit 7"
"""
"""A config with a job that says something else at the end of each run."""

_WORD = re.compile(r"\bn\d{8}n\b")

_EXPECTED = frozenset({FILE_NAME, f"{FILE_NAME}-wal", f"{FILE_NAME}-shm", "history.lock"})
"""What may lie in the state folder."""


class Nightdeck:
    """One nightdeck without a screen, and everything that it has said."""

    def __init__(self, folder: Path) -> None:
        """Start it.

        Args:
            folder: Its state folder.
        """
        self.lines: list[list[str]] = []
        """What it said, in words."""
        self._has_started = threading.Event()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.reliability.state_child", str(folder)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def has_started(self) -> bool:
        """Whether systems were asked."""
        return self._has_started.is_set()

    def wait(self) -> bool:
        """Wait until it has started; False when it has ended instead."""
        deadline = time.monotonic() + PATIENCE_S
        while not self._has_started.wait(0.01):
            if self.process.poll() is not None or time.monotonic() > deadline:
                return self._has_started.is_set()
        return True

    def end(self, number: int = signal.SIGKILL) -> str:
        """Send it a signal, and take what it said until its end; returns what it complained of."""
        self.process.send_signal(number)
        assert self.process.stderr is not None
        complaint = self.process.stderr.read()
        self.process.wait(PATIENCE_S)
        self._reader.join(PATIENCE_S)
        self.process.stderr.close()
        return complaint

    def said(self, word: str) -> list[list[str]]:
        """The rest of every line that begins with the word."""
        return [line[1:] for line in self.lines if line[0] == word]

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as stream:
            for line in stream:
                self.lines.append(line.split())
                if line == "started\n":
                    self._has_started.set()


@dataclass
class Tally:
    """What was counted over all sessions of one state folder."""

    kills: int = 0
    early: int = 0
    """Kills before the start was complete."""
    pairs: int = 0
    """So many times two wrote at once."""
    starts: int = 0
    failed_starts: int = 0
    runs: int = 0
    """Finished runs that were shown."""
    lost_runs: list[str] = field(default_factory=list)
    requests: int = 0
    lost_requests: list[str] = field(default_factory=list)
    outcomes: int = 0
    lost_outcomes: list[str] = field(default_factory=list)
    tables: int = 0
    """Starts that had a table to paint."""
    lost_tables: int = 0
    broken_files: list[str] = field(default_factory=list)
    left_over: Counter[str] = field(default_factory=Counter)
    set_aside: int = 0
    complaints: list[str] = field(default_factory=list)
    alarms: list[str] = field(default_factory=list)
    """What was told of history, although nothing was wrong with it."""


class Watch:
    """Holds what each session has shown against what is on the disk at the next one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.tally = Tally()
        self._shown: set[tuple[str, str]] = set()
        self._sent: set[str] = set()
        self._told: set[tuple[str, str]] = set()
        self._has_table = False

    def take(
        self, session: Nightdeck, complaint: str, *, is_meant_to_start: bool, is_later: bool = True
    ) -> None:
        """Look at the disk after a session has ended.

        Args:
            session: It has ended.
            complaint: What it said on stderr.
            is_meant_to_start: Whether it was given the time to start.
            is_later: Whether it began after the end of all others: a start takes up what they left.
        """
        tally = self.tally
        tally.starts += is_meant_to_start
        tally.failed_starts += is_meant_to_start and not session.has_started
        if complaint:
            tally.complaints.append(complaint[-500:])
        tally.alarms += [" ".join(words) for words in session.said("problem") if words]
        for (rows,) in session.said("table"):
            tally.tables += self._has_table
            tally.lost_tables += self._has_table and rows == "0"
        if session.has_started and is_later:
            self._compare()
        # What this one has shown has to be there when the next one has started.
        self._shown |= {(job, run) for job, run in session.said("run")}
        self._sent |= {request for (request,) in session.said("sent")}
        self._told |= {(r, status) for r, status in session.said("receipt") if status != "refused"}
        self._look_at_files()

    def _compare(self) -> None:
        """Everything that earlier sessions have shown is on the disk."""
        tally = self.tally
        with closing(sqlite3.connect(self.folder / FILE_NAME, timeout=5)) as file:
            runs = set(file.execute("SELECT job_id, run_id FROM runs"))
            steps = set(file.execute("SELECT request_id, status FROM journal"))
            if file.execute("PRAGMA integrity_check").fetchone() != ("ok",):
                tally.broken_files.append(FILE_NAME)
            self._has_table = file.execute("SELECT count(*) FROM first_screen").fetchone()[0] > 0
        tally.runs += len(self._shown)
        tally.lost_runs += sorted("/".join(shown) for shown in self._shown - runs)
        tally.requests += len(self._sent)
        tally.lost_requests += sorted(self._sent - {request for request, status in steps if status == "sent"})
        tally.outcomes += len(self._told)
        tally.lost_outcomes += sorted(f"{r} {status}" for r, status in self._told - steps)
        self._shown, self._sent, self._told = set(), set(), set()

    def _look_at_files(self) -> None:
        names = {path.name for path in self.folder.iterdir()} if self.folder.exists() else set()
        self.tally.set_aside = sum(".corrupt-" in name for name in names)
        self.tally.left_over = Counter(name.rpartition(".")[2] for name in names - _EXPECTED)


class Killer:
    """Starts nightdecks on one folder, and kills each at a random moment."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.watch = Watch(folder)
        self._folder = folder
        self._chance = random.Random(seed)
        self._usual_s = 1.0

    def kill_one(self) -> None:
        """Kill one while it starts, or at work."""
        session, began = Nightdeck(self._folder), time.monotonic()
        is_early = self._chance.random() < EARLY
        if is_early:
            time.sleep(self._chance.uniform(0, self._usual_s))
        elif session.wait():
            self._usual_s = time.monotonic() - began
            time.sleep(self._chance.uniform(0, WORK_S))
        self._count(session)
        self.watch.take(session, session.end(), is_meant_to_start=not is_early)

    def kill_two(self) -> None:
        """Kill one of two that write into one history, and then the other."""
        sessions = [Nightdeck(self._folder), Nightdeck(self._folder)]
        for session in sessions:
            session.wait()
        self.watch.tally.pairs += 1
        for session in sessions:
            time.sleep(self._chance.uniform(0, WORK_S))
            self._count(session)
            is_later = session is sessions[0]
            self.watch.take(session, session.end(), is_meant_to_start=True, is_later=is_later)

    def end(self) -> Tally:
        """Let one more start and end in order."""
        last = Nightdeck(self._folder)
        last.wait()
        self.watch.take(last, last.end(signal.SIGTERM), is_meant_to_start=True)
        return self.watch.tally

    def _count(self, session: Nightdeck) -> None:
        self.watch.tally.kills += 1
        self.watch.tally.early += not session.has_started


def kill_often(folder: Path, kills: int, seed: int = 1) -> Tally:
    """Start a nightdeck on the folder again and again, and kill it at a random moment each time.

    Args:
        folder: The state folder of all of them.
        kills: How often.
        seed: Which moments.
    """
    killer = Killer(folder, seed)
    while killer.watch.tally.kills < kills:
        if killer.watch.tally.kills % PAIR_EVERY == PAIR_EVERY - 2:
            killer.kill_two()
        else:
            killer.kill_one()
    return killer.end()


def figures_of(tally: Tally) -> list[Figure]:
    """What the kills mean for each promise."""
    at = f"{tally.kills} kills: {tally.early} while it started, {2 * tally.pairs} of one of two"
    return [
        Figure("it starts again after a kill", tally.starts, tally.failed_starts + len(tally.complaints), at),
        Figure("a finished run that was shown is in history", tally.runs, len(tally.lost_runs)),
        Figure("the last table is painted again", tally.tables, tally.lost_tables),
        Figure("a request that reached a system is in the journal", tally.requests, len(tally.lost_requests)),
        Figure("an outcome that was told is in the journal", tally.outcomes, len(tally.lost_outcomes)),
        Figure(
            "no loss is told where there is none", tally.starts, len(tally.alarms), "; ".join(tally.alarms)
        ),
        Figure("the file is whole after a kill", tally.starts, len(tally.broken_files) + tally.set_aside),
        Figure(
            "nothing is left lying around", tally.kills, sum(tally.left_over.values()), _told(tally.left_over)
        ),
    ]


def kill_dashboards(folder: Path, kills: int, seed: int = 1) -> list[Figure]:
    """Kill the real dashboard, on a terminal, with a run that has just ended on its screen; start it again.

    Args:
        folder: Where the world of these dashboards is.
        kills: How often; every other time it is the demo.
        seed: Which moments.
    """
    chance = random.Random(seed)
    faults: list[str] = []
    shown: set[str] = set()
    world = RealWorld(folder)
    world.configure(COUNTING)
    try:
        for number in range(kills):
            with world.start(*(("demo",) if number % 2 else ())) as terminal:
                try:
                    terminal.wait_for(lambda: is_ready(terminal))
                    if not number % 2:
                        shown.add(_see_a_run(terminal, shown))
                    else:
                        time.sleep(chance.uniform(0, WORK_S))
                except AssertionError as error:
                    faults.append(str(error)[:300])
                terminal.process.kill()
                terminal.process.wait(PATIENCE_S)
        # What the last one left behind is taken up by the next start.
        with world.start() as terminal:
            terminal.wait_for(lambda: is_ready(terminal))
            terminal.press("q")
            terminal.wait_exit()
        lost, is_whole = _what_is_missing(world, shown)
    finally:
        world.close()
    return [
        Figure(
            "the dashboard starts again after a kill", kills, len(faults) + (not is_whole), "; ".join(faults)
        ),
        Figure("a run on the dashboard's screen is in history", len(shown), len(lost), ", ".join(lost)),
    ]


def _see_a_run(terminal: Terminal, before: set[str]) -> str:
    """Start the job, and return at the very moment when its end is on the screen what it said last."""
    terminal.press("/", "counting", "Enter", "R")
    terminal.wait_for("enter yes")
    terminal.press("Enter")
    said: set[str] = set()

    def has_ended() -> bool:
        row = row_of(terminal, "counting")
        said.update(set(_WORD.findall(row)) - before if "✗" in row else ())
        return bool(said)

    terminal.wait_for(has_ended)
    return said.pop()


def _what_is_missing(world: RealWorld, shown: set[str]) -> tuple[list[str], bool]:
    """What is not in history although it was on the screen, and whether the file is whole."""
    with closing(sqlite3.connect(world.state / FILE_NAME)) as file:
        kept = [record for (record,) in file.execute("SELECT record FROM runs WHERE is_final")]
        is_whole = file.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    lost = [word for word in sorted(shown) if not any(word in record for record in kept)]
    return lost, is_whole and not list(world.state.glob("*.corrupt-*"))


def campaign(size: int) -> Sequence[Figure]:
    """Kill nightdecks so many times, a tenth as many on terminals, and spoil their history; blocks."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        figures = figures_of(kill_often(place / "state", size))
        (place / "world").mkdir()
        figures += kill_dashboards(place / "world", max(1, size // 10))
        sightings = damage.look_at_all(place / "damage", is_whole=size >= _WHOLE)
        sys.stdout.write("\n".join([*damage.lines_of(sightings), "", ""]))
    return [*figures, *damage.figures_of(sightings)]


def _told(counts: Counter[str]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items())

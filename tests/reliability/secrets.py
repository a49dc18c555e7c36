"""Made-up secrets in every place, systems that say them, and a search through all that nightdeck leaves."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from tests.reliability.figures import Figure
from tests.reliability.secret_search import FORMS, Canaries, SecretSearch, is_able_to_find
from tests.reliability.secret_world import SecretWorld, json_lines
from tests.support.terminal import PATIENCE_S, Terminal

COMMAND_S = 90
"""Seconds that a command may take."""

LOOK_S = 0.4
"""Seconds in which the screen comes to rest after a key."""

FAULTY = """
import os
from tui.ui.app import NightdeckApp

def fail(self):
    told = os.environ["CANARY_IICS"]
    raise ValueError(f"can't stand {told} of {self}")

NightdeckApp.action_help = fail
from tui.__main__ import main
main()
"""

_KEYS = (
    "j j k|w|t|J|Escape|]|]|]|]|[|z|z|P|d|d|?|Escape|:|lo|Escape Escape|!|e|e|0|I|b 1|b 2|b 0|c|Escape|O"
    "|Escape|R|Escape|T|Escape Escape|X|Escape|*|B|Escape|U|y|Escape|m|=|Escape|C-g|1|C-g|2|s|1|s|2|s|3"
)

TOUR: Sequence[tuple[str, ...]] = tuple(tuple(keys.split()) for keys in _KEYS.split("|"))
"""Keys of the table, a few at a time, between which everything on the screen is looked at."""

JOBS = ("say them all", "quiet", "connection:talend", "connection:enos", "connection:informatica")
"""Filters; of the first job that fits each the log is opened."""

LOG_TOUR: Sequence[tuple[str, ...]] = tuple((key,) for key in "LgGw#eysvOvq")
"""The same of a log."""

BRIEF_TOUR = (("J",), ("Escape",), ("]",), ("C-g",), ("2",))
BRIEF_LOG_TOUR = (("L",), ("s",), ("v",))
"""Some of them, for a brief look."""


class Round:
    """One world, and everything that nightdeck does in it."""

    def __init__(self, world: SecretWorld, search: SecretSearch) -> None:
        self.world = world
        self.search = search
        self.commands = 0
        """Command lines that were run."""
        self.screens = 0
        """Screens that were looked at."""
        self.crashes = 0
        """Faults that were brought about."""
        self.aborted = 0
        """Processes that were ended as a fault in C ends them."""
        self._typed = world.canaries.plant("typed parameter")
        self.problems: list[str] = []
        """What went wrong in the campaign itself."""

    def run_commands(self, *, is_brief: bool) -> None:
        """Every command, with each connection that has a job."""
        jobs = json_lines(self._run("jobs", "-o", "jsonl"))
        if not jobs:
            self.problems.append("no job was listed")
        self._run("trigger", "here/say-them-all", "--wait", "--yes")
        given = f"DB_PASSWORD={self._typed}"
        self._run("trigger", "here/quiet", "--param", given, "--wait", "--yes", typed=self._typed)
        for words in _general(is_brief=is_brief):
            self._run(*words)
        for job in _some_of(jobs, is_brief=is_brief):
            for words in _of_job(job, is_brief=is_brief):
                self._run(*words)
        if not is_brief:
            self._run("rerun", "here/quiet", "--yes")
            self._watch()

    def visit_screens(self, *, is_brief: bool) -> None:
        """The dashboard on a terminal: all that keys can show."""
        with self._terminal() as terminal:
            terminal.wait_for("say them all")
            self._settle(terminal, 2.0)
            self._tour(terminal, "", BRIEF_TOUR if is_brief else TOUR)
            for job in JOBS[: 1 if is_brief else None]:
                self._press(terminal, f"filter {job}", "\\", f"/{job}", "Enter")
                self._tour(terminal, job, BRIEF_LOG_TOUR if is_brief else LOG_TOUR)
            secret = self.world.canaries.places["talend"]
            self._press(terminal, "a secret as a filter", "\\", f"/{secret}", "Enter", "\\", typed=secret)
            terminal.press("C-c", "C-c")
            terminal.wait_exit()
            self._look(terminal, "at the end")
        self.search.search("terminal", terminal.raw)

    def crash(self) -> None:
        """A fault of the program's own, with a secret in its text and its variables."""
        with self._terminal("-c", FAULTY) as terminal:
            terminal.wait_for("say them all")
            # Until the config is read the table of before is shown: nothing is known then, of no secret.
            self._settle(terminal, 4.0)
            terminal.press("?")
            code = terminal.wait_exit()
            if code != 1 or b"fault of its own" not in terminal.raw:
                self.problems.append(f"the fault was not told, exit code {code}")
            self.crashes += 1
        self.search.search("terminal after a crash", terminal.raw)

    def abort(self) -> None:
        """End a nightdeck as a fault in C ends it, where the system would write a core file."""
        for number in (signal.SIGABRT, signal.SIGSEGV):
            with self._terminal() as terminal:
                self._settle(terminal, 2.0)
                terminal.send(number)
                terminal.wait_exit()
                self.aborted += 1

    def look_at_files(self) -> None:
        """Everything that is left on the disk, and what processes were given."""
        world = self.world
        self.search.search_folder(world.folder, but=world.is_known_place)
        for words in world.arguments.values():
            # What is typed on a command line can be read there.
            if self._typed not in words.decode("utf-8", "replace"):
                self.search.search("arguments of a process", words)
        for variables in world.helpers.values():
            self.search.search("environment of a helper", variables)

    def _run(self, *words: str, typed: str = "") -> str:
        self.commands += 1
        try:
            done = subprocess.run(
                [sys.executable, "-m", "tui", *words],
                capture_output=True,
                env=self.world.environment,
                cwd=self.world.folder / "cwd",
                timeout=COMMAND_S,
                check=False,
            )
        except subprocess.TimeoutExpired:
            self.problems.append(f"{words} took too long")
            return ""
        told = " ".join(word.replace(typed, "…") if typed else word for word in words)
        if b"fault of its own" in done.stderr:
            self.problems.append(f"{told}: {done.stderr.decode()[-300:]}")
        self.search.search(f"output of {told}", done.stdout)
        self.search.search(f"complaints of {told}", done.stderr)
        return done.stdout.decode("utf-8", "replace")

    def _watch(self) -> None:
        watch = subprocess.Popen(
            [sys.executable, "-m", "tui", "watch"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=self.world.environment,
        )
        time.sleep(5)
        self._run("trigger", "here/say-them-all", "--wait", "--yes")
        time.sleep(2)
        watch.send_signal(signal.SIGTERM)
        out, err = watch.communicate(timeout=PATIENCE_S)
        self.commands += 1
        self.search.search("output of watch", out)
        self.search.search("complaints of watch", err)

    def _terminal(self, *words: str) -> Terminal:
        self.world.state.mkdir(mode=0o700, exist_ok=True)
        (self.world.state / "ui.toml").touch(mode=0o600)
        absent: dict[str, str | None] = dict.fromkeys(set(os.environ) - set(self.world.environment))
        return Terminal(
            [sys.executable, *(words or ("-m", "tui"))],
            environment={**absent, **self.world.environment},
            cwd=self.world.folder / "cwd",
        )

    def _tour(self, terminal: Terminal, where: str, tour: Sequence[tuple[str, ...]]) -> None:
        for keys in tour:
            self._press(terminal, f"{where} {' '.join(keys)}", *keys)

    def _press(self, terminal: Terminal, what: str, *keys: str, typed: str = "") -> None:
        if terminal.process.poll() is not None:
            self.problems.append(f"it had ended before {what}")
            return
        terminal.press(*keys)
        self._settle(terminal, LOOK_S)
        if not typed:
            self._look(terminal, what)

    def _look(self, terminal: Terminal, what: str) -> None:
        self.screens += 1
        self.search.search(f"screen after {what}", terminal.text)

    def _settle(self, terminal: Terminal, seconds: float) -> None:
        """Read until nothing has been painted for a moment."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            terminal.read(0.05)


def _some_of(jobs: Sequence[Any], *, is_brief: bool) -> Iterator[str]:
    """Ours, and the first few of each connection, those that failed first."""
    yield "here/say-them-all"
    if not is_brief:
        yield "here/quiet"
    seen: Counter[str] = Counter()
    for job in sorted(jobs, key=lambda job: job["last_result"] != "failed"):
        seen[job["connection"]] += 1
        if seen[job["connection"]] <= 3 * (not is_brief) + (is_brief and job["connection"] == "talend"):
            yield f"{job['connection']}/{job['id']}"


def _general(*, is_brief: bool) -> Iterator[tuple[str, ...]]:
    yield ("doctor",)
    if not is_brief:
        yield ("config", "show")
        yield ("jobs",)
        yield ("jobs", "-o", "csv")
        yield ("jobs", "-o", "json")
        yield ("journal", "-o", "json")
        yield ("doctor", "-o", "json")
        yield ("config", "show", "-o", "json")
        yield ("journal",)
        yield ("adapters",)
        yield ("jobs", "nonsense:query")
        yield ("--config", "nowhere.toml", "jobs")


def _of_job(job: str, *, is_brief: bool) -> Iterator[tuple[str, ...]]:
    yield ("logs", job)
    if not is_brief:
        yield ("show", job, "--raw")
        yield ("runs", job, "-o", "json")
        yield ("show", job)
        yield ("show", job, "-o", "json")
        yield ("runs", job)
        yield ("logs", job, "--errors")
        yield ("tasks", job)
        yield ("compare", job)
        yield ("trigger", job, "--dry-run", "--yes")
        yield ("rerun", job, "--dry-run", "--yes")


def hold_round(folder: Path, search: Callable[[Canaries], SecretSearch], *, is_brief: bool = False) -> Round:
    """One world from its beginning to its end.

    Args:
        folder: An empty one.
        search: Makes the search.
        is_brief: Whether to leave out most of the variety.
    """
    world = SecretWorld(folder)
    told = Round(world, search(world.canaries))
    with world.running():
        told.run_commands(is_brief=is_brief)
        told.visit_screens(is_brief=is_brief)
        if not is_brief:
            told.crash()
            told.abort()
    told.look_at_files()
    return told


def campaign(size: int) -> Sequence[Figure]:
    """So many worlds of secrets, each with others.

    Args:
        size: How many; 0 for a brief look at one.
    """
    rounds, missed, tried = [], 0, 0
    for _ in range(max(1, size)):
        with tempfile.TemporaryDirectory(prefix="secrets-") as folder:
            place = Path(folder)
            (place / "world").mkdir()
            told = hold_round(place / "world", SecretSearch, is_brief=size == 0)
            rounds.append(told)
            planted = Canaries(dict(list(told.world.canaries.places.items())[:6]))
            missed += len(is_able_to_find(planted, place / "planted"))
            tried += len(FORMS) * len(planted.places)
    return figures_of(rounds, missed, tried)


def figures_of(rounds: Sequence[Round], missed: int, planted: int) -> Sequence[Figure]:
    """What was counted.

    Args:
        rounds: All rounds.
        missed: Planted secrets that the search did not find.
        planted: How many were planted.
    """
    places = {place.rstrip(" 0123456789") for told in rounds for place in told.world.canaries.places}
    secrets = sum(len(told.world.canaries.places) for told in rounds)
    echoes = sum(echo.echoes for told in rounds for echo in told.world.servers.echoes)
    searched = sum(told.search.searched for told in rounds)
    size = sum(told.search.size for told in rounds)
    found = [finding for told in rounds for finding in told.search.found]
    problems = [problem for told in rounds for problem in told.problems]
    where = Counter(f"{finding.place} ({finding.form}) in {finding.where}" for finding in found)
    worst = "; ".join(f"{what} x{count}" for what, count in where.most_common(5))
    commands = sum(told.commands for told in rounds)
    screens = sum(told.screens for told in rounds)
    return [
        Figure(
            "no secret is on a screen, in an output, in a file or in the arguments of a process",
            searched,
            len(found),
            f"{secrets} secrets in {len(places)} places, said {echoes:,} times by systems;"
            f" {size / 1e6:,.1f} MB of {commands} commands and {screens} screens searched"
            f"{f': {worst}' if worst else ''}",
        ),
        Figure("a planted secret is found by this search, in every form", planted, missed),
        Figure("nothing hindered the search", commands + screens, len(problems), "; ".join(problems[:3])),
    ]

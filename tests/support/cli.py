"""The command line as a user has it: run in this process, or as one of its own, in a temporary world."""

from __future__ import annotations

import asyncio
import csv
import heapq
import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any, ClassVar

import pytest

from tests.support.clock import FakeClock
from tests.support.scripted import CheckingAdapter, FullAdapter, Script, ScriptedAdapter
from tui import registry, wiring
from tui.cli import main
from tui.core.adapter import AdapterContext
from tui.core.models import Job
from tui.core.settings import ConnectionSettings

ROOT = Path(__file__).parent.parent.parent

_BEAT_S = 0.001
"""Real seconds that pass before a sleeper is woken: others get their turn, threads too."""

_FAR_S = 40.0
"""Who sleeps for so long guards against work that hangs: real work in threads must have its time."""

_LONG_BEAT_S = 3.0
"""Real seconds that pass before such a sleeper is woken."""

_PATIENCE_S = 30
"""Real seconds after which a process that a test waits for is taken to hang."""


class HastyClock(FakeClock):
    """A fake clock that goes forward by itself, from one sleeper's due time to the next."""

    def __init__(self) -> None:
        super().__init__()
        self._beat: asyncio.TimerHandle | None = None

    async def sleep(self, seconds: float) -> None:
        """Wait until everybody who is due earlier was woken."""
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._monotonic + seconds, next(self._order), future))
        self._prepare_beat()
        await future

    def _prepare_beat(self) -> None:
        if self._beat is not None:
            self._beat.cancel()
        while self._sleepers and self._sleepers[0][2].done():
            heapq.heappop(self._sleepers)
        if self._sleepers:
            is_far = self._sleepers[0][0] - self._monotonic >= _FAR_S
            loop = asyncio.get_running_loop()
            self._beat = loop.call_later(_LONG_BEAT_S if is_far else _BEAT_S, self._wake_next)

    def _wake_next(self) -> None:
        while self._sleepers:
            due, _, future = heapq.heappop(self._sleepers)
            if not future.done():
                self._move_to(due)
                future.set_result(None)
                break
        self._prepare_beat()


@dataclass
class Scene:
    """A scripted system, and what happens to it while it is looked at."""

    script: Script
    steps: dict[int, Callable[[], object]] = field(default_factory=dict)
    """What happens just before the n-th sweep, counted from 1."""
    on_read: Callable[[str], object] = lambda _: None
    """What happens just before each other read, called with its name."""

    def at_sweep(self, number: int, step: Callable[[], object]) -> None:
        """Let something happen just before that sweep."""
        self.steps[number] = step


class SceneMixin(ScriptedAdapter):
    """A scripted adapter as the registry makes it: it finds its scene by its connection's name."""

    scenes: ClassVar[dict[str, Scene]] = {}

    def __init__(self, connection: str, settings: ConnectionSettings, context: AdapterContext) -> None:
        super().__init__(connection, self.scenes[connection].script, context.redactor)
        self.settings = settings

    async def open(self) -> None:
        self.script.opened += 1
        if self.script.open_errors:
            raise self.script.open_errors.popleft()

    async def list_jobs(self) -> AsyncIterator[Sequence[Job]]:
        step = self.scenes[self.connection].steps.pop(self.script.sweeps + 1, None)
        if step is not None:
            step()
        async for page in super().list_jobs():
            yield page

    async def _read(self, name: str, *args: Any) -> None:
        self.scenes[self.connection].on_read(name)
        await super()._read(name, *args)


class ListingSystem(SceneMixin):
    """`type = "listing"`: lists jobs and runs."""

    type_name: ClassVar[str] = "listing"
    title: ClassVar[str] = "Listing system"


class FullSystem(SceneMixin, FullAdapter):
    """`type = "scripted"`: can do everything."""


class CheckingSystem(SceneMixin, CheckingAdapter):
    """`type = "checking"`: tells each job's state on request alone."""

    type_name: ClassVar[str] = "checking"


_TYPES = {"scripted": "FullSystem", "listing": "ListingSystem", "checking": "CheckingSystem"}


@dataclass(frozen=True)
class Ended:
    """A command line that has ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON document on stdout."""
        return json.loads(self.out)

    @property
    def jsonl(self) -> list[Any]:
        """The JSON documents on stdout, one a line."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def csv(self) -> list[dict[str, str]]:
        """The rows of the CSV on stdout."""
        return list(csv.DictReader(io.StringIO(self.out)))

    @property
    def talk(self) -> list[str]:
        """The lines on stderr, without the program's name."""
        return [line.removeprefix("nightdeck: ") for line in self.err.splitlines()]


class World:
    """A config, a state folder and made-up systems, for as long as a test lasts."""

    def __init__(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.folder = folder
        self.config = folder / "config.toml"
        self.state = folder / "state"
        self.clock: FakeClock = HastyClock()
        self._monkeypatch = monkeypatch
        self._capsys = capsys
        self.scenes: dict[str, Scene] = {}
        """The scripted systems, by connection."""
        self.config.write_text("", encoding="utf-8")
        monkeypatch.chdir(folder)
        monkeypatch.setenv("NIGHTDECK_CONFIG", str(self.config))
        monkeypatch.setenv("NIGHTDECK_STATE_DIR", str(self.state))
        monkeypatch.setattr(SceneMixin, "scenes", self.scenes)
        points = [EntryPoint(n, f"{__name__}:{c}", registry.ENTRY_POINTS) for n, c in _TYPES.items()]
        monkeypatch.setattr(
            "importlib.metadata.entry_points", lambda *, group: [p for p in points if p.group == group]
        )

    def add_config(self, text: str) -> None:
        """Add lines to the config."""
        self.config.write_text(f"{self.config.read_text(encoding='utf-8')}{text}\n", encoding="utf-8")

    def add_local(self, name: str = "here", **commands: str) -> None:
        """Add a connection with commands of this machine; underscores in their names are spaces."""
        self.add_config(f'[connections.{name}]\ntype = "local"')
        for job, command in commands.items():
            table = f'name = "{job.replace("_", " ")}"\ncommand = {json.dumps(command)}'
            self.add_config(f'[[connections.{name}.job]]\n{table}\ncwd = "/"\ngrace = 0.2')

    def add_scene(self, name: str, *jobs: Job, type: str = "scripted", keys: str = "") -> Scene:  # noqa: A002
        """Add a connection to a scripted system, on a clock that makes no test wait."""
        self._monkeypatch.setattr(wiring, "SystemClock", lambda: self.clock)
        self.add_config(f'[connections.{name}]\ntype = "{type}"\n{keys}')
        self.scenes[name] = Scene(Script(self.clock))
        self.scenes[name].script.add(*jobs)
        return self.scenes[name]

    def remember(self) -> None:
        """Let history know the jobs as they are now, as a dashboard that was open leaves it."""

        async def look() -> None:
            session = wiring.build_session(wiring.SessionOptions(clock=FakeClock(self.clock.now())))
            await session.engine.history.open()
            await session.engine.start()
            await session.engine.sweep_all()
            await session.engine.aclose()

        asyncio.run(look())

    def run(self, *words: str) -> Ended:
        """Run a command line in this process."""
        self._capsys.readouterr()
        code = main(words)
        out, err = self._capsys.readouterr()
        assert "Traceback" not in err
        return Ended(int(code), out, err)

    def run_apart(self, *words: str, **options: Any) -> subprocess.CompletedProcess[str]:
        """Run a command line as a process of its own; made-up systems are unknown to it."""
        return subprocess.run(
            program(*words), capture_output=True, text=True, timeout=_PATIENCE_S, env=environment(), **options
        )

    @contextmanager
    def started(self, *words: str, ignored: signal.Signals | None = None) -> Iterator[subprocess.Popen[str]]:
        """A command line that runs as a process of its own, and is ended with the block at the latest.

        Args:
            *words: The command line.
            ignored: A signal that the process finds ignored when it begins.
        """

        def prepare() -> None:
            # A process that a shell runs in the background finds Ctrl-C ignored.
            signal.signal(signal.SIGINT, signal.default_int_handler)
            if ignored is not None:
                signal.signal(ignored, signal.SIG_IGN)

        with subprocess.Popen(
            program(*words),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment(),
            preexec_fn=prepare,
        ) as process:
            try:
                yield process
            finally:
                process.kill()


def program(*words: str) -> list[str]:
    """The command line as a list of words for a new process."""
    return [sys.executable, "-m", "tui", *words]


def environment(**changes: str) -> dict[str, str]:
    """The environment of a new process: this one's, with our package in reach."""
    return {**os.environ, "PYTHONPATH": str(ROOT), **changes}

"""The whole dashboard over scripted systems and a clock that stands still."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from textual.driver import Driver
from textual.pilot import Pilot

from tests.support.clock import FakeClock
from tests.support.context import make_context
from tests.support.scripted import FullAdapter, Script, scripted_spec
from tui.core.adapter import Adapter
from tui.core.redaction import Redactor
from tui.engine.connection import ConnectionSpec
from tui.engine.engine import Engine
from tui.engine.history import History
from tui.engine.store import Store
from tui.registry import load_adapter
from tui.simulators.demo import DemoSystem, make_demo
from tui.ui.app import NightdeckApp
from tui.ui.keymap import keys_of
from tui.ui.screens.dashboard import Dashboard
from tui.ui.startup import read_startup

THEMES = Path(__file__).parents[2] / "themes"
SIZE = (120, 36)
WHOLE_PAST = 3
"""After so many questions every system has told everything about a job's newest runs."""


@dataclass(frozen=True)
class FakeSession:
    """What opening a config yields."""

    engine: Engine
    problem_lines: tuple[str, ...] = ()


@dataclass
class Deck:
    """A running dashboard and everything behind it."""

    app: NightdeckApp
    pilot: Pilot[None]
    clock: FakeClock
    scripts: Mapping[str, Script]
    engine: Engine

    @property
    def dashboard(self) -> Dashboard:
        return self.app.dashboard

    @property
    def rows(self) -> list[str]:
        """The names of the jobs that are listed, in order."""
        board = self.dashboard.board
        return [job.name for key in board.keys if (job := board.job(key)) is not None]

    @property
    def cursor(self) -> str:
        """The name of the job under the cursor."""
        job = self.dashboard.target_job
        return job.name if job is not None else ""

    @property
    def screen_text(self) -> str:
        """Everything that is painted, as plain text."""
        width, height = self.app.size
        lines = self.app.screen._compositor.render_strips(self.app.size)
        text = "\n".join(strip.text for strip in lines[:height])[: (width + 1) * height]
        # Words that belong together are kept on one line by blanks that look like any other.
        return text.replace("\xa0", " ")

    @property
    def notices(self) -> list[str]:
        """What was told in toasts."""
        return [notification.message for notification in self.app._notifications]

    async def press(self, *ids: str) -> None:
        """Press the effective key of each binding."""
        for binding_id in ids:
            await self.pilot.press(keys_of(binding_id, self.app._keymap)[0])
        await self.settle()

    async def type(self, text: str) -> None:
        """Type a text, letter by letter."""
        names = {" ": "space", ":": "colon", "-": "minus", "_": "underscore", ">": "greater_than_sign"}
        await self.pilot.press(*(names.get(letter, letter) for letter in text))
        await self.settle()

    async def advance(self, seconds: float) -> None:
        """Let time pass for the engine, and let the screen take over what came of it."""
        await self.clock.advance(seconds)
        await self.settle()

    async def settle(self) -> None:
        """Let messages arrive and paint what changed."""
        for _ in range(3):
            await self.clock.settle()
            await asyncio.sleep(0.01)
            self.dashboard._bridge.flush()
            await self.pilot.pause()
            if self.dashboard._rest is not None:
                self.dashboard.rest()
                await self.pilot.pause()


def demo_specs(clock: FakeClock, tmp_path: Path, jobs: int = 0) -> list[ConnectionSpec]:
    """The connections of the demo, on a clock that stands still."""
    return [
        ConnectionSpec(
            name=system.name,
            type=system.type,
            environment=system.environment,
            is_read_only=False,
            is_insecure=False,
            refresh_s=system.refresh_s,
            open_adapter=partial(_opened, system, clock, tmp_path),
        )
        for system in make_demo(jobs)
    ]


def remember_demo(clock: FakeClock, tmp_path: Path) -> int:
    """Fill history with the past of the demo's jobs, as an earlier session would have left it.

    Returns:
        How many jobs have a past.
    """
    return asyncio.run(_remember_demo(clock, tmp_path))


async def _remember_demo(clock: FakeClock, tmp_path: Path) -> int:
    remembered = 0
    history = History(tmp_path / "state", clock)
    for spec in demo_specs(clock, tmp_path):
        adapter = await spec.open_adapter()
        async for page in adapter.list_jobs():
            for job in page:
                # A system that tells of a few runs at a time must have told of all: else a picture would show
                # how far it has come.
                for _ in range(WHOLE_PAST):
                    runs = await adapter.list_runs(job.key, 20)
                ended = [run for run in runs if run.state.is_final]
                await history.record_runs(ended)
                remembered += bool(ended)
        await adapter.aclose()
    await history.aclose()
    return remembered


async def _opened(system: DemoSystem, clock: FakeClock, folder: Path) -> Adapter:
    running, adapter_type = system.make(clock), load_adapter(system.type)
    context = make_context(clock=clock, transport=running.transport, state_dir=folder)
    adapter = adapter_type(system.name, adapter_type.Settings.model_validate(dict(running.table)), context)
    await adapter.open()
    return adapter


def make_app(
    tmp_path: Path,
    specs: Sequence[ConnectionSpec],
    clock: FakeClock,
    *,
    is_read_only: bool = False,
    problems: tuple[str, ...] = (),
    **overrides: Any,
) -> tuple[NightdeckApp, Engine]:
    """The app over these connections, and the engine that it will open."""
    store = Store(clock)
    engine = Engine(
        specs,
        store=store,
        history=History(tmp_path / "state", clock),
        clock=clock,
        read_only=is_read_only,
        redactor=Redactor(),
        rng=random.Random(1),
    )
    # Most tests are about something else than the moment in which a stop can be taken back.
    overrides.setdefault("undo_s", 0.0)
    first = read_startup({})._replace(themes_dirs=(THEMES,), timezone="UTC", **overrides)
    return NightdeckApp(first, store, clock, lambda: FakeSession(engine, problems)), engine


@asynccontextmanager
async def running_deck(
    tmp_path: Path,
    scripts: Mapping[str, Script],
    clock: FakeClock,
    *,
    specs: Sequence[ConnectionSpec] = (),
    size: tuple[int, int] = SIZE,
    environment: str = "",
    is_read_only: bool = False,
    problems: tuple[str, ...] = (),
    driver: type[Driver] | None = None,
    **overrides: Any,
) -> AsyncIterator[Deck]:
    """Open the dashboard over these systems and wait for their first answers.

    Args:
        tmp_path: Where history and state go.
        scripts: The systems by connection name.
        specs: More connections.
        clock: The clock of all of them.
        size: Columns and lines.
        environment: Of every connection.
        is_read_only: Whether every action is refused.
        problems: What is wrong with the config.
        driver: What takes all that is painted; None paints nothing.
        **overrides: Fields of the startup.
    """
    scripted = [
        replace(scripted_spec(name, script, FullAdapter), environment=environment)
        for name, script in scripts.items()
    ]
    app, engine = make_app(
        tmp_path, [*scripted, *specs], clock, is_read_only=is_read_only, problems=problems, **overrides
    )
    app.driver_class = driver or app.driver_class
    async with app.run_test(size=size, notifications=True, headless=driver is None) as pilot:
        deck = Deck(app, pilot, clock, scripts, engine)
        await clock.wait_until(lambda: app.engine is not None)
        await deck.advance(1)
        await deck.advance(1)
        yield deck

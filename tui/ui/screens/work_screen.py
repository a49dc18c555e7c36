"""What the dashboard and the log screen share: the job they are about, and what can be done with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.screen import Screen

from tui.core.errors import NightdeckError
from tui.core.models import ActionKind

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from textual import events

    from tui.config.placefile import Reading
    from tui.core.keys import JobKey, RunKey
    from tui.core.models import Job
    from tui.engine.engine import Engine
    from tui.ui.app import NightdeckApp
    from tui.ui.board import Board

NO_ENGINE = "the config is still being read; try again in a moment"
"""Why nothing can be asked of any system yet."""

_SHOWN = 80
"""Characters of an address that is no good which are told."""
_NO_JOB = "no job is selected"
_ACTIONS = ("rerun", "trigger", "stop", "hold", "delete")
_GUARDING = ("lock", "undo")
_KINDS = {"trigger": ActionKind.TRIGGER, "stop": ActionKind.STOP, "delete": ActionKind.DELETE}


class WorkScreen(Screen[None]):
    """A screen that is about a job; subclasses say about which one."""

    app: NightdeckApp

    def __init__(self, board: Board) -> None:
        """Show a board.

        Args:
            board: Where jobs come from.
        """
        super().__init__()
        self.board = board
        self._acting: Collection[str] | None = None

    @property
    def engine(self) -> Engine | None:
        """What systems are asked through; None until the config has been read."""
        return self.app.engine

    @property
    def target(self) -> JobKey | None:
        """The job that keys act on."""
        return None

    @property
    def targets(self) -> Sequence[JobKey]:
        """The jobs that an action asks about, one after the other."""
        return [self.target] if self.target is not None else []

    @property
    def target_run(self) -> RunKey | None:
        """The run that keys act on; None means the job's newest."""
        return None

    @property
    def reading(self) -> Reading | None:
        """The log that is open here, and where in it the user is."""
        return None

    @property
    def target_job(self) -> Job | None:
        """The job that keys act on, as last observed."""
        return self.board.job(self.target) if self.target is not None else None

    def reason_against(self, action: str) -> str:
        """Why a key can't act now, or an empty string when it can."""
        name = action.removeprefix("screen.").partition("(")[0]
        if name in _GUARDING:
            return self.app.reason_against_guarding(name)
        if name not in _ACTIONS and name != "open_web":
            return ""
        job = self.target_job
        if job is None:
            return _NO_JOB
        if self.engine is None:
            return NO_ENGINE
        if name == "open_web":
            from tui.core.capabilities import HasWebUrl

            has_page = bool(job.url) or self.engine.offers(job.connection, HasWebUrl)
            return "" if has_page else f"{job.connection} has no web page for its jobs"
        reason = self.engine.can(job.key, self.kind_of(name, job))
        if reason and self.engine.is_read_only:
            return f"{reason}; {self.app.key_told('lock')} unlocks it"
        return reason

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Grey for a key that can't act now; it stays visible."""
        if action in _ACTIONS or action == "open_web":
            return None if self.reason_against(action) else True
        if action in _GUARDING:
            return self.app.check_action(action, parameters)
        return super().check_action(action, parameters)

    def refresh_bindings(self) -> None:
        """Find out anew which keys can act."""
        self._acting = None
        super().refresh_bindings()

    def on_key(self, event: events.Key) -> None:
        """Say why a key does nothing, be it grey or made for another screen."""
        from tui.ui.keysheet import acting_keys, silence_of

        if self._acting is None:
            self._acting = acting_keys(self)
        if event.key in self._acting:
            return
        silence = silence_of(self, event.key)
        if silence is not None:
            event.stop()
            self.notify(silence.reason, title=silence.description, severity="warning", markup=False)

    def action_watch(self) -> None:
        """Tell when the job's run ends, or its next one when none is under way; again, stop doing so."""
        if self.target_job is not None:
            self.app.watch_job(self.target_job)

    def action_open_web(self) -> None:
        """Open the system's own page, and copy its address for terminals without a browser."""
        self.run_worker(self._open_web(), group="web", exclusive=True)

    def action_refresh(self) -> None:
        """Ask the system of this job at once, or all systems when there is none."""
        if self.engine is not None:
            self.engine.refresh()
            self.notify("asking every system", timeout=2, markup=False)

    def kind_of(self, name: str, job: Job) -> ActionKind:
        """What a key of this name would do to the job."""
        if name == "rerun":
            return ActionKind.RERUN if job.run_id else ActionKind.TRIGGER
        if name in _KINDS:
            return _KINDS[name]
        return self._hold_or_release(job)

    def _hold_or_release(self, job: Job) -> ActionKind:
        """Release what is held, and what can't be held but can be let go: a job without a schedule."""
        engine = self.engine
        if job.is_held or engine is None:
            return ActionKind.RELEASE if job.is_held else ActionKind.HOLD
        can_only_release = engine.can(job.key, ActionKind.HOLD) and not engine.can(
            job.key, ActionKind.RELEASE
        )
        return ActionKind.RELEASE if can_only_release else ActionKind.HOLD

    async def _open_web(self) -> None:
        job = self.target_job
        if job is None or self.engine is None:
            return
        try:
            url = await self.engine.web_url(job.key, self.target_run)
        except NightdeckError as error:
            self.notify(str(error), severity="error", markup=False)
            return
        if not url:
            self.notify(f"{job.connection} has no web page for {job.name}", severity="warning", markup=False)
            return
        from tui.ui.widgets.overview import is_web_address

        if not is_web_address(url):
            # A browser is told of web pages alone: with other addresses it opens files, or programs.
            told = f"{job.connection} tells no address of a web page for {job.name}: {url[:_SHOWN]}"
            self.notify(told, severity="warning", markup=False)
            return
        if not self.app.is_remote:
            self.app.open_url(url)
        self.app.copy_text(url, "address")

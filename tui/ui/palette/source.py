"""What the palette needs from the app."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from tui.core.keys import JobKey, RunKey
    from tui.core.models import Job, Run
    from tui.ui.glyphs import GlyphSet
    from tui.ui.settings import Setting


class PaletteSource(Protocol):
    """Where entries come from, and what choosing one does."""

    @property
    def recent(self) -> list[str]:
        """The ids of the entries that were chosen last, the newest first; the palette adds to it."""
        ...

    @property
    def glyphs(self) -> GlyphSet:
        """The set of signs."""
        ...

    @property
    def moment(self) -> datetime:
        """What ages are counted from."""
        ...

    def jobs(self) -> Iterable[Job]:
        """Every job that is loaded."""
        ...

    def job(self, key: JobKey) -> Job | None:
        """One of them."""
        ...

    def views(self) -> Sequence[str]:
        """Names of the saved views, in the order of their digits."""
        ...

    def themes(self) -> Sequence[str]:
        """Names of the themes that can be used."""
        ...

    def settings(self) -> Sequence[Setting]:
        """What can be changed for this session, and what can't and why."""
        ...

    async def newest_runs(self, job: JobKey) -> Sequence[Run]:
        """The newest runs of a job, as far as they are remembered."""
        ...

    async def runs_by_id(self, beginning: str) -> Sequence[Run]:
        """The remembered runs whose id begins like that."""
        ...

    def go_to(self, key: JobKey) -> None:
        """Put the cursor on a job."""
        ...

    def open_log(self, run: RunKey) -> None:
        """Show a run's log."""
        ...

    def use_view(self, number: int) -> None:
        """Show a saved view; 0 shows everything."""
        ...

    def use_theme(self, name: str) -> None:
        """Paint in another theme."""
        ...

    def use_setting(self, setting: Setting, value: str) -> None:
        """Change a setting for this session."""
        ...

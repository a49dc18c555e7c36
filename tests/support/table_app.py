"""A small app around the job table, over a made-up fleet, for tests, benchmarks and looking at it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.support.fleet import ENVIRONMENTS, NOW
from tui.core.keys import JobKey
from tui.core.models import Health
from tui.engine.columns import DEFAULT_ORDER
from tui.ui.painting import NarrowPaint
from tui.ui.theme import load_theme
from tui.ui.widgets.job_table import JobTable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from textual.app import ComposeResult

    from tui.core.models import Job, Receipt, Trend
    from tui.engine.columns import SortOrder
    from tui.engine.group_lines import Line
    from tui.engine.grouping import GroupKey
    from tui.engine.groups import Group

THEMES = Path(__file__).parents[2] / "themes"


@dataclass
class FleetSource:
    """Rows in the order in which they are given; what a test changes shows when it tells the table."""

    jobs: dict[JobKey, Job]
    trends: dict[JobKey, Trend] = field(default_factory=dict)
    receipts: dict[JobKey, Receipt] = field(default_factory=dict)
    stale: set[str] = field(default_factory=set)
    watched: set[JobKey] = field(default_factory=set)
    first_errors: dict[JobKey, str] = field(default_factory=dict)
    environments: dict[str, str] = field(default_factory=lambda: dict(ENVIRONMENTS))
    health: dict[str, Health] = field(
        default_factory=lambda: {
            name: Health(name, "", environment) for name, environment in ENVIRONMENTS.items()
        }
    )
    now: datetime = NOW
    order: SortOrder = DEFAULT_ORDER
    keys: list[JobKey] = field(default_factory=list)
    rows: dict[JobKey, int] = field(default_factory=dict)
    revision: int = 0

    @classmethod
    def of(cls, jobs: Iterable[Job], **fields: Any) -> FleetSource:
        source = cls({job.key: job for job in jobs}, **fields)
        source.show(list(source.jobs))
        return source

    def show(self, keys: Sequence[JobKey]) -> None:
        self.keys = list(keys)
        self.rows = {key: row for row, key in enumerate(self.keys)}

    def job(self, key: JobKey) -> Job | None:
        return self.jobs.get(key)

    def trend(self, key: JobKey) -> Trend | None:
        return self.trends.get(key)

    def receipt(self, key: JobKey) -> Receipt | None:
        return self.receipts.get(key)

    def is_stale(self, key: JobKey) -> bool:
        return key.connection in self.stale

    def first_error(self, key: JobKey) -> str:
        return self.first_errors.get(key, "")

    def is_watched(self, key: JobKey) -> bool:
        return key in self.watched

    def environment(self, connection: str) -> str:
        return self.environments.get(connection, "")

    def index_of(self, key: JobKey) -> int | None:
        return self.rows.get(key)

    @property
    def lines(self) -> Sequence[Line]:
        return self.keys

    @property
    def group(self) -> str:
        return ""

    def line_of(self, line: Line) -> int | None:
        return self.rows.get(line) if isinstance(line, JobKey) else None

    def group_of(self, key: JobKey) -> GroupKey | None:
        del key
        return None

    def group_told(self, key: GroupKey) -> Group | None:
        del key
        return None

    def jobs_in(self, key: GroupKey) -> Sequence[JobKey]:
        del key
        return ()


class TableApp(NarrowPaint[None]):
    """The table alone, in a theme of ours."""

    ENABLE_COMMAND_PALETTE = False

    def __init__(self, source: FleetSource, theme: str = "nightdeck-dark", **options: Any) -> None:
        super().__init__()
        self.register_theme(load_theme(theme, [THEMES]))
        self.theme = theme
        self.source = source
        self.told: list[object] = []
        self._options: dict[str, Any] = {"zone": UTC} | options

    def compose(self) -> ComposeResult:
        yield JobTable(self.source, **self._options)

    @property
    def table(self) -> JobTable:
        return self.query_one(JobTable)

    def on_mount(self) -> None:
        self.table.focus()

    def on_job_table_cursor_moved(self, event: JobTable.CursorMoved) -> None:
        self.told.append(event)

    def on_job_table_job_opened(self, event: JobTable.JobOpened) -> None:
        self.told.append(event)

    def on_job_table_marks_changed(self, event: JobTable.MarksChanged) -> None:
        self.told.append(event)

    def on_job_table_sort_requested(self, event: JobTable.SortRequested) -> None:
        self.told.append(event)

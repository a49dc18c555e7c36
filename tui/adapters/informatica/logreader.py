"""Reading the activity log: the newest rows in each sweep until what is known, and older ones bit by bit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.adapters.informatica.endpoints import LOG
from tui.adapters.informatica.together import together
from tui.adapters.informatica.wire import ActivityRow, EntryRow, reading, rows_of
from tui.core.errors import Forbidden, NotFound
from tui.transport.turns import in_turns

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.adapters.informatica.activity import Activity
    from tui.adapters.informatica.api import InformaticaApi

NEWS_ROWS = 50
"""Rows of a page in a usual sweep. A row holds every transformation: 200 of them take six seconds."""

PAGE_ROWS = 100
"""Rows of a page at the beginning, and of older pages; the vendor advises against more on a busy day."""

FIRST_PAGES = 3
"""Pages of the first sweep, so that the table comes soon; the older ones follow one a sweep."""

MOST_PAGES = 10
"""Pages of news in one sweep: more rows than that came while nobody looked."""

MOST_ROWS = 2000
"""Rows that are read back in time. A task without a run among them may have run before."""

MOST_ASKED = 10
"""Runs that are looked for one by one in a sweep, because both lists miss them."""


class ActivityLog:
    """Reads the log into what is known.

    Args:
        api: Asks Informatica.
        activity: What is known.
    """

    def __init__(self, api: InformaticaApi, activity: Activity) -> None:
        self._api = api
        self._activity = activity
        self._depth = 0
        """Rows from the newest on that are known without a gap; 0 before the first look."""
        self._reads_older = False

    @property
    def goes_back(self) -> bool:
        """Whether older rows are still to be read."""
        return not self._activity.is_whole and self._depth < MOST_ROWS

    async def read_news(self) -> None:
        """Read what is new; at the first time some pages."""
        is_first = not self._depth
        # The first sweep has read enough: the table is waited for.
        self._reads_older = not is_first
        size = PAGE_ROWS if is_first else NEWS_ROWS
        offset = news = 0
        for _ in range(FIRST_PAGES if is_first else MOST_PAGES):
            count, new = await self._read_page(offset, size)
            offset += count
            news += new
            if count < size:
                self._depth, self._activity.is_whole = offset, True
                return
            if not is_first and new < count:
                self._depth += news
                return
        # More news than we ask for: what lies between them and what was known is read bit by bit.
        self._depth, self._activity.is_whole = offset, False

    async def read_older(self) -> None:
        """Read one page further back, as long as that is worth it."""
        if not self._reads_older or not self.goes_back:
            return
        count, _ = await self._read_page(self._depth, PAGE_ROWS)
        self._depth += count
        self._activity.is_whole = count < PAGE_ROWS

    async def look_for_missing(self) -> None:
        """Ask for the runs that should be in the log by now, wherever in it they are."""
        asked = self._activity.missing[:MOST_ASKED]
        rows = await together(*(self.entry(task_id, run_id) for task_id, run_id in asked))
        found = [row for row in rows if row is not None]
        await in_turns(self._activity.note_log(found))

    async def entry(self, task_id: str, run_id: str) -> EntryRow | None:
        """The row of one run with its steps; None when the log has none."""
        params = {"taskId": task_id, "runId": run_id, "rowLimit": f"{NEWS_ROWS}"}
        try:
            rows = rows_of(EntryRow, await self._api.rows(LOG, params=params))
        except (NotFound, Forbidden):
            # Informatica answers a wrong id like that, and an empty list as well.
            return None
        return next((row for row in rows if (row.task_id, row.run_id) == (task_id, run_id)), None)

    async def rows_of_task(self, task_id: str, limit: int) -> Sequence[ActivityRow]:
        """The newest rows of a task. Raises NotFound."""
        found: list[ActivityRow] = []
        offset = 0
        while len(found) < limit:
            size = min(limit, PAGE_ROWS)
            params = {"taskId": task_id, "rowLimit": f"{size}", "offset": f"{offset}"}
            values = await self._api.rows(LOG, params=params)
            rows = await in_turns(reading(ActivityRow, values))
            found += [row for row in rows if row.task_id == task_id]
            offset += len(values)
            if len(values) < size or offset >= MOST_ROWS:
                break
        return found[:limit]

    async def _read_page(self, offset: int, size: int) -> tuple[int, int]:
        """Read one page; how many rows came, and how many of them were new."""
        params = {"rowLimit": size, "offset": offset}
        values = await self._api.rows(LOG, params=params, is_fixed=True)
        rows = await in_turns(reading(ActivityRow, values))
        return len(values), await in_turns(self._activity.note_log(rows))

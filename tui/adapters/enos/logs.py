"""Fetching the logs of a run's tasks, as few as will do."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tui.adapters.enos.log import PIECE, Part, Place, chunk, is_rewritten
from tui.adapters.enos.searching import together
from tui.adapters.enos.tasks import has_not_begun, state_of
from tui.core.errors import NotFound
from tui.core.state import State

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.adapters.enos.api import EnosApi
    from tui.adapters.enos.tasks import TaskReader
    from tui.adapters.enos.wire import GraphTask
    from tui.core.keys import RunKey
    from tui.core.models import LogChunk


AT_ONCE = 8
"""Logs that are fetched at once: each comes whole, and may be large."""

MOST_LOGS = 1000
"""Tasks of one run whose logs are read: each costs a call at every look."""


class LogReader:
    """Reads logs.

    Args:
        api: The server.
        tasks: Knows the tasks of a run.
    """

    def __init__(self, api: EnosApi, tasks: TaskReader) -> None:
        self._api = api
        self._tasks = tasks

    async def read(self, run: RunKey, cursor: str) -> LogChunk:
        """What follows the cursor in the log of a run.

        Raises:
            NotFound: There is no such run, or its tasks can't be told.
            Forbidden: The user may not read it.
        """
        execution = await self._tasks.execution(run)
        if execution.tasks is None:
            raise NotFound(
                f"EnOS does not tell the tasks of run {run.run_id}, and logs are kept for tasks only",
                hint="look at the flow instance in EnOS",
            )
        has_ended = not execution.instance.is_open
        nodes = [node for node in execution.tasks if node.instance_id][:MOST_LOGS]
        place = Place.parse(cursor)
        parts, is_all = await self._parts(nodes, place, has_ended=has_ended)
        if is_rewritten(parts, place):
            # Everything is told anew, also what was not fetched because it had been read.
            parts, is_all = await self._parts(nodes, Place({}), has_ended=has_ended)
            return replace(chunk(parts, "", has_ended=has_ended and is_all), is_restart=True)
        return chunk(parts, cursor, has_ended=has_ended and is_all)

    async def _parts(
        self, nodes: Sequence[GraphTask], place: Place, *, has_ended: bool
    ) -> tuple[list[Part], bool]:
        """The logs in order, until there is more to be told than one chunk takes; and whether that is all."""
        parts: list[Part] = []
        untold = 0
        for start in range(0, len(nodes), AT_ONCE):
            if untold >= PIECE:
                return parts, False
            some = nodes[start : start + AT_ONCE]
            found = await together(self._part(node, place, has_ended=has_ended) for node in some)
            untold += sum(place.untold(part) for part in found)
            parts += found
        return parts, True

    async def _part(self, node: GraphTask, place: Place, *, has_ended: bool) -> Part:
        native = state_of(node)
        # A task that failed may be repeated as long as its run goes on; in one that has ended nothing is.
        is_over = has_ended or native.state is State.SUCCEEDED
        end = (native.word or native.state.value) if is_over else ""
        title = node.name or node.instance_id
        if place.is_read(node.instance_id, end) or has_not_begun(node):
            return Part(node.instance_id, title, None, end)
        text = await self._api.log(node.instance_id)
        return Part(node.instance_id, title, (text or "").encode("utf-8", "replace"), end)

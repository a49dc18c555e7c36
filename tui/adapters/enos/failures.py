"""Why runs failed: the names of the tasks that did, at one call for each failed run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.adapters.enos.codes import DECLINED
from tui.adapters.enos.searching import together
from tui.adapters.enos.tasks import state_of
from tui.adapters.enos.wire import graph_tasks
from tui.core.errors import BadAnswer, ServerFailed
from tui.core.state import State

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.adapters.enos.api import EnosApi
    from tui.adapters.enos.instances import History, Instance

ASKED_PER_SWEEP = 5
"""Failed runs that are asked about in one sweep."""

_MOST_NAMES = 3


class FailureReasons:
    """Remembers why the newest runs failed."""

    def __init__(self, api: EnosApi) -> None:
        self._api = api
        self._reasons: dict[str, str] = {}
        self._troubled: set[str] = set()

    def reason(self, history: History | None) -> str:
        """Why the newest run failed; empty when it didn't, or when that isn't known yet."""
        return self._reasons.get(history.newest.id, "") if history is not None else ""

    async def read_some(self, failed: Sequence[Instance]) -> None:
        """Ask about a few runs that have failed, and forget those that are not the newest any more.

        Raises:
            SystemUnavailable: The connection is in trouble. One run alone can't keep it there: it is left out
                when it can't be asked about for the second time.
        """
        names = {item.id for item in failed}
        self._reasons = {name: reason for name, reason in self._reasons.items() if name in names}
        self._troubled &= names
        unknown = [item for item in failed if item.id not in self._reasons and item.can_read]
        newest = sorted(unknown, key=lambda item: item.trigger, reverse=True)
        await together(self._read(item.id) for item in newest[:ASKED_PER_SWEEP])

    async def _read(self, instance_id: str) -> None:
        try:
            record = await self._api.instance(instance_id)
        except DECLINED:
            # Not to be asked again and again: the run has failed, whatever the reason was.
            self._reasons[instance_id] = ""
        except (BadAnswer, ServerFailed):
            if instance_id not in self._troubled:
                self._troubled.add(instance_id)
                raise
            self._reasons[instance_id] = ""
        else:
            self._reasons[instance_id] = _reason(record.get("graph"))


def _reason(graph: object) -> str:
    nodes = graph_tasks(graph) or ()
    names = [node.name or node.id for node in nodes if state_of(node).state is State.FAILED]
    if not names:
        return ""
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return f"in {', '.join(names[:_MOST_NAMES])}{more}"

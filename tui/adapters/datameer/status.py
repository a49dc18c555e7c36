"""How a job stands, by V2 where the server has it, else by V1."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from tui.adapters.datameer.identity import ExecutionId
from tui.adapters.datameer.states import NEVER_RUN, NativeState, native_state
from tui.adapters.datameer.times import parse_end, parse_time
from tui.adapters.datameer.wire import StatusV1, StatusV2
from tui.core.errors import BadAnswer, NotFound
from tui.core.state import State

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, tzinfo
    from typing import Any, Literal

    from tui.adapters.datameer.api import DatameerApi
    from tui.adapters.datameer.files import FileIndex
    from tui.adapters.datameer.identity import ConfigurationId
    from tui.adapters.datameer.listing import ListedJob
    from tui.transport.answer import Answer

_NOT_FOUND = 404
_MISSES = frozenset({400, _NOT_FOUND})


@dataclass(frozen=True, slots=True)
class Condition:
    """How a job stands, whichever API told it."""

    word: str
    """The server's own word; empty for a job that V1 tells nothing of, because it has never run."""
    execution_id: ExecutionId | None = None
    """The newest run."""
    started_at: datetime | None = None
    """Its start, where it is told."""
    ended_at: datetime | None = None
    """Its end, where it is told."""
    progress: float | None = None
    """How much of it is done, from 0.0 to 1.0."""
    estimate: str = ""
    """How much longer it takes, in the server's words."""
    has_times: bool = False
    """Whether the API tells times at all."""

    @property
    def native(self) -> NativeState:
        """What the word means."""
        if not self.word and self.execution_id is None and not self.has_times:
            return NativeState(State.NEVER_RUN)
        return native_state(self.word)


class _V2(Enum):
    """What is known of the server's V2."""

    UNTRIED = auto()
    PRESENT = auto()
    ABSENT = auto()


class StatusReader:
    """Asks how jobs stand.

    Args:
        api: The server.
        files: Knows what V2 calls the jobs.
        choice: The connection's `api`.
        zone: The server's zone.
    """

    def __init__(
        self, api: DatameerApi, files: FileIndex, choice: Literal["auto", "v1", "v2"], zone: tzinfo
    ) -> None:
        self._api = api
        self._files = files
        self._is_strict = choice == "v2"
        self._zone = zone
        self._v2 = _V2.ABSENT if choice == "v1" else _V2.UNTRIED
        self._unknown_to_v2: set[ConfigurationId] = set()

    @property
    def version(self) -> str:
        """The API in use, for people; empty while that is open."""
        return {_V2.PRESENT: "API V2", _V2.ABSENT: "API V1"}.get(self._v2, "")

    async def condition(self, job: ListedJob) -> Condition:
        """How the job stands. Raises NotFound."""
        if self._v2 is _V2.ABSENT or job.id in self._unknown_to_v2:
            return await self._by_v1(job)
        content, is_plain_404 = await self._by_v2(job)
        if content is not None:
            return condition_v2(content, self._zone)
        if self._is_strict:
            raise self._no_v2(job)
        found = await self._by_v1(job)
        # Only when V1 knows the very job that V2 has no address for, something is proven.
        if is_plain_404 and self._v2 is _V2.UNTRIED:
            self._v2 = _V2.ABSENT
        else:
            self._unknown_to_v2.add(job.id)
        return found

    async def raw(self, job: ListedJob) -> Mapping[str, Any]:
        """The server's own answer. Raises NotFound."""
        content = None
        if self._v2 is not _V2.ABSENT and job.id not in self._unknown_to_v2:
            content, _ = await self._by_v2(job)
        return content if content is not None else await self._api.status_v1(job.id)

    async def _by_v1(self, job: ListedJob) -> Condition:
        return condition_v1(await self._api.status_v1(job.id))

    async def _by_v2(self, job: ListedJob) -> tuple[dict[str, Any] | None, bool]:
        """The answer of V2, or None; and whether it was a 404 without a word, as where there is no V2."""
        is_plain_404 = False
        async for reference in self._files.references(job):
            answer = await self._api.answer_v2(reference)
            content = await self._read_v2(answer)
            if content is not None:
                return content, False
            is_plain_404 = answer.status == _NOT_FOUND
        return None, is_plain_404

    async def _read_v2(self, answer: Answer) -> dict[str, Any] | None:
        """What V2 says of a file; None when it has no such file or no such address."""
        is_ours = answer.status not in _MISSES or answer.body.lstrip().startswith(b"{")
        try:
            content = await self._api.content_v2(answer) if is_ours else None
        except NotFound:
            # It has words for a missing file, so it is there.
            self._v2 = _V2.PRESENT
            return None
        if answer.status in _MISSES:
            return None
        self._v2 = _V2.PRESENT
        return content

    def _no_v2(self, job: ListedJob) -> NotFound | BadAnswer:
        if self._v2 is _V2.PRESENT:
            return NotFound(
                f"{self._api.host} knows no file of job {job.id}", hint="the account may not see it"
            )
        return BadAnswer(
            f"{self._api.host} does not tell the state of job {job.id} by V2",
            hint='V2 exists since Datameer 7.2.5; set `api = "auto"` for this connection',
        )


def condition_v1(content: Mapping[str, Any]) -> Condition:
    """What an answer of V1 says. Its `id` is that of the newest run, not of the job."""
    told = StatusV1.model_validate(content)
    return Condition(word=told.word, execution_id=_execution(told.execution_id))


def condition_v2(content: Mapping[str, Any], zone: tzinfo) -> Condition:
    """What an answer of V2 says."""
    told = StatusV2.model_validate(content)
    if told.word == NEVER_RUN:
        return Condition(word=told.word, has_times=True)
    started_at = parse_time(told.start, zone)
    is_final = native_state(told.word).state.is_final
    return Condition(
        word=told.word,
        execution_id=_execution(told.execution_id),
        started_at=started_at,
        ended_at=parse_end(told.stop, zone, started_at),
        progress=None if is_final else _part(told.progress),
        estimate="" if is_final else told.estimate,
        has_times=True,
    )


def _execution(text: str) -> ExecutionId | None:
    return ExecutionId(text) if text else None


def _part(percent: float | None) -> float | None:
    """A percentage as a part of 1; None for what can't be one."""
    return percent / 100 if percent is not None and 0 <= percent <= 100 else None

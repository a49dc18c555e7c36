"""The addresses of a Datameer's API, and what its answers mean beside their content."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tui.adapters.datameer.identity import Kind
from tui.adapters.datameer.wire import Started
from tui.core.errors import ActionRefused, BadAnswer, NightdeckError, NotFound
from tui.transport.auth import BasicAuth
from tui.transport.body import shown
from tui.transport.client import ApiClient, ClientOptions
from tui.transport.fields import some
from tui.transport.limits import MAX_RECORD_BYTES
from tui.transport.origins import segment

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractAsyncContextManager

    from tui.adapters.datameer.identity import ConfigurationId, ExecutionId, FileReference
    from tui.adapters.datameer.settings import DatameerSettings
    from tui.core.adapter import AdapterContext
    from tui.transport.answer import Answer
    from tui.transport.stream import AnswerStream

LISTS: Mapping[Kind, tuple[str, ...]] = {
    Kind.IMPORT_JOB: ("rest/import-job",),
    Kind.WORKBOOK: ("rest/workbook",),
    # Clients of the real thing disagree about this one.
    Kind.EXPORT_JOB: ("rest/export-job", "rest/export-jobs"),
}
JOB = "rest/{kind}/{job}"
STATUS_V1 = "rest/job-configuration/job-status"
STATUS_V2 = "api/job-execution/{file}/status"
HISTORY = "rest/job-configuration/job-history"
DETAILS = "rest/job-execution/job-details"
ACTIVE = "rest/jobs/list-running"
TRIGGER = "rest/job-execution"
STOP = "rest/job-execution/job-kill"
LOG = "file-job"
"""A route of the web interface: there is no documented one for logs."""
SESSION = "browser"
"""The page whose visit gives a session to the routes of the web interface."""

_MISSING = re.compile(r"(?:doesn't|does not|didn't) exist|isn't accessible|not (?:be )?found", re.IGNORECASE)
_TELLING = frozenset({400, 404, 409, 410, 422})
_UNUSUAL = "this version of Datameer may differ from the documented one"
_REASONS = ("reason", "error", "message")


class DatameerApi:
    """Asks a Datameer, and makes an error of everything that is no success.

    Args:
        settings: The connection's table.
        password: The user's password.
        context: The clock, the redactor, and in tests the network.
    """

    def __init__(self, settings: DatameerSettings, password: str, context: AdapterContext) -> None:
        self._redactor = context.redactor
        self._client = ApiClient(
            settings.url,
            settings,
            context,
            auth=BasicAuth(settings.username, password),
            options=ClientOptions(keeps_cookies=True, judge=self._judge),
        )
        self._lists = dict(LISTS)

    @property
    def host(self) -> str:
        """The server, for messages."""
        return self._client.host

    async def open(self) -> None:
        """Prepare for work. Raises ConfigError for unusable files."""
        await self._client.open()

    async def aclose(self) -> None:
        """Close every connection."""
        await self._client.aclose()

    async def jobs(self, kind: Kind) -> list[Any]:
        """Every job of a kind as the server sends it."""
        for path in self._lists[kind]:
            answer = await self._client.read(path, accept={404})
            if answer.status != 404:
                self._lists[kind] = (path,)
                return list(some(self._list_in(await self._content(answer), "jobs")))
        raise BadAnswer(
            f"{self.host} has no list of {kind}s (404)", hint="check `url`, or leave this kind out of `kinds`"
        )

    async def configuration(self, kind: Kind, job: ConfigurationId) -> dict[str, Any]:
        """The whole configuration of a job. Raises NotFound, also where a version has no such call."""
        answer = await self._client.read(JOB.format(kind=kind, job=segment(job)))
        return self._object_in(await self._content(answer))

    async def status_v1(self, job: ConfigurationId) -> dict[str, Any]:
        """How a job stands, by V1. Raises NotFound."""
        answer = await self._client.read(f"{STATUS_V1}/{segment(job)}", limit=MAX_RECORD_BYTES)
        return self._object_in(await self._content(answer))

    async def answer_v2(self, file: FileReference) -> Answer:
        """The answer of V2 to how a job stands, which may be that there is no such file or no V2."""
        path = STATUS_V2.format(file=segment(file))
        return await self._client.read(path, accept={400, 404}, limit=MAX_RECORD_BYTES)

    async def history(self, job: ConfigurationId, start: int, length: int) -> list[Any]:
        """Some runs of a job, newest first. Raises NotFound."""
        params = {"start": start, "length": length}
        answer = await self._client.read(f"{HISTORY}/{segment(job)}", params=params)
        return self._list_in(await self._content(answer), "runs")

    async def details(self, run: ExecutionId) -> dict[str, Any]:
        """What is told of one run. Raises NotFound."""
        answer = await self._client.read(f"{DETAILS}/{segment(run)}", limit=MAX_RECORD_BYTES)
        found = self._object_in(await self._content(answer))
        if not found:
            raise NotFound(f"{self.host} tells nothing of run {run}", hint="it may have been deleted")
        return found

    async def active(self) -> list[Any] | None:
        """The runs that are under way; None where a version has no such list."""
        answer = await self._client.read(ACTIVE, accept={404})
        if answer.status == 404:
            return None
        return self._list_in(await self._content(answer), "active jobs")

    async def trigger(self, job: ConfigurationId) -> Started:
        """Start a run, once.

        Raises:
            ActionRefused: The server said no; nothing has changed. NotFound and Forbidden say so, too.
            OutcomeUnknown: It may have happened.
        """
        answer = await self._client.send_change("POST", TRIGGER, params={"configuration": job})
        return Started.model_validate(await self._confirmation(answer))

    async def stop(self, run: ExecutionId) -> None:
        """End a run, once. Success has no body. Raises like `trigger`."""
        answer = await self._client.send_change("POST", f"{STOP}/{segment(run)}")
        await self._content(answer)

    async def delete(self, kind: Kind, job: ConfigurationId) -> None:
        """Remove a job, once. Raises like `trigger`."""
        answer = await self._client.send_change("DELETE", JOB.format(kind=kind, job=segment(job)))
        await self._confirmation(answer)

    def open_log(self, run: ExecutionId) -> AbstractAsyncContextManager[AnswerStream]:
        """The log of a run, to be read piece by piece. Raises NotFound."""
        return self._client.stream(LOG, params={"jobExecutionId": run})

    async def begin_session(self) -> None:
        """Visit the web interface, whose cookie its routes want."""
        await self._client.read(SESSION, accept=range(400, 600))

    async def content_v2(self, answer: Answer) -> dict[str, Any]:
        """The content of an answer of V2. Raises NotFound when there is no such file."""
        return self._object_in(await self._content(answer))

    def reason_in(self, content: object) -> str:
        """Why a call failed, from its content; empty when it didn't. An HTTP success tells nothing."""
        if not isinstance(content, dict):
            return ""
        said = next((text for key in _REASONS if isinstance(text := content.get(key), str) and text), "")
        is_failure = str(content.get("status", "")).strip().lower() in {"failure", "failed", "error"}
        if is_failure or content.get("error"):
            return shown(said, self._redactor) or "it gives no reason"
        return ""

    async def _content(self, answer: Answer) -> Any:
        content = await answer.json()
        reason = self.reason_in(content)
        if reason:
            raise self._error_of(reason, is_change=answer.is_change)
        return content

    async def _confirmation(self, answer: Answer) -> dict[str, Any]:
        """What is said of a change that was made; some versions say nothing."""
        content = await self._content(answer)
        if content is not None and not isinstance(content, dict):
            answer.reject("answered with something that is no record", hint=_UNUSUAL)
        return content or {}

    def _judge(self, answer: Answer) -> NightdeckError | None:
        """Statuses of failures are not documented: the server's sentence for a missing job counts."""
        may_tell = answer.status in _TELLING or (answer.status >= 500 and not answer.is_change)
        if not may_tell or not answer.body.lstrip().startswith(b"{") or not _MISSING.search(answer.excerpt):
            return None
        return self._error_of(answer.excerpt, is_change=answer.is_change)

    def _error_of(self, reason: str, *, is_change: bool) -> NightdeckError:
        if _MISSING.search(reason):
            return NotFound(
                f"{self.host} says: {reason}",
                hint="the job may have been deleted, or the account may not see it",
            )
        if is_change:
            return ActionRefused(
                f"{self.host} refused the change: {reason}", hint="nothing has changed; the system says why"
            )
        return BadAnswer(f"{self.host} says: {reason}", hint=_UNUSUAL)

    def _list_in(self, content: object, what: str) -> list[Any]:
        if content is None:
            return []
        if not isinstance(content, list):
            raise BadAnswer(f"{self.host} sent no list of {what}", hint=_UNUSUAL)
        return content

    def _object_in(self, content: object) -> dict[str, Any]:
        if content is None:
            return {}
        if not isinstance(content, dict):
            raise BadAnswer(f"{self.host} sent something that is no record", hint=_UNUSUAL)
        return content

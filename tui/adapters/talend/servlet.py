"""Calls of the MetaServlet: one JSON object in base64 as the query, and one JSON object as the answer."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from typing import TYPE_CHECKING, Any

import httpx

from tui.adapters.talend.codes import OK, InvalidRequest, bad_login, error_of
from tui.adapters.talend.wire import execution_of
from tui.core.errors import ActionRefused, BadAnswer
from tui.transport.body import shown
from tui.transport.client import ApiClient
from tui.transport.fields import some

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from tui.adapters.talend.wire import ExecutionAnswer
    from tui.core.adapter import AdapterContext
    from tui.core.redaction import Redactor
    from tui.core.settings import ConnectionSettings
    from tui.transport.answer import Answer

SERVLET = "metaServlet"
"""Path of the servlet below the web application."""

LIST_TASKS = "listTasks"
RELATED_TASKS = "getTasksRelatedToJobs"
TASK_ID_BY_NAME = "getTaskIdByName"
TASK_STATUS = "getTaskStatus"
EXECUTION_STATUS = "getTaskExecutionStatus"
RUN_TASK = "runTask"
STOP_TASK = "stopTask"
PAUSE_TRIGGERS = "requestPauseTriggers"
RESUME_TRIGGERS = "requestResumeTriggers"
TASK_LOG = "taskLog"

_SECRET_SHOWN = "•••"  # noqa: S105 - what stands where the password would be
_LONGEST_QUERY = 7500
"""Characters of a query: the usual server takes 8 KiB for the whole head of a request."""

_ENVELOPE_BYTES = 64 * 1024
"""A larger answer is a list or a log, and no refusal of the login."""

_BAD_LOGIN = re.compile(rb"\"returnCode\"\s*:\s*\"?3\"?\s*[,}]")
_LOG_KEY = re.compile(r"task log'?s contents", re.IGNORECASE)


class LoginCheck(httpx.Auth):
    """Finds the refusal of a login in an answer that HTTP calls a success, before anything else is sent."""

    requires_response_body = True

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Send the request as it is, and look at what comes back. Raises Unauthorized."""
        response = yield request
        if len(response.content) <= _ENVELOPE_BYTES and _BAD_LOGIN.search(response.content):
            raise bad_login(_error_text(_object(response.content), self._redactor))


class MetaServlet:
    """Asks a TAC, and makes an error of everything that is no success.

    Args:
        url: Address of the web application.
        username: Goes into every request.
        password: Goes into every request, and with it into the address: no address is ever shown.
        settings: Timeout, TLS, proxy and limits of the connection.
        context: The clock, the redactor, and in tests the network.
    """

    def __init__(
        self,
        url: str,
        username: str,
        password: str,
        settings: ConnectionSettings,
        context: AdapterContext,
    ) -> None:
        self._username = username
        self._password = password
        self._redactor = context.redactor
        self._client = ApiClient(base_address(url), settings, context, auth=LoginCheck(context.redactor))
        self._listing = LIST_TASKS

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

    async def ask(self, action: str, **members: Any) -> dict[str, Any]:
        """The answer to a request that changes nothing.

        Raises:
            NotFound: There is no such task.
            SystemUnavailable: The TAC, or something on the way to it, says no or makes no sense.
        """
        answer = await self._client.read(self._path(action, members), is_fixed=True)
        return await self._checked(answer)

    async def send(self, action: str, **members: Any) -> dict[str, Any]:
        """The answer to a request that changes something; it is sent once.

        Raises:
            ActionRefused: The TAC said no; nothing has changed. NotFound and Forbidden say so, too.
            OutcomeUnknown: It may have happened.
        """
        path = self._path(action, members)
        if len(path) > _LONGEST_QUERY:
            raise ActionRefused(
                f"the parameters are too long: {len(path)} characters, and a TAC takes {_LONGEST_QUERY}",
                hint="the MetaServlet takes them in an address; put long values into a context of the job",
            )
        answer = await self._client.send_change("GET", path)
        return await self._checked(answer)

    async def tasks(self) -> list[Any]:
        """Every task as the TAC sends it, by the newer or the older command."""
        try:
            answer = await self.ask(self._listing)
        except InvalidRequest:
            if self._listing == RELATED_TASKS:
                raise
            answer = await self.ask(RELATED_TASKS)
            self._listing = RELATED_TASKS
        for key in ("result", "root"):
            if key in answer:
                found = answer[key]
                if isinstance(found, list):
                    return list(some(found))
                if found is None:
                    return []
        raise BadAnswer(
            f"{self.host} sent no list of tasks",
            hint="this version of the TAC may differ from the documented one",
        )

    async def status(self, task_id: str) -> str:
        """The `status` of one task."""
        status = (await self.ask(TASK_STATUS, taskId=task_id)).get("status")
        return status if isinstance(status, str) else ""

    async def execution(self, exec_request_id: str) -> ExecutionAnswer:
        """How a run that was asked for over the MetaServlet stands."""
        return execution_of(await self.ask(EXECUTION_STATUS, execRequestId=exec_request_id))

    async def log(self, task_id: str, *, is_last_only: bool) -> str:
        """The log of a task's last run, or of all its runs one after the other."""
        answer = await self.ask(TASK_LOG, lastExecution=is_last_only, taskId=task_id)
        text = answer.get("result")
        if text is None:
            text = next((value for key, value in answer.items() if _LOG_KEY.search(key)), None)
        return text if isinstance(text, str) else ""

    def shown(self, action: str, **members: Any) -> str:
        """The request for people, without the password."""
        payload = self._payload(action, members, password=_SECRET_SHOWN)
        return f"{self.host} {SERVLET} {json.dumps(payload, ensure_ascii=False)}"

    def _path(self, action: str, members: Mapping[str, Any]) -> str:
        payload = json.dumps(self._payload(action, members, password=self._password), separators=(",", ":"))
        return f"{SERVLET}?{b64encode(payload.encode('ascii')).decode('ascii')}"

    def _payload(self, action: str, members: Mapping[str, Any], *, password: str) -> dict[str, Any]:
        # In this order: TAC 5 loses a `context` that comes last.
        return {"actionName": action, "authUser": self._username, "authPass": password, **members}

    async def _checked(self, answer: Answer) -> dict[str, Any]:
        if answer.body.lstrip()[:5].upper() == b"ERROR":
            answer.reject(f"answered {answer.excerpt}", hint="the TAC's own log says more")
        found = await answer.json()
        if not isinstance(found, dict):
            answer.reject(
                "answered with something that is no answer of a MetaServlet",
                hint="check the path in `url` of this connection",
            )
        code = _return_code(found)
        if code is None:
            answer.reject("answered without a returnCode", hint="check the path in `url` of this connection")
        if code != OK:
            raise error_of(code, _error_text(found, self._redactor), is_change=answer.is_change)
        return found


def base_address(url: str) -> str:
    """The address of the web application, also when the servlet's own address was given."""
    base = url.strip().rstrip("/")
    return base[: -len(SERVLET) - 1] if base.lower().endswith(f"/{SERVLET.lower()}") else base


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _return_code(answer: Mapping[str, Any]) -> int | None:
    """The return code; 1, an unknown error, when there is only the text of an error."""
    code = answer.get("returnCode")
    if isinstance(code, int) and not isinstance(code, bool):
        return code
    if isinstance(code, str) and code.strip().lstrip("-").isdecimal():
        return int(code)
    return 1 if answer.get("error") else None


def _error_text(answer: Mapping[str, Any], redactor: Redactor) -> str:
    said = answer.get("error")
    return shown(said, redactor) if isinstance(said, str) else ""

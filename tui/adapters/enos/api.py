"""The calls of the Batch Processing Service, and what its answers mean beside their content."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tui.adapters.enos.codes import OK, InternalError, code_of, error_of
from tui.adapters.enos.envelope import refusal_in, said_in
from tui.adapters.enos.tokens import TokenSource
from tui.adapters.enos.wire import record_in, rows_in, text_of, whole
from tui.core.errors import NightdeckError, NotFound
from tui.transport.client import ApiClient, ClientOptions
from tui.transport.limits import MAX_BODY_BYTES, MAX_RECORD_BYTES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tui.adapters.enos.settings import EnosSettings
    from tui.core.adapter import AdapterContext
    from tui.transport.answer import Answer

SERVICE = "batch-processing-service/v2.1"
"""Path of the service below the gateway."""
FLOWS = f"{SERVICE}/flows"
INSTANCES = f"{SERVICE}/flowInstances"
TASKS = f"{SERVICE}/taskInstances"
TIME = f"{SERVICE}/time"

MY_FLOWS = "getMyFlow"
GET = "get"
SEARCH = "search"
LOG = "getLog"
TIME_ZONE = "getTimeZone"
CURRENT_TIME = "getCurrentTime"
TRIGGER = "trigger"
TRIGGER_FROM_TASK = "triggerFromTask"
UPDATE_AND_TRIGGER = "updateAndTrigger"
CANCEL = "cancel"
ENABLE = "enable"
DISABLE = "disable"

ALL_STATUSES = "-1,0,1,2,3,4,5,6,7,8,9,10"
"""Every status, as the search wants them: in one text."""

_TYPE = {"Content-Type": "application/json;charset=UTF-8"}
_TOO_MANY = 429
_SERVICE_CODES = 1000
"""Smaller codes are the gateway's, and mean what HTTP's statuses mean."""
_UNUSUAL = "this version of EnOS may differ from the documented one"


class EnosApi:
    """Asks an EnOS, and makes an error of everything that is no success.

    Args:
        settings: The connection's table.
        app_secret: The application's secret key.
        context: The clock, the redactor, and in tests the network.
    """

    def __init__(self, settings: EnosSettings, app_secret: str, context: AdapterContext) -> None:
        self._redactor = context.redactor
        self._who = {"orgId": settings.org_id, "userId": settings.user_id}
        tokens = TokenSource(settings.app_key, app_secret, context)
        self._client = ApiClient(
            gateway_address(settings.url),
            settings,
            context,
            auth=tokens.auth,
            options=ClientOptions(judge=self._judge),
        )
        tokens.use(self._client)

    @property
    def host(self) -> str:
        """The gateway, for messages."""
        return self._client.host

    async def open(self) -> None:
        """Prepare for work. Raises ConfigError for unusable files."""
        await self._client.open()

    async def aclose(self) -> None:
        """Close every connection."""
        await self._client.aclose()

    async def time_zone(self) -> str:
        """The zone of the server's times, in its own words; empty when it tells none."""
        data = record_in(await self._time(TIME_ZONE))
        return text_of(data.get("timezone") if isinstance(data, dict) else data)

    async def current_time_ms(self) -> int | None:
        """The server's time in epoch milliseconds; None when it tells none."""
        return whole(await self._time(CURRENT_TIME))

    async def my_flows(self) -> Sequence[Any]:
        """Every flow of the user, as it is sent."""
        return rows_in(await self._get(FLOWS, MY_FLOWS), "flows", "data", "rows")

    async def flow(self, flow_id: str) -> dict[str, Any]:
        """One flow. Raises NotFound."""
        return self._record(await self._get(FLOWS, GET, flowId=flow_id), f"flow {flow_id}")

    async def instance(self, instance_id: str) -> dict[str, Any]:
        """One flow instance. Raises NotFound."""
        data = await self._get(INSTANCES, GET, flowInstId=instance_id)
        return self._record(data, f"instance {instance_id}")

    async def task(self, instance_id: str) -> dict[str, Any]:
        """One task instance. Raises NotFound."""
        data = await self._get(TASKS, GET, taskInstId=instance_id)
        return self._record(data, f"task instance {instance_id}")

    async def log(self, instance_id: str) -> str | None:
        """The whole log of a task instance; None when there is none (yet)."""
        try:
            data = record_in(await self._get(TASKS, LOG, taskInstId=instance_id))
        except InternalError:
            # Of a log, this code says that there is none.
            return None
        told = data.get("log") if isinstance(data, dict) else data
        return told if isinstance(told, str) else None

    async def search(
        self, kind: int, from_ms: int, to_ms: int, *, page: int, size: int, expression: str = ""
    ) -> tuple[Sequence[Any], int]:
        """A page of flow instances, the newest by planned time first, and how many there are, so it says.

        Args:
            kind: How they were scheduled: 0 by hand, 1 periodically, 2 for once.
            from_ms: The earliest planned time, in epoch milliseconds.
            to_ms: The latest planned time.
            page: Which page, counted from 1.
            size: How many a page.
            expression: A part of their id or of the flow's name; empty for all.
        """
        body = {
            "type": kind,
            "expression": expression,
            "owner": "",
            "fromTriggerTime": from_ms,
            "toTriggerTime": to_ms,
            "status": ALL_STATUSES,
            "pagination": {
                "pageNo": page,
                "pageSize": size,
                "sorters": [{"field": "triggerTime", "order": "DESC"}],
            },
        }
        params = {"action": SEARCH, **self._who}
        answer = await self._client.read(
            INSTANCES, method="POST", params=params, json=body, headers=_TYPE, is_fixed=True
        )
        data = await self._data(answer, names_id=False)
        count = whole(data.get("count")) if isinstance(data, dict) else None
        return rows_in(data, "flowInsts", "flowInstances", "rows"), count or 0

    async def trigger(self, flow_id: str, trigger_ms: int) -> str:
        """Start an instance, once; its id.

        Raises:
            ActionRefused: EnOS said no; nothing has changed. NotFound and Forbidden say so, too.
            OutcomeUnknown: It may have happened.
        """
        body = {"flowId": id_in_body(flow_id), "triggerTime": trigger_ms}
        return self._started(await self._send(FLOWS, TRIGGER, body))

    async def trigger_from(self, flow_id: str, task_id: str, trigger_ms: int) -> str:
        """Start an instance at a task, with those that depend on it. Raises like `trigger`."""
        body = {
            "flowId": id_in_body(flow_id),
            "taskId": id_in_body(task_id),
            "triggerTime": trigger_ms,
        }
        return self._started(await self._send(FLOWS, TRIGGER_FROM_TASK, body))

    async def update_and_trigger(
        self, flow_id: str, parameters: Sequence[Mapping[str, str]], trigger_ms: int
    ) -> str:
        """Change the flow's parameters for good and start an instance. Raises like `trigger`."""
        body = {
            "flowId": id_in_body(flow_id),
            "triggerTime": trigger_ms,
            "parameters": list(parameters),
        }
        return self._started(await self._send(FLOWS, UPDATE_AND_TRIGGER, body, names_id=False))

    async def cancel(self, instance_id: str) -> None:
        """Cancel a flow instance, once. Raises like `trigger`."""
        await self._send(INSTANCES, CANCEL, {"flowInstId": instance_id})

    async def enable(self, flow_id: str, *, is_enabled: bool) -> None:
        """Let the schedule of a flow work, or not. Raises like `trigger`."""
        await self._send(FLOWS, ENABLE if is_enabled else DISABLE, {"flowId": id_in_body(flow_id)})

    async def _time(self, action: str) -> Any:
        answer = await self._client.read(TIME, params={"action": action}, is_fixed=True)
        return await self._data(answer, names_id=False)

    async def _get(self, resource: str, action: str, **ids: str) -> Any:
        params = {"action": action, **self._who, **ids}
        limit = MAX_RECORD_BYTES if action == GET else MAX_BODY_BYTES
        answer = await self._client.read(resource, params=params, is_fixed=True, limit=limit)
        return await self._data(answer, names_id=bool(ids))

    async def _send(
        self, resource: str, action: str, body: Mapping[str, Any], *, names_id: bool = True
    ) -> Any:
        answer = await self._client.send_change(
            "POST", resource, params={"action": action, **self._who}, json=dict(body), headers=_TYPE
        )
        return await self._data(answer, names_id=names_id)

    async def _data(self, answer: Answer, *, names_id: bool = True) -> Any:
        """What an answer holds, when its envelope tells of success."""
        envelope = await answer.json()
        code = code_of(envelope) if isinstance(envelope, dict) else None
        if code is None:
            answer.reject("answered with something that is no answer of EnOS", hint=_UNUSUAL)
        if code != OK:
            said = said_in(envelope, self._redactor)
            raise error_of(code, said, is_change=answer.is_change, names_id=names_id)
        return envelope.get("data")

    def _judge(self, answer: Answer) -> NightdeckError | None:
        """The statuses of refusals are not documented: a code in the body counts."""
        refused = refusal_in(answer.body, self._redactor)
        if refused is None or answer.status == _TOO_MANY:
            return None
        code, said = refused
        # The usual reading of these statuses knows how long to wait, and what may have happened.
        if answer.status >= 500 and (answer.is_change or code < _SERVICE_CODES):
            return None
        return error_of(code, said, is_change=answer.is_change)

    def _record(self, data: Any, what: str) -> dict[str, Any]:
        found = record_in(data)
        if isinstance(found, dict) and found:
            return found
        raise NotFound(f"{self.host} tells nothing of {what}", hint="it may have been deleted")

    def _started(self, data: Any) -> str:
        data = record_in(data)
        return text_of(data.get("flowInstanceId") if isinstance(data, dict) else data)


def gateway_address(url: str) -> str:
    """The address of the gateway, also when the service's own address was given."""
    return url.strip().partition("/batch-processing-service")[0].rstrip("/")


def id_in_body(text: str) -> int | str:
    """An id as the vendor's samples write it: a number where it is one."""
    is_number = text.isascii() and text.isdigit() and str(int(text)) == text
    return int(text) if is_number else text

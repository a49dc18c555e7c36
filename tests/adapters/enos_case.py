"""An EnOS that answers what a test says and checks every signature, and the adapter in front of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

import httpx

from tests.support.context import InstantClock, make_context
from tui.adapters.enos import EnosAdapter
from tui.core.keys import JobKey, RunKey

if TYPE_CHECKING:
    from tui.core.adapter import Memory
    from tui.core.models import Job
    from tui.core.redaction import Redactor

KEY = "11111111-2222-3333-4444-555555555555"
"""The application's access key."""
SECRET = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"
"""Its secret key, which must be nowhere at all."""
ORG = "o15000000000001"
"""The organization."""
USER = "u15000000000001"
"""The user."""
URL = "https://ag-eu2.envisioniot.example"
"""Where the gateway is."""
SHANGHAI = ZoneInfo("Asia/Shanghai")
"""The zone of the server's times."""
FLOW = JobKey("enos", "2809")
"""The flow of most tests."""
RUN = RunKey("enos", "2809", "2809-20261121130000")
"""An instance of it."""

Reply = Mapping[str, Any] | httpx.Response | Callable[["Call"], Mapping[str, Any] | httpx.Response]


class Call:
    """One request as the server reads it."""

    def __init__(self, request: httpx.Request) -> None:
        self.request = request
        self.headers = dict(request.headers)
        self.resource = request.url.path.rpartition("/")[2]
        self.query = dict(parse_qsl(request.url.query.decode("ascii"), keep_blank_values=True))
        self.body: dict[str, Any] = json.loads(request.content) if request.content else {}

    @property
    def name(self) -> str:
        """What a test answers it by."""
        return f"{self.resource}.{self.query.get('action', '')}"


def ok(data: Any = "") -> dict[str, Any]:
    """An answer of success."""
    return {"code": 0, "msg": "OK", "data": data}


def refusal(code: int, text: str = "") -> dict[str, Any]:
    """An answer that says no."""
    return {"code": code, "msg": text, "data": None}


def flow_row(**changes: Any) -> dict[str, Any]:
    """A flow of getMyFlow."""
    return {"flowId": "2809", "editable": False, "flowName": "hourly_sync", "cycle": "H", **changes}


def flow_detail(**changes: Any) -> dict[str, Any]:
    """A flow of Get Flow; the vendor's own sample."""
    sample = {
        "flowId": 2809,
        "flowName": "hourly_sync",
        "active": 1,
        "type": 1,
        "cycle": "H",
        "freq": "0 0 0/1 * * ? *",
        "owner": "alice;bob",
        "creator": "alice",
        "createTime": "2021-01-04 08:56:35.0",
        "updateTime": "2021-01-04 08:56:58.0",
        "parameters": '[{"key":"path","value":"/user/demo/"}]',
        "graph": (
            '{"tasks":[{"taskName":"DataIntegration","taskId":"118979","nodeId":"t_118979"}],'
            '"relations":[],"flows":[]}'
        ),
        "alertMode": 3,
        "entry": 0,
        "syncType": 1,
        "startTime": "2021-01-04",
        "virtual": False,
        "locked": False,
        "isUserLocked": False,
        "hasEditPri": True,
        "hasReadPri": True,
        "desc": "",
    }
    return {**sample, **changes}


def instance(**changes: Any) -> dict[str, Any]:
    """A flow instance, in the shape of the vendor's sample: 13:00 UTC is 21:00 for the server."""
    sample = {
        "instanceId": RUN.run_id,
        "flowId": 2809,
        "flowName": "hourly_sync",
        "freq": "0 0 0/1 * * ? *",
        "cycle": "H",
        "parameters": "[]",
        "doAs": "data_demo",
        "status": 1,
        "statusDesc": "SUCCESS",
        "triggerTime": "2026-11-21 21:00:00",
        "startTime": "2026-11-21 21:00:24",
        "endTime": "2026-11-21 21:03:07",
        "timestamp": "2026-11-21 19:00:00.0",
        "virtual": False,
        "owner": "alice",
        "hasEditPri": True,
        "hasReadPri": True,
        "isCancelled": False,
        "graph": graph(node()),
    }
    return {**sample, **changes}


def node(name: str = "DataIntegration", number: int = 118979, **changes: Any) -> dict[str, Any]:
    """A task in a graph as Get Flow Instance spells it."""
    made = {"taskName": name, "taskInstId": f"{number}-2026112113", "taskId": number, "status": "SUCCESS"}
    return {**made, **changes}


def graph(*nodes: Mapping[str, Any]) -> str:
    """A graph in a string."""
    return json.dumps({"instId": RUN.run_id, "tasks": list(nodes)})


def task_instance(**changes: Any) -> dict[str, Any]:
    """A task instance; the sample of the vendor's page, word for word."""
    sample = {
        "instanceId": "118979-2021020211",
        "taskId": 118979,
        "taskName": "DataIntegration",
        "cycle": "H",
        "status": 1,
        "runNum": 1,
        "type": 7,
        "syncType": None,
        "freq": None,
        "ifPre": 0,
        "stsDesc": "SUCCESS",
        "recallNum": 0,
        "triggerTime": "2021-02-02 19:35:00",
        "timeout": 300,
        "recallLimit": 3,
        "recallInterval": 0,
        "startTime": "2021-02-02 19:35:24",
        "endTime": "2021-02-02 19:38:07",
        "timeStamp": "Tue Feb 02 17:35:00 CST 2021",
        "isTimeout": False,
        "flowInstId": "8435-2021020211",
        "doAs": "yourDoAs",
        "alert": False,
        "runMode": (
            '{"taskMode":1,"cpu":0.6,"memory":1.1,"maxParallel":0,"keyType":0,"datasourceId":0,'
            '"path":"","content":""}'
        ),
        "cmd": "echo hi",
        "hasResourceBefore": False,
        "resourceName": "",
        "fileName": "",
        "resourceVersion": "",
    }
    return {**sample, **changes}


def server_time(moment: datetime) -> str:
    """A moment as the server tells it."""
    return f"{moment.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"


class Enos:
    """Answers each call as it was told, and remembers what it was asked."""

    def __init__(self, clock: InstantClock | None = None) -> None:
        self.clock = clock or InstantClock()
        self.replies: dict[str, Reply] = {"time.getTimeZone": ok({"timezone": "GMT+8"})}
        self.calls: list[Call] = []
        """Every call but those for tokens."""
        self.logins: list[Call] = []
        """Every call for a token."""
        self.token = "TOKEN-1-of-sixteen-letters"
        self.life_s = 7200
        self.refused_tokens: dict[str, int] = {}
        """Tokens that are answered with a code."""
        self.login_replies: list[Mapping[str, Any] | httpx.Response] = []
        """Answers to the next calls for a token, before the usual ones."""
        self._digests: set[str] = set()
        self.rows: list[dict[str, Any]] = []
        """The instances; a test may change them as time goes by."""
        self.flows(flow_row())
        self.instances()
        self.replies["flows.get"] = lambda call: ok(flow_detail(flowId=int(call.query["flowId"])))

    def __call__(self, request: httpx.Request) -> httpx.Response:
        call = Call(request)
        if "/apim-token-service/" in request.url.path:
            reply: Any = self._log_in(call)
        else:
            self.calls.append(call)
            code = self._refused(call)
            reply = refusal(code, "token or signature") if code else self.replies[call.name]
        found = reply(call) if callable(reply) else reply
        return found if isinstance(found, httpx.Response) else httpx.Response(200, json=dict(found))

    def flows(self, *rows: Mapping[str, Any]) -> None:
        """From now on, these are the user's flows."""
        self.replies["flows.getMyFlow"] = ok(list(rows))

    def instances(self, *rows: Mapping[str, Any], kind: int = 1) -> None:
        """From now on, these are the instances; a search finds them by planned time, kind and expression."""
        self.rows = [dict(row) for row in rows]
        self.replies["flowInstances.search"] = lambda call: self._search(call, kind)
        self.replies["flowInstances.get"] = self._instance

    def count(self, name: str) -> int:
        """How often something was asked for."""
        return sum(call.name == name for call in self.calls)

    def last(self, name: str) -> Call:
        """The newest call of a name."""
        return next(call for call in reversed(self.calls) if call.name == name)

    def _search(self, call: Call, kind: int) -> Mapping[str, Any]:
        body = call.body
        paging = body["pagination"]
        found = [
            row
            for row in self.rows
            if row.get("type", kind) == body["type"]
            and body["expression"] in f"{row['instanceId']} {row['flowName']}"
            and body["fromTriggerTime"] <= _epoch_ms(row["triggerTime"]) <= body["toTriggerTime"]
        ]
        found.sort(key=lambda row: str(row["triggerTime"]), reverse=True)
        start = (paging["pageNo"] - 1) * paging["pageSize"]
        page = found[start : start + paging["pageSize"]]
        return ok({"count": len(page), "flowInsts": page})

    def _instance(self, call: Call) -> Mapping[str, Any]:
        wanted = call.query["flowInstId"]
        found = next((row for row in self.rows if row["instanceId"] == wanted), None)
        return ok(found) if found is not None else refusal(62102, "Instance not found")

    def _log_in(self, call: Call) -> Mapping[str, Any] | httpx.Response:
        self.logins.append(call)
        if self.login_replies:
            return self.login_replies.pop(0)
        body = call.body
        expected = hashlib.sha256(f"{body['appKey']}{body['timestamp']}{SECRET}".encode()).hexdigest()
        if body["encryption"] != expected:
            return {"status": 1003, "msg": "encryption is not valid", "data": None}
        if expected in self._digests:
            return {"status": 1001, "msg": "encryption was used", "data": None}
        self._digests.add(expected)
        if call.name == "refresh.":
            self.token = f"TOKEN-{len(self.logins)}-of-sixteen-letters"
        # The vendor's own sample spells it so.
        data = {"accessToken": self.token, "expire": self.life_s}
        return {"stauts": 0, "msg": "OK", "business": "apim-token-service", "data": data}

    def _refused(self, call: Call) -> int:
        headers = call.headers
        token = headers.get("apim-accesstoken", "")
        params = "".join(name + value for name, value in sorted(call.query.items()))
        body = call.request.content.decode()
        text = token + params + body + headers.get("apim-timestamp", "") + SECRET
        if token != self.token:
            return 1203
        if headers.get("apim-signature") != hashlib.sha256(text.encode()).hexdigest():
            return 497
        return self.refused_tokens.get(token, 0)


def _epoch_ms(text: str) -> float:
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=SHANGHAI).timestamp() * 1000


def hours_ago(clock: InstantClock, hours: float) -> str:
    """A time of the server that lies so far back."""
    return server_time(clock.now() - timedelta(hours=hours))


def utc(hour: int, minute: int = 0, second: int = 0) -> datetime:
    """A moment of the fake clock's first day."""
    return datetime(2026, 11, 21, hour, minute, second, tzinfo=UTC)


def make_adapter(
    system: Callable[[httpx.Request], Any],
    *,
    clock: InstantClock | None = None,
    memory: Memory | None = None,
    redactor: Redactor | None = None,
    **keys: Any,
) -> EnosAdapter:
    """An adapter in front of a system, not opened yet."""
    clock = clock or (system.clock if isinstance(system, Enos) else InstantClock())
    context = make_context(clock=clock, redactor=redactor, transport=httpx.MockTransport(system))
    if memory is not None:
        context = replace(context, memory=memory)
    table = {
        "type": "enos",
        "url": URL,
        "app_key": KEY,
        "app_secret": SECRET,
        "org_id": ORG,
        "user_id": USER,
        **keys,
    }
    return EnosAdapter("enos", EnosAdapter.Settings.model_validate(table), context)


async def open_adapter(system: Callable[[httpx.Request], Any], **keys: Any) -> EnosAdapter:
    """An opened adapter in front of a system."""
    adapter = make_adapter(system, **keys)
    await adapter.open()
    return adapter


async def jobs_of(adapter: EnosAdapter) -> list[Job]:
    """Every job of one sweep."""
    return [job async for page in adapter.list_jobs() for job in page]


async def job_of(adapter: EnosAdapter, flow_id: str = "2809") -> Job:
    """One job of one sweep."""
    return next(job for job in await jobs_of(adapter) if job.id == flow_id)


def fetched(calls: Sequence[Call], name: str) -> list[str]:
    """The ids that calls of a name asked for, in order."""
    ids = ("flowId", "flowInstId", "taskInstId")
    return [next(call.query[key] for key in ids if key in call.query) for call in calls if call.name == name]

"""What the tests of the simulated Informatica cloud share: an org, and somebody who asks it plainly."""

from __future__ import annotations

from datetime import datetime

import httpx

from tests.support.clock import START, FakeClock
from tui.simulators.fleet import DATABASE_DOWN, Script
from tui.simulators.informatica import (
    PASSWORD,
    USER,
    Behaviour,
    CodeTaskSpec,
    InformaticaSimulator,
    TaskflowSpec,
    TaskSpec,
    failed,
)

LOGIN = "https://dm-us.informaticacloud.com"
POD = "https://na1.dm-us.informaticacloud.com"
V2, V3 = f"{POD}/saas/api/v2", f"{POD}/saas/public/core/v3"
TF, RT = f"{POD}/active-bpel/services/tf", f"{POD}/active-bpel/rt"
CODE = f"{POD}/disnext/api/v1/CodeTask"

MAPPING = TaskSpec("00AB120Z00000000001S", "mt_customers", duration_s=80, runs_before=17)
BAD = TaskSpec("00AB120Z00000000001T", "mt_orders", duration_s=10, outcome=failed(DATABASE_DOWN))
ELSEWHERE = TaskSpec("00AB120I000000000007", "dss_stock", "DSS", "DWH/Daily")
LINEAR = TaskSpec("00AB120N000000000004", "LT_daily", "WORKFLOW", steps=("mt_a", "mt_b"), duration_s=60)
HOURLY = Script(
    id="1",
    name="hourly",
    period_s=3600,
    usual_s=60,
    phase_s=600,
    failure_rate=0,
    needs_database=False,
    is_parametrised=False,
)
SCHEDULED = TaskSpec("00AB120Z00000000002A", "mt_hourly", script=HOURLY, duration_s=30)
STEP_1 = TaskSpec("00AB120Z00000000003A", "mt_stage", folder="DWH/Daily")
STEP_2 = TaskSpec("00AB120Z00000000003B", "mt_merge", folder="DWH/Daily")
FLOW = TaskflowSpec(
    "4kQmZpT1xYb8RwUe0VsLhN",
    "tf_daily",
    "tf_daily-1",
    "DWH/Daily",
    steps=(STEP_1.id, STEP_2.id),
    duration_s=100,
)
SPARK = CodeTaskSpec("477", "Demo")
ALL = (MAPPING, BAD, ELSEWHERE, LINEAR, SCHEDULED, STEP_1, STEP_2, FLOW, SPARK)


class Caller:
    """Asks as a client does, with the header that each part of the platform wants."""

    def __init__(self, simulator: InformaticaSimulator, clock: FakeClock) -> None:
        self.simulator = simulator
        self.clock = clock
        self.http = httpx.AsyncClient(transport=httpx.MockTransport(simulator))
        self.session = ""

    async def log_in(self, password: str = PASSWORD) -> httpx.Response:
        response = await self.http.post(
            f"{LOGIN}/saas/public/core/v3/login", json={"username": USER, "password": password}
        )
        if response.status_code == 200:
            self.session = response.json()["userInfo"]["sessionId"]
        return response

    def headers(self, url: str) -> dict[str, str]:
        if "/saas/api/v2" in url:
            return {"icSessionId": self.session}
        return {"INFA-SESSION-ID" if "/v3/" in url or "bpel" in url else "IDS-SESSION-ID": self.session}

    async def get(self, url: str, **query: object) -> httpx.Response:
        params = {name: str(value) for name, value in query.items()}
        return await self.http.get(url, params=params or None, headers=self.headers(url))

    async def send(self, method: str, url: str, body: object = None) -> httpx.Response:
        return await self.http.request(method, url, json=body, headers=self.headers(url))

    async def rows(self, url: str, **query: object) -> list[dict[str, object]]:
        response = await self.get(url, **query)
        assert response.status_code == 200, response.text
        rows = response.json()
        assert isinstance(rows, list)
        return rows

    async def monitor(self, **query: object) -> list[dict[str, object]]:
        return await self.rows(f"{V2}/activity/activityMonitor", **query)

    async def log(self, **query: object) -> list[dict[str, object]]:
        return await self.rows(f"{V2}/activity/activityLog", **query)

    async def start(self, task: TaskSpec = MAPPING) -> int:
        body = {"@type": "job", "taskFederatedId": task.federated_id, "taskType": task.type}
        response = await self.send("POST", f"{V2}/job", body)
        assert response.status_code == 200, response.text
        return int(response.json()["runId"])

    async def stop(self, task: TaskSpec = MAPPING, query: str = "") -> httpx.Response:
        body = {"@type": "job", "taskFederatedId": task.federated_id, "taskType": task.type}
        return await self.send("POST", f"{V2}/job/stop{query}", body)

    async def start_flow(self, name: str = FLOW.api_name, inputs: object = None) -> str:
        response = await self.send("POST", f"{RT}/{name}", inputs)
        assert response.status_code == 200, response.text
        run_id = response.json()["RunId"]
        assert isinstance(run_id, str)
        return run_id

    async def flow_status(self, run_id: str) -> dict[str, object]:
        response = await self.get(f"{TF}/status/{run_id}")
        assert response.status_code == 200, response.text
        row = response.json()
        assert isinstance(row, dict)
        return row

    async def passes_by(self, seconds: float) -> None:
        """Let so much time pass that nobody is logged in any more, and log in again."""
        await self.clock.advance(seconds)
        await self.log_in()

    async def passes(self, seconds: float) -> None:
        await self.clock.advance(seconds)


async def caller(
    *specs: TaskSpec | TaskflowSpec | CodeTaskSpec, start: datetime = START, **behaviour: object
) -> Caller:
    """Somebody who has just logged in."""
    words = Behaviour(pod_url=POD)
    for name, value in behaviour.items():
        assert hasattr(words, name)
        setattr(words, name, value)
    clock = FakeClock(start)
    one = Caller(InformaticaSimulator(clock, specs or ALL, behaviour=words), clock)
    await one.log_in()
    return one

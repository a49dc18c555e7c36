"""Slurm through slurmrestd, its REST interface."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import httpx

from tui.adapters.slurm.door import Cluster, NoAccounting
from tui.adapters.slurm.listing import Listing, is_of_run, jobs_in, records_in
from tui.adapters.slurm.order import read_script
from tui.adapters.slurm.refusals import judged
from tui.adapters.slurm.rest_job import body_of
from tui.adapters.slurm.values import number_of
from tui.adapters.slurm.wire import QueueReader, history_record, history_steps
from tui.core.errors import ActionRefused, BadAnswer, NotFound, SystemUnavailable, Unauthorized
from tui.core.models import ActionKind
from tui.transport.auth import header_value
from tui.transport.client import ApiClient, ClientOptions
from tui.transport.limits import MIB
from tui.transport.origins import is_readable_on_the_way, segment

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence

    from tui.adapters.slurm.door import Past
    from tui.adapters.slurm.order import Order
    from tui.adapters.slurm.record import Record, Step
    from tui.adapters.slurm.settings import SlurmSettings
    from tui.core.adapter import AdapterContext
    from tui.transport.answer import Answer

VERSIONS = tuple(f"v0.0.{number}" for number in range(44, 37, -1))
"""The versions of the API whose shapes are known, newest first; each release of Slurm has about three."""

PING = "slurm/{api}/ping"
JOBS = "slurm/{api}/jobs"
JOB = "slurm/{api}/job/{id}"
SUBMIT = "slurm/{api}/job/submit"
PAST_JOBS = "slurmdb/{api}/jobs"
PAST_JOB = "slurmdb/{api}/job/{id}"

LARGEST_LISTING = 128 * MIB
"""Bytes of a list of jobs: each has over a hundred fields, 4 kB, and no page can be asked for."""

_JWT = "SLURM_JWT="
_EPOCH_SINCE = 40
"""The version since which times are asked for in seconds since 1970; older ones document a local time."""
_USERS_SINCE = 39
"""The version since which the history can be asked for by user; 22.05 knows no such field."""
_NO_REQUEUE = "slurmrestd can't requeue a job: add it to the config, then it can be submitted again"


_READABLE = "the token goes over the network unencrypted: give slurmrestd a proxy with https"


class _TokenHeaders(httpx.Auth):
    """Says who we are in the two headers of slurmrestd."""

    def __init__(self, user: str) -> None:
        self._user = header_value(user)
        self.token = ""

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Put name and token on the request."""
        request.headers["X-SLURM-USER-NAME"] = self._user
        request.headers["X-SLURM-USER-TOKEN"] = self.token
        yield request


class RestDoor:
    """One slurmrestd."""

    missing: Mapping[ActionKind, str] = {
        ActionKind.RERUN: _NO_REQUEUE,
        ActionKind.TRIGGER: "slurmrestd does not give back a job's script: add the job to the config",
    }

    def __init__(self, settings: SlurmSettings, context: AdapterContext) -> None:
        self.user = settings.username or ""
        self._settings = settings
        self._context = context
        self._auth = _TokenHeaders(self.user)
        self._client = ApiClient(
            settings.url or "", settings, context, auth=self._auth, options=ClientOptions(judge=judged)
        )
        self._api = "" if settings.api == "auto" else settings.api
        self._release = ""
        self._finding = asyncio.Lock()
        self._renewing = asyncio.Lock()
        self._last_update = 0
        self._listed: Sequence[Record] = ()
        self._listing = Listing(QueueReader())

    async def open(self) -> None:
        """Fetch the token."""
        self._auth.token = await self._token()
        await self._client.open()

    async def aclose(self) -> None:
        """Close every connection."""
        await self._client.aclose()

    async def ask(self) -> Cluster:
        """`ping`: whether slurmrestd reaches the controller, and who it is."""
        value = await (await self._read(PING)).json()
        self._note_release(value)
        pings = value.get("pings") if isinstance(value, dict) else None
        if isinstance(pings, list) and pings and not any(map(_is_up, pings)):
            raise SystemUnavailable(
                f"the controller behind {self._client.host} does not answer", hint="ask `scontrol ping` there"
            )
        version = f"{self._release or 'Slurm'} (API {self._api})"
        notes = (_READABLE,) if is_readable_on_the_way(self._settings.url or "") else ()
        return Cluster(f"{self.user}@{self._client.host}", version, notes)

    async def queue(self) -> Sequence[Record]:
        """Every job of everybody whom the token may see; nothing is sent anew when nothing has changed."""
        params = {"update_time": self._last_update} if self._last_update else {}
        answer = await self._read(JOBS, params=params, accept=(304,), limit=LARGEST_LISTING)
        if answer.status == httpx.codes.NOT_MODIFIED:
            return self._listed
        value = await answer.json()
        self._note_release(value)
        self._listed = await self._listing.read(jobs_in(value, self._client.host))
        # The server's own clock: ours may differ. Old releases don't tell it.
        self._last_update = number_of(value.get("last_update")) or 0
        return self._listed

    async def history(self, past: Past) -> Sequence[Record]:
        """What slurmdbd knows."""
        if past.run_id:
            value = await self._past(PAST_JOB, past.run_id)
        else:
            value = await self._past(PAST_JOBS, params=await self._past_params(past))
        return await records_in(jobs_in(value, self._client.host), history_record)

    async def steps(self, run_id: str) -> Sequence[Step]:
        """The steps that slurmdbd knows."""
        value = await self._past(PAST_JOB, run_id)
        return tuple(step for job in jobs_in(value, self._client.host) for step in history_steps(job))

    async def raw(self, run_id: str) -> Sequence[object]:
        """What `GET job/ID` answers."""
        try:
            answer = await self._read(JOB, run_id)
        except NotFound:
            return ()
        value = await answer.json()
        return [job for job in jobs_in(value, self._client.host) if is_of_run(job, run_id)]

    async def output_of(self, job_id: str) -> str:
        """Not told over REST."""
        del job_id
        return ""

    async def script_of(self, job_id: str) -> str:
        """Not told over REST."""
        del job_id
        raise ActionRefused(self.missing[ActionKind.TRIGGER])

    async def submit(self, order: Order) -> str:
        """`POST job/submit`."""
        api = await self._version()
        script = await asyncio.to_thread(read_script, order)
        answer = await self._client.send_change(
            "POST", SUBMIT.format(api=api), json=body_of(order, script, _number(api), self.user)
        )
        value = await answer.json()
        job_id = number_of(value.get("job_id")) if isinstance(value, dict) else None
        if not job_id:
            if (problem := judged(answer)) is not None:
                raise problem
            answer.reject("did not tell the job's id", hint="look at the job's runs")
        return str(job_id)

    async def stop(self, run_id: str) -> None:
        """`DELETE job/ID`, without a signal: with one the job would count as failed."""
        await self._change("DELETE", run_id)

    async def hold(self, run_ids: Sequence[str]) -> None:
        """`POST job/ID`: seen in 22.05.8 to work, although only later versions document it."""
        await self._set_hold(run_ids, is_held=True)

    async def release(self, run_ids: Sequence[str]) -> None:
        """`POST job/ID`."""
        await self._set_hold(run_ids, is_held=False)

    async def requeue(self, run_id: str) -> None:
        """Not offered over REST."""
        del run_id
        raise ActionRefused(_NO_REQUEUE)

    def shown_submission(self, order: Order) -> str:
        """Method, address and what is asked for, without the values of secrets."""
        hidden = {
            name: "…" if name in order.secret_names else value for name, value in order.variables.items()
        }
        body = body_of(order, "", _number(self._api or VERSIONS[-1]), self.user)
        shown = {key: value for key, value in body["job"].items() if key != "environment"} | (
            {"environment": hidden} if hidden else {}
        )
        return f"POST {self._address(SUBMIT)} {json.dumps(shown, ensure_ascii=False)}"

    def shown_change(self, kind: ActionKind, run_ids: Sequence[str]) -> str:
        """Method and address."""
        if kind is ActionKind.STOP:
            return "; ".join(f"DELETE {self._address(JOB, run_id)}" for run_id in run_ids)
        body = json.dumps({"hold": kind is ActionKind.HOLD})
        return "; ".join(f"POST {self._address(JOB, run_id)} {body}" for run_id in run_ids)

    async def _set_hold(self, run_ids: Sequence[str], *, is_held: bool) -> None:
        for run_id in run_ids:
            await self._change("POST", run_id, json={"hold": is_held})

    async def _change(self, method: str, run_id: str, **options: Any) -> None:
        path = JOB.format(api=await self._version(), id=segment(run_id))
        answer = await self._client.send_change(method, path, **options)
        # Seen in 22.05.8: what could not be read or done may be answered with 200 and with errors.
        await answer.json()
        if (problem := judged(answer)) is not None:
            raise problem

    async def _past_params(self, past: Past) -> Mapping[str, str | int]:
        version = _number(await self._version())
        since = self._context.clock.now() - timedelta(seconds=past.window_s)
        params: dict[str, str | int] = {"start_time": int(since.timestamp())}
        if version < _EPOCH_SINCE:
            local = since.astimezone(ZoneInfo(self._settings.timezone))
            params = {"start_time": local.strftime("%Y-%m-%dT%H:%M:%S")}
        if version >= _USERS_SINCE and "*" not in self._settings.users:
            people = (self.user if user == "me" else user for user in self._settings.users)
            params["users"] = ",".join(people)
        if self._settings.partitions:
            params["partition"] = ",".join(self._settings.partitions)
        if past.name and "," not in past.name:
            params["job_name"] = past.name
        return params

    async def _past(self, path: str, run_id: str = "", **options: Any) -> Any:
        answer = await self._read(path, run_id, accept=(404,), limit=LARGEST_LISTING, **options)
        if answer.status == httpx.codes.NOT_FOUND:
            raise NoAccounting(
                f"{self._client.host} has no accounting", hint="slurmrestd needs its slurmdb plugin for that"
            )
        return await answer.json()

    async def _read(self, path: str, run_id: str = "", **options: Any) -> Answer:
        api = await self._version()
        place = path.format(api=api, id=segment(run_id) if run_id else "")
        token = self._auth.token
        try:
            return await self._client.read(place, is_fixed=not run_id, **options)
        except Unauthorized:
            if not await self._has_new_token(token):
                raise
        return await self._client.read(place, is_fixed=not run_id, **options)

    async def _version(self) -> str:
        """Which version of the API is spoken: that of the config, the one that worked last, or the newest."""
        if self._api:
            return self._api
        async with self._finding:
            if not self._api:
                self._api = await self._find_version()
            return self._api

    async def _find_version(self) -> str:
        known: object = await self._context.memory.load("api")
        order = dict.fromkeys((*(api for api in VERSIONS if api == known), *VERSIONS))
        for api in order:
            token = self._auth.token
            try:
                answer = await self._client.read(PING.format(api=api), accept=(404,))
            except Unauthorized:
                if not await self._has_new_token(token):
                    raise
                answer = await self._client.read(PING.format(api=api), accept=(404,))
            if answer.status == httpx.codes.NOT_FOUND:
                continue
            self._note_release(await answer.json())
            if api != known:
                await self._context.memory.save("api", api)
            return api
        raise BadAnswer(
            f"{self._client.host} has none of the versions {VERSIONS[-1]} to {VERSIONS[0]} of the API",
            hint="check the path in `url`, or name the version with `api`",
        )

    async def _has_new_token(self, used: str) -> bool:
        """Whether the secret has become another one, as tokens do that a command makes."""
        async with self._renewing:
            if self._auth.token == used:
                fresh = await self._token()
                if fresh == used:
                    return False
                self._auth.token = fresh
                self._client.reset()
            return True

    async def _token(self) -> str:
        reference = self._settings.token
        text = await asyncio.to_thread(self._context.resolve, reference) if reference is not None else ""
        token = header_value(text.strip().removeprefix(_JWT))
        self._context.redactor.add(token)
        return token

    def _note_release(self, value: object) -> None:
        """What slurmrestd says of its release, in the shapes of old and new versions."""
        meta = value.get("meta") if isinstance(value, dict) else None
        for key in ("slurm", "Slurm"):
            told = meta.get(key) if isinstance(meta, dict) else None
            if isinstance(told, dict) and isinstance(told.get("release"), str):
                self._release = told["release"]

    def _address(self, path: str, run_id: str = "") -> str:
        base = (self._settings.url or "").rstrip("/")
        return f"{base}/{path.format(api=self._api or VERSIONS[-1], id=run_id)}"


def _is_up(ping: object) -> bool:
    return isinstance(ping, dict) and (
        ping.get("responding") is True or "UP" in (ping.get("ping"), ping.get("pinged"))
    )


def _number(api: str) -> int:
    return int(api.rpartition(".")[2])

"""The addresses of the API, and what its answers mean beside their content."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ValidationError

from tui.adapters.bmc.login import NO_TOKEN, REFRESH_AHEAD_S, AccessKeyLogin
from tui.adapters.bmc.settings import ETL_ID
from tui.adapters.bmc.wire import RequestAnswer, StatusAnswer
from tui.core.errors import ActionRefused, BadAnswer, NotFound
from tui.transport.auth import TokenAuth
from tui.transport.client import ApiClient, ClientOptions
from tui.transport.fields import some
from tui.transport.limits import MAX_RECORD_BYTES
from tui.transport.login import LoginAuth
from tui.transport.origins import join, parse_address, segment

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import NoReturn

    import httpx

    from tui.adapters.bmc.settings import BmcSettings
    from tui.core.adapter import AdapterContext
    from tui.transport.answer import Answer

M = TypeVar("M", bound=BaseModel)

LIST = "opt/api/v1/backend/etls/"
"""With its slash at the end, and the only one that has it."""
STATUS = "opt/api/v1/backend/etls/{etl_id}/status"
RUN = "opt/api/v1/backend/etls/{etl_id}/run"
SCHEDULE = "opt/api/v1/backend/etls/{etl_id}/schedule"
STOP = "opt/api/v1/backend/etls/{etl_id}/stop"

NO_REQUEST = "-1"
"""The `task_execution_request_id` of a service ETL, which is started and not run."""

_UNKNOWN_ETL = 400
_BROKEN_ETL = 500
_REFUSED = frozenset({"ERROR", "FAILED", "FAIL"})
_MISSING = re.compile(r"not (?:be )?found|unknown|no such|(?:doesn't|does not) exist", re.IGNORECASE)
_UNUSUAL = "this version of the product may differ from the documented one"
_HEADERS = {"Content-Type": "application/json"}
"""The vendor's samples show it with every request, also with those that have no body."""


class BmcApi:
    """Asks the product, and makes an error of everything that is no success.

    Args:
        settings: The connection's table.
        secret: The secret of the access key, or the ready token.
        context: The clock, the redactor, and in tests the network.

    Raises:
        ConfigError: An address or a secret can't be used.
    """

    def __init__(self, settings: BmcSettings, secret: str, context: AdapterContext) -> None:
        base = parse_address(settings.url)
        self._portal = parse_address(settings.portal_url, key="portal_url") if settings.portal_url else base
        self._client = ApiClient(
            settings.url,
            settings,
            context,
            auth=self._auth(settings, secret, context),
            options=ClientOptions(trusted=(str(self._portal),), headers=_HEADERS),
        )

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

    async def etls(self) -> list[Any]:
        """Every ETL as the server sends it."""
        answer = await self._client.read(LIST, is_fixed=True)
        content = await answer.json()
        if not isinstance(content, list):
            answer.reject("sent no list of ETLs", hint=_UNUSUAL)
        return list(some(content))

    async def status(self, etl_id: str) -> dict[str, Any] | None:
        """How an ETL stands as the server sends it; None when it says "success" and nothing else.

        Raises:
            NotFound: There is no such ETL.
            BadAnswer: The server fails for this one: others may do well, so it is no `ServerFailed`.
        """
        path = STATUS.format(etl_id=segment(etl_id))
        accepted = {_UNKNOWN_ETL, _BROKEN_ETL}
        answer = await self._client.read(path, accept=accepted, limit=MAX_RECORD_BYTES)
        if answer.status == _UNKNOWN_ETL:
            self._no_such_etl(etl_id, answer)
        if answer.status == _BROKEN_ETL:
            answer.reject(
                f"fails to tell how ETL {etl_id} stands (500): {answer.excerpt}",
                hint="the product's own log says more; it is asked again by itself",
            )
        content = await answer.json()
        if content is not None and not isinstance(content, dict):
            answer.reject(f"sent no status of ETL {etl_id}", hint=_UNUSUAL)
        return content

    async def run(self, etl_id: str, params: Mapping[str, str]) -> RequestAnswer:
        """Run an ETL now, or start a service, once.

        Raises:
            ActionRefused: The server said no; nothing has changed. NotFound and Forbidden say so, too.
            OutcomeUnknown: It may have happened.
        """
        return await self._change(RUN, etl_id, run_members(params))

    async def schedule(self, etl_id: str) -> RequestAnswer:
        """Put an ETL on its schedule, once. Raises like `run`."""
        return await self._change(SCHEDULE, etl_id, run_members({}))

    async def stop(self, etl_id: str) -> RequestAnswer:
        """Stop an ETL, or pause a service, once. Raises like `run`."""
        return await self._change(STOP, etl_id, None)

    async def kill(self, kill_path: str, etl_id: str) -> RequestAnswer:
        """Send the request that the config names for killing an ETL, once. Raises like `run`."""
        return await self._change(kill_path, etl_id, None)

    def _auth(self, settings: BmcSettings, secret: str, context: AdapterContext) -> httpx.Auth:
        if settings.access_key is None:
            return TokenAuth(secret)
        members = {"access_key": settings.access_key, "access_secret_key": secret}
        if settings.tenant_id:
            members["tenant_id"] = settings.tenant_id
        login = AccessKeyLogin(members, context.clock, self._send_login)
        return LoginAuth(login, context.clock, context.redactor, margin_s=REFRESH_AHEAD_S, blank=NO_TOKEN)

    async def _send_login(self, path: str, members: Mapping[str, str]) -> Answer:
        return await self._client.log_in(join(self._portal, path), json=dict(members))

    async def _change(self, path: str, etl_id: str, members: Mapping[str, Any] | None) -> RequestAnswer:
        path = path.replace(ETL_ID, segment(etl_id))
        if members is None:
            answer = await self._client.send_change("POST", path, accept={_UNKNOWN_ETL})
        else:
            answer = await self._client.send_change("POST", path, accept={_UNKNOWN_ETL}, json=members)
        if answer.status == _UNKNOWN_ETL:
            self._not_done(etl_id, answer)
        content = await answer.json()
        if content is not None and not isinstance(content, dict):
            answer.reject("answered with something that is no record", hint=_UNUSUAL)
        told = read(RequestAnswer, content or {})
        if told.request_status.upper() in _REFUSED:
            raise ActionRefused(
                f"{self.host} refused the request: request_status is {told.request_status}",
                hint="it tells no reason; the ETL's page in the product may",
            )
        return told

    def _not_done(self, etl_id: str, answer: Answer) -> NoReturn:
        """Say what a 400 to a change means: an unknown ETL, unless its words tell otherwise."""
        said = "" if answer.is_page else answer.excerpt
        if said and not _MISSING.search(said):
            raise ActionRefused(
                f"{self.host} refused the change (400): {said}", hint="nothing has changed; it says why"
            )
        self._no_such_etl(etl_id, answer)

    def _no_such_etl(self, etl_id: str, answer: Answer) -> NoReturn:
        said = f": {answer.excerpt}" if answer.excerpt and not answer.is_page else ""
        raise NotFound(
            f"{self.host} has no ETL {etl_id}{said}", hint="it may have been deleted; refresh the list"
        )


def run_members(params: Mapping[str, str]) -> dict[str, Any]:
    """The body of a run."""
    return {"run_execution_properties": dict(params)} if params else {}


def shown_body(params: Mapping[str, str]) -> str:
    """The body of a run, for a preview."""
    return json.dumps(run_members(params), ensure_ascii=False)


def read(model: type[M], content: Mapping[str, Any]) -> M:
    """A record in our terms. Raises BadAnswer, which no record of these models can."""
    try:
        return model.model_validate(content)
    except ValidationError:
        pass
    raise BadAnswer("the answer is no record that is known", hint=_UNUSUAL)


def status_of(content: Mapping[str, Any]) -> StatusAnswer:
    """A status in our terms."""
    return read(StatusAnswer, content)

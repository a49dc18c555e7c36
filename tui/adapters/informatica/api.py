"""Calls of Informatica's APIs: each goes to its own host, and an error in an answer becomes one of ours."""

from __future__ import annotations

import random
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Unpack

from tui.adapters.informatica.refusals import UNUSUAL, error_of, judge, told_in
from tui.adapters.informatica.session import NO_CREDENTIAL, Login, login_base, pod_root
from tui.core.errors import BadAnswer, ServerFailed, TimedOut, Unreachable
from tui.transport.client import ApiClient, ClientOptions
from tui.transport.fields import some
from tui.transport.login import LoginAuth
from tui.transport.retry import Retries, RetryPolicy
from tui.transport.traffic import TrafficMeter

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tui.adapters.informatica.endpoints import Endpoint
    from tui.adapters.informatica.settings import InformaticaSettings
    from tui.core.adapter import AdapterContext
    from tui.transport.answer import Answer
    from tui.transport.call import RequestOptions
    from tui.transport.login import Credential

_LIST_KEY = "entries"


class InformaticaApi:
    """Asks Informatica, in one session.

    Args:
        settings: The connection's table.
        password: The user's password.
        context: The clock, the redactor, and in tests the network.
    """

    def __init__(self, settings: InformaticaSettings, password: str, context: AdapterContext) -> None:
        self._login = Login(settings, password)
        self._auth = LoginAuth(self._log_in, context.clock, context.redactor, blank=NO_CREDENTIAL)
        self._known: Mapping[str, str] = {}
        # The login comes before a request can be made at all, so its retries are not those of the request.
        rng = random.Random()  # noqa: S311 - spreads waits, guards nothing
        self._logins = Retries(RetryPolicy(), context.clock, rng, TrafficMeter())
        self._client = ApiClient(
            login_base(settings.login_url),
            settings,
            context,
            auth=self._auth,
            options=ClientOptions(
                trusted=(pod_root(settings.pod_url),) if settings.pod_url else (), judge=judge
            ),
        )

    @property
    def host(self) -> str:
        """The server that logs in, for messages."""
        return self._client.host

    async def open(self) -> None:
        """Prepare for work. Raises ConfigError for unusable files."""
        await self._client.open()

    async def aclose(self) -> None:
        """Close every connection."""
        await self._client.aclose()

    def shown(self, endpoint: Endpoint) -> str:
        """An address for people, as far as it is known without a login."""
        return f"{self._known.get(endpoint.base, f'<{endpoint.base}>')}/{endpoint.path}"

    async def value(self, endpoint: Endpoint, **options: Unpack[RequestOptions]) -> Any:
        """The JSON value that a read answers. Raises NotFound and SystemUnavailable."""
        answer = await self._client.read(await self._address(endpoint), **options)
        return await self._checked(answer)

    async def rows(self, endpoint: Endpoint, **options: Unpack[RequestOptions]) -> list[Any]:
        """The list that a read answers; a single record is a list of one, and nothing an empty one."""
        value = await self.value(endpoint, **options)
        if isinstance(value, dict):
            value = value[_LIST_KEY] if set(value) == {_LIST_KEY} else [value]
        if value is None:
            return []
        if not isinstance(value, list):
            raise BadAnswer(f"{self.host} sent no list", hint=UNUSUAL)
        return list(some(value))

    async def record(self, endpoint: Endpoint, **options: Unpack[RequestOptions]) -> dict[str, Any]:
        """The record that a read answers; the first one of a list."""
        value = await self.value(endpoint, **options)
        if isinstance(value, list):
            value = value[0] if value else {}
        if not isinstance(value, dict):
            raise BadAnswer(f"{self.host} sent something that is no record", hint=UNUSUAL)
        return value

    async def download(self, endpoint: Endpoint, **options: Unpack[RequestOptions]) -> bytes:
        """The bytes that a read answers, such as a log; a web page is none."""
        return await self._client.get_bytes(await self._address(endpoint), **options)

    async def change(
        self, method: str, endpoint: Endpoint, **options: Unpack[RequestOptions]
    ) -> tuple[Any, Answer]:
        """The answer to a request that changes something, sent once: its value, and the answer itself.

        Raises:
            ActionRefused: Informatica said no; nothing has changed. NotFound and Forbidden say so, too.
            OutcomeUnknown: It may have happened.
        """
        answer = await self._send(method, endpoint, options)
        return await self._checked(answer), answer

    async def ask_for(self, method: str, endpoint: Endpoint, **options: Unpack[RequestOptions]) -> str:
        """A change whose answer is not documented: what it says, if it is text for people; raises alike."""
        answer = await self._send(method, endpoint, options)
        if answer.body.lstrip()[:1] in (b"{", b"[") or answer.is_page:
            await self._checked(answer)
        return answer.excerpt

    async def _send(self, method: str, endpoint: Endpoint, options: RequestOptions) -> Answer:
        with nothing_sent():
            address = await self._address(endpoint)
        return await self._client.send_change(method, address, **options)

    async def _log_in(self, expired: Credential | None) -> Credential:
        del expired
        credential = await self._login.log_in(self._client)
        self._known = credential.facts
        return credential

    async def _address(self, endpoint: Endpoint) -> str:
        """The whole address, after a login if need be: only that tells the hosts."""
        facts = (await self._logins.run(self._auth.credential)).facts
        if "://" in endpoint.path.partition("?")[0]:
            # A whole address that an answer told: the transport refuses one of a server that is not trusted.
            return endpoint.path
        return f"{facts[endpoint.base]}/{endpoint.path}"

    async def _checked(self, answer: Answer) -> Any:
        value = await answer.json()
        told = told_in(value)
        if told is not None:
            raise error_of(answer.host, told, answer.redactor, is_change=answer.is_change)
        return value


def whole(value: Any, answer: Answer) -> dict[str, Any]:
    """The answer to a change as a record. Raises OutcomeUnknown when it is none."""
    if not isinstance(value, dict):
        answer.reject("answered with something that is no record", hint=UNUSUAL)
    return value


@contextmanager
def nothing_sent() -> Iterator[None]:
    """What is asked before a change: when it fails, the change was not sent. Raises Unreachable."""
    problem: Unreachable | None = None
    try:
        yield
    except (TimedOut, ServerFailed, BadAnswer) as error:
        problem = Unreachable(f"{error.message}; nothing was sent", hint=error.hint)
    if problem is not None:
        raise problem

"""Logging in, and where the login says that everything is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from tui.adapters.informatica.endpoints import LOGIN_V2, LOGIN_V3, Base
from tui.adapters.informatica.refusals import UNUSUAL, bad_login, told_in
from tui.core.errors import BadAnswer
from tui.core.rehearsal import NO_SESSION
from tui.transport.auth import header_value
from tui.transport.login import Credential

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tui.adapters.informatica.settings import InformaticaSettings
    from tui.transport.answer import Answer
    from tui.transport.client import ApiClient

HEADERS = ("icSessionId", "INFA-SESSION-ID", "IDS-SESSION-ID")
"""Headers that carry the session id: one for each family of the API, and each takes the same id."""

NO_CREDENTIAL = Credential(headers=dict.fromkeys(HEADERS, NO_SESSION), secrets={"session": NO_SESSION})
"""What stands for a session in a request that is shown before there is one."""

USUAL_PRODUCT = "Integration Cloud"
"""The product of a login of version 3 that has the jobs."""

_WEB_APPLICATION = "/saas"
_LOGIN_PAGES = re.compile(r"/(?:saas|ma|identity-service|diUI|cloudUI)(?:/.*)?\Z")


class _Login(NamedTuple):
    """What a login told."""

    session_id: str
    server: str
    core: str


class Login:
    """Logs in, and tells where each family of the API is.

    Args:
        settings: The connection's table.
        password: The user's password.
    """

    def __init__(self, settings: InformaticaSettings, password: str) -> None:
        self._settings = settings
        self._password = password

    async def log_in(self, client: ApiClient) -> Credential:
        """A session, by one request.

        Raises:
            Unauthorized: Name or password are wrong.
            SystemUnavailable: The login could not be tried, or its answer makes no sense.
        """
        login = await (self._v3(client) if self._settings.login == "v3" else self._v2(client))
        session_id = header_value(login.session_id)
        server, core = client.trust(login.server), client.trust(login.core)
        pod = client.trust(pod_root(self._settings.pod_url or core))
        return Credential(
            headers=dict.fromkeys(HEADERS, session_id),
            secrets={"session": session_id},
            facts={Base.SERVER: server, Base.CORE: core, Base.POD: pod},
        )

    async def _v3(self, client: ApiClient) -> _Login:
        body = {"username": self._settings.username, "password": self._password}
        answer = await client.log_in(LOGIN_V3, json=body, is_fixed=True)
        told = await _object(answer)
        user = told.get("userInfo")
        session_id = _text(user, "sessionId")
        # Both versions live in the same web application: the login of version 3 names it once.
        address = _text(_product(told.get("products")), "baseApiUrl")
        return _checked(answer, _Login(session_id, address, address))

    async def _v2(self, client: ApiClient) -> _Login:
        settings = self._settings
        domain = {"securitydomain": settings.security_domain} if settings.security_domain else {}
        body = {"@type": "login", "username": settings.username, "password": self._password, **domain}
        answer = await client.log_in(LOGIN_V2, json=body, is_fixed=True)
        told = await _object(answer)
        address = _text(told, "serverUrl")
        return _checked(answer, _Login(_text(told, "icSessionId"), address, address))


def login_base(address: str) -> str:
    """The address at which a region logs in, also when the address of one of its pages was given."""
    return _LOGIN_PAGES.sub("", address.strip().rstrip("/"))


def pod_root(address: str) -> str:
    """The address of a pod without its web application: `/saas` before a taskflow's path is a 404."""
    return address.strip().rstrip("/").removesuffix(_WEB_APPLICATION)


async def _object(answer: Answer) -> Mapping[str, Any]:
    value = await answer.json()
    told = told_in(value)
    if told is not None:
        raise bad_login(answer, told)
    if not isinstance(value, dict):
        raise BadAnswer(
            f"{answer.host} answered the login with something that is no record",
            hint="check `login_url` of this connection",
        )
    return value


def _product(products: Any) -> Any:
    known = [each for each in products if isinstance(each, dict)] if isinstance(products, list) else []
    usual = (each for each in known if each.get("name") == USUAL_PRODUCT)
    return next(usual, known[0] if known else None)


def _text(members: Any, name: str) -> str:
    value = members.get(name) if isinstance(members, dict) else None
    return value.strip() if isinstance(value, str) else ""


def _checked(answer: Answer, login: _Login) -> _Login:
    if not login.session_id:
        raise BadAnswer(f"{answer.host} answered the login without a session", hint=UNUSUAL)
    if not login.server:
        raise BadAnswer(f"{answer.host} answered the login without the address of a pod", hint=UNUSUAL)
    return login

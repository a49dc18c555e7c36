"""The three logins, each with its own words, and what there is to know of a session."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import httpx

from tui.simulators.informatica.call import Call, operation
from tui.simulators.informatica.naming import federated_id
from tui.simulators.informatica.refusal import Refused
from tui.simulators.informatica.times import utc
from tui.simulators.informatica.vocabulary import Family

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tui.simulators.informatica.org import Org

LOGINS = {"v3.login", "v2.login", "identity.login"}
"""The names of the operations that open a session."""

_V2_REFUSAL, _REFUSAL = "UI_10000", "IDS_085"
_ORG_NAME = "Example"


async def _log_in(call: Call) -> httpx.Response:
    body = call.body()
    user, password = _credentials(body)
    token = call.org.sessions.admit(user, password, _REFUSAL)
    product = {"name": "Integration Cloud", "baseApiUrl": f"{pod_of(call.org, call.request)}/saas"}
    known = {
        "sessionId": token,
        "id": federated_id(user),
        "name": user,
        "parentOrgId": "52ZSTgK1aXq0VhMuLr7cYb",
        "orgId": call.org.uuid,
        "orgName": _ORG_NAME,
        "groups": {"Admins": federated_id("Admins")},
    }
    return httpx.Response(200, json={"products": [product], "userInfo": known})


async def _log_in_to_v2(call: Call) -> httpx.Response:
    body = call.body("login")
    user, password = _credentials(body)
    domain = call.org.behaviour.security_domain
    is_in_domain = not domain or body.get("securitydomain") == domain
    token = call.org.sessions.admit(user, password if is_in_domain else None, _V2_REFUSAL)
    answer = {
        "@type": "user",
        "id": f"{call.org.id}03000000000001",
        "orgId": call.org.id,
        "orgUuid": call.org.uuid,
        "name": user.partition("@")[0],
        "timezone": "America/Los_Angeles",
        "serverUrl": f"{pod_of(call.org, call.request)}/saas",
        "icSessionId": token,
        "uuid": federated_id(user),
        "roles": [],
        "usergroups": [],
    }
    return httpx.Response(200, json=answer)


async def _log_in_to_identity_service(call: Call) -> httpx.Response:
    body = call.body()
    user, password = _credentials(body)
    token = call.org.sessions.admit(user, password, _REFUSAL)
    left = call.org.sessions.seconds_left(token)
    answer = {
        "sessionId": token,
        "sessionExpireTime": utc(call.org.now() + timedelta(seconds=left)),
        "id": federated_id(user),
        "name": user,
        "currentOrgId": call.org.uuid,
        "currentOrgName": _ORG_NAME,
    }
    return httpx.Response(200, json=answer)


async def _validate(call: Call) -> httpx.Response:
    body = call.body("validatedToken")
    minutes = call.org.sessions.minutes_left(body.get("userName"), body.get("icToken"))
    answer = {"@type": "validatedToken", "isValidToken": minutes > 0, "timeUntilExpire": minutes}
    return httpx.Response(200, json=answer)


async def _log_out(call: Call) -> httpx.Response:
    call.org.sessions.close(call.token)
    return httpx.Response(200)


def pod_of(org: Org, request: httpx.Request) -> str:
    """The address of the pod.

    Args:
        org: Whose pod.
        request: What was asked.
    """
    return org.behaviour.pod_url or f"{request.url.scheme}://{request.url.netloc.decode('ascii')}"


def _credentials(body: Mapping[str, object]) -> tuple[str, str]:
    user, password = body.get("username"), body.get("password")
    if not isinstance(user, str) or not isinstance(password, str):
        raise Refused(400, "BAD_REQUEST", "username and password are required.")
    return user, password


OPERATIONS = (
    operation("v3.login", Family.LOGIN, "POST", "/saas/public/core/v3/login", _log_in),
    operation("v2.login", Family.V2_LOGIN, "POST", "/ma/api/v2/user/login", _log_in_to_v2),
    operation(
        "identity.login",
        Family.LOGIN,
        "POST",
        "/identity-service/api/v1/Login",
        _log_in_to_identity_service,
    ),
    operation("validSessionId", Family.V2_LOGIN, "POST", "/saas/api/v2/user/validSessionId", _validate),
    operation("logout", Family.V2, "POST", "/saas/api/v2/user/logout", _log_out),
)
"""What can be asked about sessions."""

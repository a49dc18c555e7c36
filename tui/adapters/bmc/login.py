"""Getting a token for an access key: a login, and a refresh of it while the refresh token lives."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from pydantic import ValidationError

from tui.adapters.bmc.wire import LoginAnswer
from tui.core.errors import BadAnswer, ConfigError, NotFound, Unauthorized
from tui.core.rehearsal import NO_SESSION
from tui.transport.auth import header_value
from tui.transport.login import Credential

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from tui.core.clock import Clock
    from tui.transport.answer import Answer

LOGIN = "ims/api/v1/access_keys/login"
REFRESH = "ims/api/v1/auth/tokens"

TOKEN_LIFE = timedelta(minutes=15)
"""How long a JSON web token works, as the vendor says."""

REFRESH_AHEAD_S = 300.0
"""Seconds before its end at which a token is renewed: at ten minutes, as the vendor's clients do."""

REFRESH_TOKEN_LIFE = timedelta(hours=23)
"""How long a refresh token is used: it lives for 24 hours, and clocks differ."""

NO_TOKEN = Credential(headers={"Authorization": f"Bearer {NO_SESSION}"}, secrets={"token": NO_SESSION})
"""What stands for a token in a request that is shown before there is one."""

_REFRESH = "refresh token"
_REFRESH_ENDS = "refresh token ends"


class AccessKeyLogin:
    """Logs in with an access key; whoever sends the requests makes sure that there is one login at a time.

    Args:
        members: What the login takes: key, secret and perhaps a tenant.
        clock: Tells how old the tokens are.
        send: Sends a login request to a path of the portal with a JSON body.
    """

    def __init__(
        self,
        members: Mapping[str, str],
        clock: Clock,
        send: Callable[[str, Mapping[str, str]], Awaitable[Answer]],
    ) -> None:
        self._members = members
        self._clock = clock
        self._send = send

    async def __call__(self, expired: Credential | None) -> Credential:
        """A credential, by a refresh where that may do, else by a login. Raises SystemUnavailable."""
        if expired is not None and self._can_refresh(expired):
            try:
                return await self._refreshed(expired)
            except (Unauthorized, NotFound, BadAnswer):
                # Whatever is wrong with the refresh, the access key may still be good: one login tells.
                pass
        return await self._logged_in()

    def _can_refresh(self, expired: Credential) -> bool:
        ends = expired.facts.get(_REFRESH_ENDS)
        return ends is not None and self._clock.now() < datetime.fromisoformat(ends)

    async def _refreshed(self, expired: Credential) -> Credential:
        old = expired.secrets[_REFRESH]
        since = self._clock.now()
        told = await _told(await self._send(REFRESH, {"token": old}))
        if told.token and told.token != old:
            ends = (since + REFRESH_TOKEN_LIFE).isoformat()
        else:
            ends = expired.facts[_REFRESH_ENDS]
        return _credential(told.json_web_token, since, told.token or old, ends, is_refreshed=True)

    async def _logged_in(self) -> Credential:
        since = self._clock.now()
        told = await _told(await self._send(LOGIN, self._members))
        ends = (since + REFRESH_TOKEN_LIFE).isoformat()
        return _credential(told.json_web_token, since, told.token, ends)


async def _told(answer: Answer) -> LoginAnswer:
    """What a login tells. Raises BadAnswer when that is no token."""
    try:
        told = LoginAnswer.model_validate(await answer.json())
        if told.json_web_token:
            header_value(told.json_web_token)
            return told
    except (ValidationError, ConfigError):
        pass
    return answer.reject(
        "took the login but sent no token", hint="look at `portal_url`: is it the BMC Helix Portal?"
    )


def _credential(
    jwt: str, since: datetime, refresh: str, refresh_ends: str, *, is_refreshed: bool = False
) -> Credential:
    return Credential(
        headers={"Authorization": f"Bearer {jwt}"},
        expires_at=since + TOKEN_LIFE,
        secrets={"token": jwt, **({_REFRESH: refresh} if refresh else {})},
        facts={_REFRESH_ENDS: refresh_ends} if refresh else {},
        is_refreshed=is_refreshed,
    )

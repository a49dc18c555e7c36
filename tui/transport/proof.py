"""Writing down a request that is not sent, with everything that would prove who we are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.core.rehearsal import RehearsedRequest
from tui.transport.login import LoginAuth

if TYPE_CHECKING:
    from collections.abc import Mapping

    import httpx

_SIGNED = "nightdeck.signed"


def note_signed(request: httpx.Request, texts: Mapping[str, str]) -> None:
    """Remember of which texts the SHA-256 digests in some headers were taken, so that they can be told.

    Args:
        request: The rehearsed request.
        texts: By the header's name in lower case; they hold secrets.
    """
    request.extensions = {**request.extensions, _SIGNED: dict(texts)}


def written_down(request: httpx.Request, auth: httpx.Auth | None) -> RehearsedRequest:
    """What would leave. No I/O: where no session is open, something else stands for its proof.

    Raises:
        Unauthorized: The credentials are known to be wrong: nothing would leave.
    """
    secrets: Mapping[str, str] = {}
    if isinstance(auth, LoginAuth):
        secrets = auth.dress(request)
    elif auth is not None:
        flow = auth.sync_auth_flow(request)
        # A flow that begins with another request logs in by it: there is no proof yet.
        next(flow, None)
        flow.close()
    return RehearsedRequest(
        method=request.method,
        url=str(request.url),
        # As they are spelled on the wire: the mapping of httpx tells their names in lower case.
        headers=tuple((name.decode("ascii"), value.decode("latin-1")) for name, value in request.headers.raw),
        content=request.content,
        secrets=dict(secrets),
        signed=request.extensions.get(_SIGNED, {}),
    )

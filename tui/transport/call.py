"""One request as an adapter asks for it."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypedDict
from urllib.parse import urlencode

from tui.transport.limits import BODY_PATIENCE, MAX_BODY_BYTES, MAX_RECORD_BYTES
from tui.transport.terms import Terms

Params = Mapping[str, str | int] | Sequence[tuple[str, str | int]]


class RequestOptions(TypedDict, total=False):
    """What can be said of a request beside its method and path."""

    params: Params
    """The query; a path that holds its own query must come without."""
    headers: Mapping[str, str]
    """Headers beside those of the client."""
    json: Any
    """A JSON-like value as the body."""
    content: bytes
    """The exact bytes of the body; say their type in `headers`."""
    form: Mapping[str, str]
    """The fields of a form as the body."""
    accept: Collection[int]
    """Statuses beside 2xx that the adapter reads itself: they are answers, no errors."""
    is_fixed: bool
    """The path holds no id, so a 404 means that the configured address is wrong: BadAnswer, not NotFound."""
    limit: int
    """Decoded bytes at which the answer is cut."""
    timeout_s: float
    """Seconds to wait, instead of the connection's `timeout`."""


@dataclass(frozen=True, slots=True)
class Call:
    """A request with everything decided; sent as often as the rules allow."""

    method: str
    path: str = field(repr=False)
    timeout_s: float
    media: str
    """What the Accept header asks for: exactly one type, because some services refuse several."""
    is_change: bool = False
    params: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    content: bytes | None = field(default=None, repr=False)
    accept: frozenset[int] = frozenset()
    is_fixed: bool = False
    limit: int = MAX_BODY_BYTES
    is_streamed: bool = False

    @property
    def terms(self) -> Terms:
        """How it is to be treated on its way."""
        body_s = None if self.is_streamed else self.timeout_s * BODY_PATIENCE
        return Terms(self.timeout_s, body_s, self.limit, is_change=self.is_change)


def make_call(
    method: str,
    path: str,
    options: RequestOptions,
    *,
    timeout_s: float,
    media: str = "application/json",
    is_change: bool = False,
    stream_limit: int | None = None,
) -> Call:
    """A call from what an adapter says.

    Args:
        method: The HTTP method.
        path: A path below the client's address, or a whole address of a trusted server.
        options: The rest.
        timeout_s: The connection's timeout.
        media: The type that is wanted.
        is_change: Whether it changes the remote system.
        stream_limit: Bytes at which a streamed answer is cut; None for one that is held in memory.
    """
    content, kind = _body(options)
    params = options.get("params", ())
    pairs = params.items() if isinstance(params, Mapping) else params
    headers = {"Accept": media, **({"Content-Type": kind} if kind else {}), **options.get("headers", {})}
    return Call(
        method=method,
        path=path,
        timeout_s=options.get("timeout_s", timeout_s),
        media=media,
        is_change=is_change,
        params=tuple((name, str(value)) for name, value in pairs),
        headers=headers,
        content=content,
        accept=frozenset(options.get("accept", ())),
        is_fixed=options.get("is_fixed", False),
        limit=options.get("limit", stream_limit or (MAX_RECORD_BYTES if is_change else MAX_BODY_BYTES)),
        is_streamed=stream_limit is not None,
    )


def _body(options: RequestOptions) -> tuple[bytes | None, str]:
    if "json" in options:
        # Compact and in plain ASCII: the same bytes for a signature, a log and every server.
        return json.dumps(options["json"], separators=(",", ":")).encode("ascii"), "application/json"
    if "form" in options:
        return urlencode(options["form"]).encode("ascii"), "application/x-www-form-urlencoded"
    return options.get("content"), ""

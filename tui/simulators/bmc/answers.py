"""What every endpoint asks of a request, and how it refuses."""

from __future__ import annotations

import json
from dataclasses import dataclass

import httpx

from tui.simulators.bmc.vocabulary import ErrorBody

JSON = "application/json"
"""The only media type."""

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_ACCEPTABLE = frozenset({JSON, "application/*", "*/*"})


@dataclass(eq=False)
class Refused(Exception):
    """The call fails with an HTTP code and a text."""

    status: int
    """The HTTP code."""
    text: str
    """What went wrong."""
    code: str = ""
    """The machine's word for it; empty when there is none."""
    headers: tuple[tuple[str, str], ...] = ()
    """Headers that come with it."""

    def response(self, shape: ErrorBody) -> httpx.Response:
        """The answer.

        Args:
            shape: What its body looks like.
        """
        said = f"{self.code}: {self.text}" if self.code else self.text
        headers = dict(self.headers)
        if shape is ErrorBody.EMPTY:
            return httpx.Response(self.status, headers=headers)
        if shape is ErrorBody.TEXT:
            return httpx.Response(self.status, text=said, headers=headers)
        if shape is ErrorBody.HTML:
            page = f"<!doctype html><html><head><title>{self.status}</title></head><body>{said}</body></html>"
            return httpx.Response(self.status, html=page, headers=headers)
        members = {"code": self.code, "message": self.text} if self.code else {"message": self.text}
        return httpx.Response(self.status, json=members, headers=headers)


def check_accept(request: httpx.Request) -> None:
    """Refuse an `Accept` that names several types, or another than JSON.

    Seen in a client of a service on the same platform: code 400 and `validation.request.accept.invalid`.
    """
    accept = request.headers.get("accept", "*/*")
    if accept.partition(";")[0].strip().lower() not in _ACCEPTABLE or "," in accept:
        raise Refused(400, f"Accept is not valid: {accept}", "validation.request.accept.invalid")


def check_method(request: httpx.Request, method: str) -> None:
    """Refuse every other method."""
    if request.method != method:
        raise Refused(405, f"Method {request.method} is not allowed", headers=(("allow", method),))


def check_content_type(request: httpx.Request) -> None:
    """Refuse a `Content-Type` that isn't JSON, or none."""
    content_type = request.headers.get("content-type", "")
    if content_type.partition(";")[0].strip().lower() != JSON:
        raise Refused(415, f"Content-Type must be {JSON}, not {content_type or 'missing'}")


def read_object(request: httpx.Request) -> dict[str, object]:
    """The JSON object that the body must be."""
    check_content_type(request)
    try:
        body = json.loads(request.content)
    except ValueError as error:
        raise Refused(400, "The body is not JSON") from error
    if not isinstance(body, dict):
        raise Refused(400, "The body is not a JSON object")
    return body


def write(value: object) -> str:
    """A value as the server writes it."""
    return _ENCODER.encode(value)

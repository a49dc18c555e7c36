"""How each part of the platform says no: three shapes of JSON, and a web page for a path that there isn't."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx

from tui.simulators.informatica.vocabulary import NO_SUCH_OBJECT, WRONG_ID, WRONG_VALUE, Family

if TYPE_CHECKING:
    from collections.abc import Mapping

_REQUEST_ID = "4tVbH8aPq2Zs"


@dataclass(eq=False)
class Refused(Exception):
    """The call fails."""

    status: int
    """The HTTP status."""
    code: str | None
    """The error's code."""
    text: str
    """The error's text."""


def wrong_value(name: str, value: str | None) -> Refused:
    """A parameter is missing or has a value that it can't have.

    Args:
        name: The parameter.
        value: What was given.
    """
    return Refused(403, WRONG_VALUE, f"Parameter {name} has a wrong value: {value}")


def wrong_id(name: str, value: str | None) -> Refused:
    """An id is missing or none.

    Args:
        name: The parameter.
        value: What was given.
    """
    return Refused(403, WRONG_ID, f"The {name} {value} is missing or invalid.")


def no_such_object(kind: str, value: str) -> Refused:
    """The org has no such object.

    Args:
        kind: What was asked for.
        value: By which id or name.
    """
    return Refused(403, NO_SUCH_OBJECT, f"No {kind} {value} was found for this organization.")


def refusal(family: Family, refused: Refused) -> httpx.Response:
    """The answer that tells of it, in the family's shape.

    Args:
        family: Which part of the platform was asked.
        refused: What it has to say.
    """
    return httpx.Response(refused.status, json=_body(family, refused))


def not_found() -> httpx.Response:
    """What the web server says of a path that there isn't."""
    page = "<!DOCTYPE html><html><head><title>404</title></head><body>Resource not found.</body></html>"
    return httpx.Response(404, html=page)


def _body(family: Family, refused: Refused) -> Mapping[str, object]:
    if family in {Family.V2, Family.V2_LOGIN}:
        return {
            "@type": "error",
            "code": refused.code,
            "description": refused.text,
            "statusCode": refused.status,
        }
    if family is Family.TASKFLOWS:
        return {"code": refused.code, "description": refused.text}
    error = {
        "code": refused.code,
        "message": refused.text,
        "debugMessage": refused.text,
        "requestId": _REQUEST_ID,
        "details": None,
    }
    return {"error": error}

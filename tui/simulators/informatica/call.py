"""One call: what was asked, by whom and of which org, with the checks that every operation makes."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.simulators.informatica.refusal import Refused, wrong_value

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    import httpx

    from tui.simulators.informatica.org import Org
    from tui.simulators.informatica.vocabulary import Family


@dataclass(frozen=True, slots=True)
class Call:
    """A call that found its operation."""

    org: Org
    """Which org it is about."""
    request: httpx.Request
    """What was asked."""
    parts: Mapping[str, str]
    """The variable parts of the path."""
    user: str
    """Who asks; empty before the login."""
    token: str
    """The session."""

    @property
    def short_user(self) -> str:
        """Who asks, as v2 and taskflows have it."""
        return self.user.partition("@")[0]

    def query(self, name: str) -> str | None:
        """A parameter of the query; case counts."""
        value: str | None = self.request.url.params.get(name)
        return value

    def number(self, name: str, default: int, lowest: int, highest: int) -> int:
        """A number in the query.

        Args:
            name: Its name.
            default: What holds when it isn't there.
            lowest: The lowest that is taken.
            highest: The highest.
        """
        text = self.query(name)
        if text is None:
            return default
        if not (text.isascii() and text.isdigit()) or not lowest <= int(text) <= highest:
            raise wrong_value(name, text)
        return int(text)

    def flag(self, name: str) -> bool:
        """A parameter that is true or false, and false when it isn't there."""
        text = self.query(name)
        if text not in {None, "true", "false"}:
            raise wrong_value(name, text)
        return text == "true"

    def body(self, type_name: str = "") -> Mapping[str, object]:
        """The JSON object that was sent.

        Args:
            type_name: The `@type` that it must have; empty when it needs none.
        """
        content_type = self.request.headers.get("content-type", "")
        if content_type.partition(";")[0].strip() != "application/json":
            raise Refused(400, "BAD_REQUEST", f"The content type {content_type} is not supported.")
        try:
            body = json.loads(self.request.content)
        except ValueError:
            raise Refused(400, "BAD_REQUEST", "The request is not valid JSON.") from None
        if not isinstance(body, dict):
            raise Refused(400, "BAD_REQUEST", "The request is not a JSON object.")
        if type_name and body.get("@type") != type_name:
            raise Refused(400, "BAD_REQUEST", f"The @type must be {type_name}.")
        return body


@dataclass(frozen=True, slots=True)
class Operation:
    """Something that the platform can be asked to do."""

    name: str
    """What it is called in the counters."""
    family: Family
    """Whose session header and errors it has."""
    method: str
    """The HTTP method."""
    path: re.Pattern[str]
    """Its path."""
    perform: Callable[[Call], Awaitable[httpx.Response]]
    """Does it."""


def operation(
    name: str, family: Family, method: str, path: str, perform: Callable[[Call], Awaitable[httpx.Response]]
) -> Operation:
    """An operation whose path has its variable parts in braces.

    Args:
        name: What it is called in the counters.
        family: Whose session header and errors it has.
        method: The HTTP method.
        path: Its path.
        perform: Does it.
    """
    pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(path))
    return Operation(name, family, method, re.compile(pattern), perform)

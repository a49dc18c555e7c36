"""What a system answered, for an adapter to read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn

from tui.core.errors import BadAnswer, OutcomeUnknown
from tui.transport.body import decode, decoding, excerpt, is_web_page
from tui.transport.jsontext import TooManyValues, parse_json
from tui.transport.turns import in_turns

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tui.core.redaction import Redactor

PAGE_HINT = "look at the `url` of this connection; a login page or a proxy may stand in front of the system"
"""What to do when a page for people comes where an answer for programs should."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One whole answer. It holds no address and no request, so that showing it gives nothing away."""

    host: str
    """The server, for messages."""
    status: int
    """The HTTP status."""
    headers: Mapping[str, str] = field(repr=False)
    """The headers by lower-case name; values of one name are joined by commas."""
    body: bytes = field(repr=False)
    """The unpacked body; at most its first part when the status tells an error."""
    redactor: Redactor = field(repr=False)
    """Masks what is quoted."""
    is_change: bool = False
    """Whether it answers a change: then an unreadable answer doesn't tell whether it happened."""

    @property
    def content_type(self) -> str:
        """The Content-Type header."""
        return self.headers.get("content-type", "")

    @property
    def is_page(self) -> bool:
        """Whether it is a page for people, in HTML."""
        return is_web_page(self.body, self.content_type)

    @property
    def text(self) -> str:
        """The body as text, in whatever encoding it is."""
        return decode(self.body, self.content_type)

    @property
    def excerpt(self) -> str:
        """What it says is wrong: short, masked, on one line."""
        return excerpt(self.body, self.content_type, self.redactor)

    async def json(self) -> Any:
        """The body as a JSON value; None when there is no body, as some systems answer a change.

        Raises:
            BadAnswer: It is a web page, or no JSON; an answer to a change raises OutcomeUnknown instead.
        """
        if not self.body.strip():
            return None
        if self.is_page:
            self.reject("answered with a web page where JSON was expected", hint=PAGE_HINT)
        try:
            value = await parse_json(await in_turns(decoding(self.body, self.content_type)))
        except TooManyValues as error:
            problem = f"sent {error}"
        except ValueError:
            problem = ""
        else:
            return value
        if problem:
            self.reject(problem, hint="narrow the connection with `jobs`, or ask for less")
        return self.reject(f"answered with something that is no JSON: {self.excerpt}", hint=PAGE_HINT)

    def reject(self, reason: str, *, hint: str) -> NoReturn:
        """Say that the answer can't be used.

        Args:
            reason: What is wrong, continuing the server's name.
            hint: What to do.
        """
        if self.is_change:
            raise OutcomeUnknown(
                f"{self.host} {reason}; the change may or may not have been made",
                hint="look at the job's runs before doing it again",
            )
        raise BadAnswer(f"{self.host} {reason}", hint=hint)

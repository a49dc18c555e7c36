"""Every error that nightdeck raises on purpose, each with a hint that says what to do.

NightdeckError
├── ConfigError                     the config file, a secret, a theme or a keymap is wrong
├── QueryError                      a query cannot be read; it points at the wrong word
├── NotFound                        no such job, run, view or connection
├── ActionRefused                   read-only, not confirmed, not supported, or the system said no
│   └── TakenBack                   confirmed, and taken back before it was sent
├── OutcomeUnknown                  a change was sent and its answer was lost: it may have happened
├── RunExists                       a run of the id that we gave exists: it was started before
└── SystemUnavailable               a system could not be used
    ├── Unreachable                 refused, reset, no route, DNS
    ├── TimedOut                    no answer in time
    ├── TlsFailed                   the certificate or the handshake is wrong
    ├── Unauthorized                the credentials are wrong: polling stops until the user acts
    ├── Forbidden                   the account may not do this
    │   └── ClockDiffers            what is signed with our time is not taken
    ├── RateLimited                 too many requests; may say when to come back
    ├── ServerFailed                the server says that it failed (5xx)
    └── BadAnswer                   HTML, garbage, a truncated or an unexpected body
"""

from __future__ import annotations


class NightdeckError(Exception):
    """The root: one clear line, and a hint that says what to do."""

    code = "error"
    """A few characters that fit into the health bar."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} ({self.hint})" if self.hint else self.message


class ConfigError(NightdeckError):
    """The config file, a secret, a theme or a keymap is wrong."""

    code = "config"


class QueryError(NightdeckError):
    """A query cannot be read.

    Args:
        message: What is wrong with the word.
        start: Index of the first character of the wrong word in the query.
        end: Index after its last character.
        hint: What would be right.
    """

    code = "query"

    def __init__(self, message: str, *, start: int, end: int, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.start = start
        self.end = end


class NotFound(NightdeckError):
    """No such job, run, view or connection."""

    code = "404"


class ActionRefused(NightdeckError):
    """An action was not sent, or the system said no: nothing has changed."""

    code = "refused"


class TakenBack(ActionRefused):
    """An action was confirmed, and taken back before it was sent."""


class OutcomeUnknown(NightdeckError):
    """A change was sent and its answer was lost: it may or may not have happened."""

    code = "unknown"


class RunExists(NightdeckError):
    """The system has a run of the id that we gave already: no second one was made, and the first one was."""

    code = "exists"


class SystemUnavailable(NightdeckError):
    """A system could not be used."""

    code = "error"


class Unreachable(SystemUnavailable):
    """The system could not be reached: refused, reset, no route or no such host. Nothing was sent."""

    code = "down"


class TimedOut(SystemUnavailable):
    """The system did not answer in time."""

    code = "slow"


class TlsFailed(SystemUnavailable):
    """The certificate or the TLS handshake is wrong."""

    code = "tls"


class Unauthorized(SystemUnavailable):
    """The credentials are wrong. Polling stops until the user acts, because accounts lock."""

    code = "401"


class Forbidden(SystemUnavailable):
    """The account may not do this."""

    code = "403"


class ClockDiffers(Forbidden):
    """Our clock and the server's differ so much that it takes nothing that is signed with our time."""

    code = "clock"


class RateLimited(SystemUnavailable):
    """Too many requests.

    Args:
        message: What the system said.
        retry_after_s: Seconds that it asked us to wait, if it did.
        hint: What to do.
    """

    code = "429"

    def __init__(self, message: str, *, retry_after_s: float | None = None, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.retry_after_s = retry_after_s


class ServerFailed(SystemUnavailable):
    """The server says that it failed (5xx).

    Args:
        message: What happened.
        status: The HTTP status.
        retry_after_s: Seconds that it asked us to wait, if it did.
        hint: What to do.
    """

    code = "5xx"

    def __init__(
        self, message: str, *, status: int = 500, retry_after_s: float | None = None, hint: str = ""
    ) -> None:
        super().__init__(message, hint=hint)
        self.status = status
        self.retry_after_s = retry_after_s
        self.code = str(status)


class BadAnswer(SystemUnavailable):
    """The answer was HTML, garbage, truncated or not what the system documents."""

    code = "body"

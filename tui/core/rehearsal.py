"""Running an action up to, and not including, what would change something: what would leave is recorded.

    with rehearsing() as calls:
        await adapter.trigger(job, {})

Whatever sends a change asks here first: `ApiClient.send_change` for requests, the local adapter for
processes. While a piece of code is rehearsed, `record` keeps what was about to be sent and raises `Rehearsed`
in its place. Outside a rehearsal a session that is a dry run sends nothing either: `refuse_dry_run`.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn

from tui.core.errors import ActionRefused

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

NO_SESSION = "NIGHTDECK_HAS_NO_SESSION_YET"
"""What stands for the proof of a session where none is open: a rehearsal never logs in."""


@dataclass(frozen=True, slots=True)
class RehearsedRequest:
    """A request, exactly as it would have left. It holds secrets: `tui.engine.shown_call` writes it down."""

    method: str
    """The HTTP method."""
    url: str = field(repr=False)
    """The whole address."""
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    """Every header in its order, also what proves who we are."""
    content: bytes = field(repr=False)
    """The body."""
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    """What of it proves a session that is open, by a word for it; passwords and keys are the settings'."""
    signed: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Headers that are SHA-256 digests, by their names in lower case, with the texts that they are of."""


@dataclass(frozen=True, slots=True)
class RehearsedStart:
    """A process that would have been started."""

    command: str | tuple[str, ...] = field(repr=False)
    """A text for the shell, or the program with its arguments."""
    folder: str
    """Where it would run."""
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The variables that it would be given beside ours."""
    secret_names: frozenset[str] = frozenset()
    """Those of them whose values are secrets."""


@dataclass(frozen=True, slots=True)
class RehearsedSignal:
    """Processes that would have been told to end."""

    signal: str
    """`TERM` or `KILL`."""
    pid: int | None
    """The first of them; None where there is none on this machine."""
    what: str
    """What would be done, in words."""


RehearsedCall = RehearsedRequest | RehearsedStart | RehearsedSignal
"""One change that was not made."""


class Rehearsed(Exception):
    """The rehearsal has come to what would change something. No NightdeckError: nothing may mistake it."""


_CALLS: ContextVar[list[RehearsedCall] | None] = ContextVar("rehearsed_calls", default=None)


@contextmanager
def rehearsing() -> Iterator[list[RehearsedCall]]:
    """Send nothing of what is run in this block, nor in the tasks and threads that it starts.

    Yields:
        What would have been sent so far. The code in the block ends with `Rehearsed`, which leaves the block
        silently.
    """
    calls: list[RehearsedCall] = []
    token = _CALLS.set(calls)
    try:
        yield calls
    except Rehearsed:
        pass
    finally:
        _CALLS.reset(token)


def is_rehearsing() -> bool:
    """Whether the code that runs now is rehearsed."""
    return _CALLS.get() is not None


def record(call: RehearsedCall) -> NoReturn:
    """Keep what was about to be sent. Raises Rehearsed."""
    calls = _CALLS.get()
    if calls is not None:
        calls.append(call)
    raise Rehearsed


def refuse_dry_run(*, is_dry_run: bool) -> None:
    """The last door before something is changed: in a dry run it opens for rehearsals alone.

    Raises:
        ActionRefused: Something would be changed.
    """
    if is_dry_run and not is_rehearsing():
        raise ActionRefused("this is a dry run: nothing was sent", hint="start nightdeck without --dry-run")

"""A command that can be run as a job: an entry of `[[connections.NAME.job]]`, the same for every system."""

from __future__ import annotations

import re
from hashlib import sha1
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from tui.core.duration import parse_duration
from tui.core.settings import SecretRef

if TYPE_CHECKING:
    from collections.abc import Iterable

DEFAULT_PROGRESS = r"(\d{1,3}(?:\.\d+)?) ?%"
"""Finds `42%` and `42.5 %`."""

_LONGEST_ID = 80
_VARIABLE = r"^[A-Za-z_][A-Za-z0-9_]*$"


def _seconds(value: object) -> object:
    return parse_duration(value) if isinstance(value, str) else value


def _without_nul(value: str) -> str:
    if "\0" in value:
        raise ValueError("a NUL character cannot be passed to a command")
    return value


Span = Annotated[
    float,
    BeforeValidator(_seconds),
    WithJsonSchema({"anyOf": [{"type": "number"}, {"type": "string", "examples": ["90s", "10m", "1h30m"]}]}),
]
"""A span of time: a number of seconds, or text such as `90s`, `10m`, `1h30m`."""

CommandText = Annotated[str, BeforeValidator(lambda v: _without_nul(v) if isinstance(v, str) else v)]
"""A text that a command can be given."""

CommandWords = CommandText | Annotated[tuple[CommandText, ...], Field(min_length=1)]
"""A text for the shell, or a program and its arguments."""


class JobParameter(BaseModel):
    """A parameter that is asked for when the job is triggered, and given to the command as a variable."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, use_attribute_docstrings=True, coerce_numbers_to_str=True
    )

    name: Annotated[str, Field(pattern=_VARIABLE)]
    """Its name: the command finds the value in the environment variable of exactly this name."""
    default: CommandText = ""
    """The value when none is given."""
    description: str = ""
    """What it does, shown where it is asked for."""
    choices: tuple[CommandText, ...] = ()
    """The only values that are taken; any when empty."""
    required: bool = False
    """Refuse to start without a value."""


class CommandJob(BaseModel):
    """One command that can be run: an entry of `[[connections.NAME.job]]`."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, use_attribute_docstrings=True, coerce_numbers_to_str=True
    )

    name: Annotated[str, Field(min_length=1, max_length=200)]
    """The name to show. The job's id is made of it: `Load orders!` becomes `load-orders`."""
    command: CommandWords
    """Text for `/bin/sh -c`, or a list: a program and its arguments, started without a shell."""
    cwd: CommandText = "~"
    """Folder to run in, absolute or below `~`; your home folder by default."""
    env: dict[str, CommandText | SecretRef] = {}
    """Environment variables to add. A value is text, or a secret: `{ command = ["pass", "show", "db"] }`."""
    timeout: Annotated[Span, Field(ge=0.1)] | None = None
    """End the run when it takes longer than so many seconds, or `10m`; never by default."""
    grace: Annotated[Span, Field(ge=0, le=86_400)] = 10.0
    """Seconds from the polite request to end (TERM) to the kill (KILL)."""
    keep_runs: Annotated[int, Field(ge=1, le=1_000_000)] = 1000
    """So many runs are kept with their logs; older ones are removed when a new one starts."""
    path: str = ""
    """Folder label, to group jobs by."""
    tags: tuple[str, ...] = ()
    """Labels to search by."""
    param: tuple[JobParameter, ...] = ()
    """Parameters, each a `[[connections.NAME.job.param]]` table."""
    progress: str = DEFAULT_PROGRESS
    """Regular expression whose last match in the output tells the progress: one group is a percentage, two
    are a count and its total. Empty: none."""
    on_open: bool = False
    """Start the job when the dashboard opens and it has never run yet."""

    @property
    def id(self) -> str:
        """The job's id: its name in lower case, with dashes for everything but letters and digits."""
        slug = re.sub(r"[\W_]+", "-", self.name.lower()).strip("-")
        if slug and len(slug.encode()) <= _LONGEST_ID:
            return slug
        digest = sha1(self.name.encode(), usedforsecurity=False).hexdigest()[:8]
        return f"{slug[: _LONGEST_ID // 4] or 'job'}-{digest}"

    @field_validator("command")
    @classmethod
    def _not_blank(cls, value: str | tuple[str, ...]) -> str | tuple[str, ...]:
        if not (value if isinstance(value, str) else value[0]).strip():
            raise ValueError("is empty: give a command")
        return value

    @field_validator("cwd")
    @classmethod
    def _anchored(cls, value: str) -> str:
        if not value.startswith(("/", "~")):
            raise ValueError(
                f"{value!r} must be absolute or start with ~: a relative folder depends on who looks"
            )
        return value

    @field_validator("env")
    @classmethod
    def _valid_names(cls, value: dict[str, Any]) -> dict[str, Any]:
        for name in value:
            if not name or "=" in name or "\0" in name:
                raise ValueError(f"{name!r} is no name of an environment variable")
        return value

    @field_validator("progress")
    @classmethod
    def _one_or_two_groups(cls, value: str) -> str:
        try:
            groups = re.compile(value).groups
        except re.error as error:
            raise ValueError(f"is no regular expression: {error}") from error
        if value and groups not in {1, 2}:
            raise ValueError("needs one group (a percentage) or two (a count and its total)")
        return value

    @model_validator(mode="after")
    def _distinct_parameters(self) -> CommandJob:
        names = [parameter.name for parameter in self.param]
        if twice := {name for name in names if names.count(name) > 1}:
            raise ValueError(f"two parameters are called {', '.join(sorted(twice))}")
        return self


def ensure_distinct_ids(jobs: Iterable[CommandJob]) -> None:
    """Refuse two jobs that would get the same id. Raises ValueError."""
    names: dict[str, str] = {}
    for job in jobs:
        if job.id in names:
            raise ValueError(
                f"jobs {names[job.id]!r} and {job.name!r} both get the id {job.id!r}: rename one"
            )
        names[job.id] = job.name

"""What the config says of a Slurm connection."""

from __future__ import annotations

import math
import re
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema, field_validator, model_validator

from tui.core.command_job import CommandJob, CommandText, CommandWords, ensure_distinct_ids
from tui.core.duration import parse_duration
from tui.core.settings import ConnectionSettings, SecretRef

_SHORTEST_WINDOW_S = 60.0
_LONGEST_WINDOW_S = 366 * 86_400.0
_WORD = r"^[A-Za-z0-9_][A-Za-z0-9_.@+-]*$"
"""Names of partitions and users: no blank, no comma, and nothing that could be taken for an option."""
_NATIVE_TIME = re.compile(r"(?:\d+-)?\d{1,5}(?::\d{1,2}){0,2}")
_MEMORY = re.compile(r"(\d+)([KMGT]?)", re.IGNORECASE)
_MEGABYTES = {"K": 1 / 1024, "": 1.0, "M": 1.0, "G": 1024.0, "T": 1024.0 * 1024.0}
_RESERVED = (
    *("parsable", "wrap", "job-name", "comment", "export", "export-file", "chdir", "wait", "test-only"),
    *("clusters", "help", "usage", "version", "quiet", "verbose", "input"),
)
"""Options of `sbatch` that nightdeck sets itself, that hide the answer, or that keep it from coming."""
_SHORT_RESERVED = "JDWMhVQvi"


def _anchored(value: str) -> str:
    if value and not value.startswith(("/", "~")):
        raise ValueError(f"{value!r} must be absolute or start with ~: a relative path depends on who looks")
    return value


def minutes_of(text: str) -> int:
    """Minutes of a time limit as Slurm or people write it: `90`, `1:30:00`, `2-12`, `90m`, `1h30m`.

    Raises:
        ValueError: It is none.
    """
    cleaned = text.strip()
    if not _NATIVE_TIME.fullmatch(cleaned):
        return max(1, math.ceil(parse_duration(cleaned) / 60))
    days, dash, rest = cleaned.rpartition("-")
    parts = [int(part) for part in rest.split(":")]
    if dash:
        hours, minutes, seconds = (*parts, 0, 0, 0)[:3]
    elif len(parts) == 3:
        hours, minutes, seconds = parts
    else:
        hours, minutes, seconds = 0, parts[0], parts[1] if len(parts) == 2 else 0
    total_s = int(days or 0) * 86_400 + hours * 3600 + minutes * 60 + seconds
    return max(1, math.ceil(total_s / 60))


def megabytes_of(text: str) -> int:
    """Megabytes of a size as Slurm writes it: `500`, `4G`. Raises ValueError."""
    found = _MEMORY.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text!r} is no size such as 500M or 4G")
    return max(1, math.ceil(int(found[1]) * _MEGABYTES[found[2].upper()]))


_Limit = Annotated[
    str,
    BeforeValidator(lambda value: f"{value}" if isinstance(value, int) else value),
    WithJsonSchema({"anyOf": [{"type": "integer"}, {"type": "string", "examples": ["90m", "2-12:00:00"]}]}),
]


class SlurmJob(CommandJob):
    """One command or batch script that is submitted: an entry of `[[connections.NAME.job]]`."""

    command: CommandWords = ""
    """Text for `/bin/sh`, or a list: a program and its arguments. Either this or `script`."""
    script: CommandText = ""
    """A batch script that is there already, with its own `#SBATCH` lines; absolute or below `~`."""
    partition: Annotated[str, Field(pattern=_WORD)] | None = None
    """The partition to submit to; by default that of the script, or of the cluster."""
    cpus: Annotated[int, Field(ge=1, le=100_000)] | None = None
    """Processors for the job (`--cpus-per-task`)."""
    memory: str | None = None
    """Memory on each node, such as `500M` or `4G`."""
    time: _Limit | None = None
    """Time limit: minutes, `90m`, `1h30m`, or as Slurm writes it, `2-12:00:00`. By default `timeout`, rounded
    up to minutes."""
    options: tuple[str, ...] = ()
    """More options of `sbatch`, each one word: `["--account=bio", "--gres=gpu:1"]`. Not over REST."""

    @property
    def minutes(self) -> int | None:
        """The time limit in minutes; None when there is none."""
        if self.time is not None:
            return minutes_of(self.time)
        return max(1, math.ceil(self.timeout / 60)) if self.timeout is not None else None

    @field_validator("script")
    @classmethod
    def _anchored_script(cls, value: str) -> str:
        return _anchored(value)

    @field_validator("time")
    @classmethod
    def _is_limit(cls, value: str | None) -> str | None:
        if value is not None:
            minutes_of(value)
        return value

    @field_validator("memory")
    @classmethod
    def _is_size(cls, value: str | None) -> str | None:
        if value is not None:
            megabytes_of(value)
        return value

    @field_validator("options")
    @classmethod
    def _are_options(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for option in value:
            if "\0" in option or not re.match(r"--?[A-Za-z]", option):
                raise ValueError(f"{option!r} is no option: write each as one word, such as --account=bio")
            name = option.partition("=")[0]
            is_long = name.startswith("--")
            # sbatch takes any beginning of a long option that is unmistakable.
            is_taken = is_long and any(word.startswith(name[2:]) for word in _RESERVED)
            if is_taken or (not is_long and option[1] in _SHORT_RESERVED):
                raise ValueError(f"{name} is set by nightdeck, or would hide whether the job was taken")
        return value

    @model_validator(mode="after")
    def _command_or_script(self) -> SlurmJob:
        if bool(self.command) == bool(self.script):
            raise ValueError("needs either `command` or `script`")
        return self


class SlurmSettings(ConnectionSettings):
    """The table of a connection to a Slurm cluster."""

    type: Literal["slurm"]
    """A cluster that Slurm manages."""
    command: bool | None = None
    """Use the commands of Slurm on this host (`squeue`, `sbatch`, …): the default when there is no `url`."""
    bin: str = ""
    """Folder of those commands, when they are not on the PATH."""
    url: str | None = None
    """Address of a slurmrestd, such as `https://slurm.example.com:6820`, instead of the commands."""
    username: str | None = None
    """Who we are for slurmrestd (`X-SLURM-USER-NAME`)."""
    token: SecretRef | None = None
    """The token for slurmrestd, as `scontrol token` prints it; `SLURM_JWT=` before it is left out."""
    api: Annotated[str, Field(pattern=r"^(auto|v\d+\.\d+\.\d+)$")] = "auto"
    """Which version of slurmrestd's API to use, such as `v0.0.40`; by default the newest that both know."""
    users: tuple[Annotated[str, Field(pattern=rf"{_WORD}|^\*$")], ...] = ("me",)
    """Whose jobs to show: user names, `me`, or `*` for everybody's."""
    partitions: tuple[Annotated[str, Field(pattern=_WORD)], ...] = ()
    """Show jobs of these partitions alone; of all when empty."""
    window: str = "7d"
    """How far back the accounting is asked for runs: `24h`, `7d`, `30d`."""
    logs: str = ""
    """Folder for the output of jobs that nightdeck submits; the compute nodes must see it. By default one in
    nightdeck's state folder."""
    job: tuple[SlurmJob, ...] = ()
    """Jobs that can be submitted, each a `[[connections.NAME.job]]` table; the same as for `local`."""

    @field_validator("window")
    @classmethod
    def _is_span(cls, value: str) -> str:
        if not _SHORTEST_WINDOW_S <= parse_duration(value) <= _LONGEST_WINDOW_S:
            raise ValueError(f"{value!r} is no span between 1m and 366d")
        return value

    @field_validator("logs", "bin")
    @classmethod
    def _anchored_folder(cls, value: str) -> str:
        return _anchored(value)

    @model_validator(mode="after")
    def _one_door(self) -> SlurmSettings:
        ensure_distinct_ids(self.job)
        if self.url is None:
            if self.command is False:
                raise ValueError("give the `url` of a slurmrestd, or let the commands be used")
            if self.username is not None or self.token is not None:
                raise ValueError("`username` and `token` are for slurmrestd: give its `url`, too")
            return self
        if self.command:
            raise ValueError("give either `url` or `command = true`: one connection has one way to Slurm")
        if not self.username or self.token is None:
            raise ValueError("slurmrestd needs `username` and `token` beside its `url`")
        if with_options := [job.name for job in self.job if job.options]:
            raise ValueError(f"`options` of {with_options[0]!r} are for sbatch: slurmrestd takes none")
        return self

    @property
    def window_s(self) -> float:
        """The window in seconds."""
        return parse_duration(self.window)

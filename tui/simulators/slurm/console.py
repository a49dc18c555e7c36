"""The commands of Slurm, played: what is called, and what it prints."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tui.simulators.slurm.rowtexts import RowTexts
from tui.simulators.slurm.vocabulary import USER

if TYPE_CHECKING:
    from datetime import datetime

    from tui.simulators.slurm.cluster import Cluster


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int = 0
    """Its exit code."""
    out: str = ""
    """What it printed."""
    err: str = ""
    """What it complained of."""


@dataclass(frozen=True)
class Typed:
    """A command as it is called."""

    name: str
    words: Sequence[str]
    """Its arguments."""
    folder: str = "/"
    """Where it is called."""
    stdin: str = ""
    """What it reads."""
    env: Mapping[str, str] = field(default_factory=dict)
    """Its variables."""


class Console:
    """The host on which the commands are called.

    Args:
        cluster: What they speak to.
        user: Who calls them.
    """

    def __init__(self, cluster: Cluster, *, user: str = USER) -> None:
        self.cluster = cluster
        """What the commands speak to."""
        self.user = user
        """Who calls them."""
        self.rows = RowTexts()
        """Keeps what `squeue --json` tells."""
        self.calls: Counter[str] = Counter()
        """How often each command was called."""
        self.is_away = False
        """Whether the controller is down."""

    def run(self, typed: Typed) -> Ended:
        """Play a command."""
        self.calls[typed.name] += 1
        if self.is_away:
            return Ended(1, err=f"{_AWAY[typed.name]}Unable to contact slurm controller (connect failure)\n")
        self.cluster.settle()
        return COMMANDS[typed.name](self, typed)

    def stamp(self, moment: datetime | None, typed: Typed, *, missing: str = "Unknown") -> str:
        """A moment as the commands write it: in the zone of the host, and as `SLURM_TIME_FORMAT` says."""
        if moment is None:
            return missing
        form = typed.env.get("SLURM_TIME_FORMAT") or "%Y-%m-%dT%H:%M:%S"
        if form == "%s":
            return str(int(moment.timestamp()))
        return moment.astimezone(self.cluster.zone).strftime(form)


Command = Callable[[Console, Typed], Ended]
"""What plays a command."""

COMMANDS: dict[str, Command] = {}
"""The commands by name; each module of commands adds its own."""

_AWAY = {
    "sacct": "sacct: error: ",
    "sbatch": "sbatch: error: Batch job submission failed: ",
    "scancel": "scancel: error: slurm_load_jobs: ",
    "scontrol": "slurm_load_jobs error: ",
    "sinfo": "slurm_load_partitions: ",
    "squeue": "slurm_load_jobs error: ",
}


def command(name: str) -> Callable[[Command], Command]:
    """Let a function play a command."""

    def keep(function: Command) -> Command:
        COMMANDS[name] = function
        return function

    return keep


def read_options(
    words: Sequence[str], short: Mapping[str, str], flags: frozenset[str]
) -> tuple[dict[str, str], list[str]]:
    """The options of a command line by their long names, and its other words.

    Args:
        words: What follows the command.
        short: The long names of short options.
        flags: Long names of options without a value.
    """
    options: dict[str, str] = {}
    rest: list[str] = []
    left = list(words)
    while left:
        word = left.pop(0)
        if word.startswith("--"):
            name, has_value, value = word[2:].partition("=")
            if name not in flags and not has_value:
                value = left.pop(0) if left else ""
            options[name] = value
        elif word.startswith("-") and len(word) > 1:
            name = short.get(word[1], word[1])
            if name in flags:
                options[name] = ""
                if word[2:]:
                    left.insert(0, f"-{word[2:]}")
            else:
                options[name] = word[2:].removeprefix("=") or (left.pop(0) if left else "")
        else:
            rest.append(word)
    return options, rest


def clock_text(seconds: float) -> str:
    """A span as `squeue` writes it: `1:05`, `2:00:00`, `1-00:00:00`."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days}-{hours:02}:{minutes:02}:{rest:02}"
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def long_clock_text(seconds: float) -> str:
    """A span as `scontrol` writes it: `00:01:05`, `365-00:00:00`."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    return f"{f'{days}-' if days else ''}{hours:02}:{minutes:02}:{rest:02}"

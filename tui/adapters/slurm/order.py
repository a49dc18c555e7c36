"""A submission: what a job's table says, made ready for `sbatch` and for slurmrestd alike."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tui.adapters.slurm.settings import megabytes_of
from tui.core.errors import ActionRefused
from tui.core.job_values import folder_of, secret_names, values_of, variables_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tui.adapters.slurm.record import Record
    from tui.adapters.slurm.settings import SlurmJob, SlurmSettings
    from tui.core.settings import SecretRef

COMMENT = "nightdeck:"
"""What the comment of our own submissions begins with; a token of each one follows."""
LOG_NAME = "%j.log"
"""The file of a run's output, in the folder of its job."""
_LOG_NAME_OF_ARRAY = "%A_%a.log"
_COMMON_UMASK = "0022"
_LARGEST_SCRIPT = 4 * 1024 * 1024
"""Slurm itself takes no larger script by default."""


@dataclass(frozen=True, slots=True)
class Order:
    """All that is asked for when a job is submitted."""

    name: str
    """The job's name in Slurm."""
    folder: str
    """Where it runs."""
    output: str = ""
    """The file of its output; empty leaves that to the script."""
    comment: str = ""
    """What tells this submission from all others."""
    script: str = field(default="", repr=False)
    """The text of the batch script; empty for one that is in a file."""
    is_ours: bool = False
    """Whether that text was made here."""
    file: str = ""
    """The batch script's file."""
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The variables that it is given beside the usual ones."""
    secret_names: frozenset[str] = frozenset()
    """Those of them whose values are secrets."""
    partition: str = ""
    """Where it shall run; empty for the usual one."""
    cpus: int | None = None
    """Processors."""
    megabytes: int | None = None
    """Memory on each node."""
    minutes: int | None = None
    """Time limit."""
    options: tuple[str, ...] = ()
    """More options of `sbatch`."""


def plain_name(name: str) -> str:
    """A job's name as Slurm is told: on one line, and never with a separator of ours."""
    return " ".join(name.replace("\x1f", " ").split())


def order_of(
    job: SlurmJob,
    params: Mapping[str, str],
    resolve: Callable[[SecretRef], str],
    logs: Path | None,
    comment: str,
) -> Order:
    """A submission from a job's table. May be slow: secrets are fetched, a script is looked for.

    Raises:
        ActionRefused: A parameter is wrong, or the script can't be used.
    """
    variables = variables_of(job, values_of(job, params), resolve)
    for name, value in variables.items():
        if "\0" in value:
            raise ActionRefused(f"{name} of {job.name} has a NUL character", hint="correct its value")
    has_output = any(_names_output(option) for option in job.options)
    is_array = any(option.startswith(("--array", "-a")) for option in job.options)
    pattern = _LOG_NAME_OF_ARRAY if is_array else LOG_NAME
    file = str(_script_file(job)) if job.script else ""
    return Order(
        name=plain_name(job.name),
        folder=folder_of(job),
        output="" if has_output or logs is None else str(log_folder(logs, job.id) / pattern),
        comment=comment,
        script="" if file else script_of(job),
        is_ours=not file,
        file=file,
        variables=variables,
        secret_names=secret_names(job),
        partition=job.partition or "",
        cpus=job.cpus,
        megabytes=megabytes_of(job.memory) if job.memory is not None else None,
        minutes=job.minutes,
        options=job.options,
    )


def order_again(record: Record, script: str, comment: str) -> Order:
    """A submission of the script of an earlier run: what Slurm tells of that is asked for again."""
    return Order(
        name=record.name,
        folder=record.folder or "/",
        output=record.output,
        comment=comment,
        script=script,
        partition=record.partition.partition(",")[0],
    )


def script_of(job: SlurmJob) -> str:
    """A batch script that runs the command of a table, as `/bin/sh -c` or without a shell would."""
    # Only lines before the first command may hold options: none of the command's own lines is read as one.
    # Slurm makes the output with the umask of sbatch, which is strict: the job itself gets the usual one.
    # Seen in 22.05.8: with SLURM_JWT in its variables, each srun of a job ends by a SIGPIPE.
    head = f"#!/bin/sh\numask {_usual_umask()}; unset SLURM_JWT\n"
    if isinstance(job.command, str):
        return f"{head}{job.command}\n"
    return f"{head}exec {shlex.join(job.command)}\n"


def log_root(settings: SlurmSettings, state_dir: Path) -> Path | None:
    """Where the output of submissions goes; over REST that is Slurm's affair (None) if nothing is said."""
    if settings.logs:
        try:
            return Path(settings.logs).expanduser()
        except RuntimeError:
            return Path(settings.logs)
    return None if settings.url is not None else state_dir.absolute() / "logs"


def log_folder(logs: Path, job_id: str) -> Path:
    """Where the output of a job is kept."""
    return logs / job_id


def _usual_umask() -> str:
    """Our own umask. To ask for it by setting it would change it for a moment, also for other threads."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return _COMMON_UMASK
    found = re.search(r"^Umask:\s*([0-7]+)$", status, re.MULTILINE)
    return found[1] if found is not None else _COMMON_UMASK


def _script_file(job: SlurmJob) -> Path:
    try:
        file = Path(job.script).expanduser()
    except RuntimeError:
        file = Path(job.script)
    if not file.is_file():
        raise ActionRefused(
            f"the script {file} of {job.name} is not there", hint="make it, or correct `script`"
        )
    return file


def read_script(order: Order) -> str:
    """The text of a submission's script. Raises ActionRefused."""
    if not order.file:
        return order.script
    try:
        text = Path(order.file).read_bytes()[: _LARGEST_SCRIPT + 1].decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no UTF-8 text"
        raise ActionRefused(
            f"the script {order.file} can't be read: {reason}", hint="correct `script`"
        ) from error
    if len(text) > _LARGEST_SCRIPT:
        raise ActionRefused(f"the script {order.file} is too large", hint="let it call the rest of it")
    return text


def _names_output(option: str) -> bool:
    name = option.partition("=")[0]
    return (name.startswith("--o") and "--output".startswith(name)) or option.startswith("-o")

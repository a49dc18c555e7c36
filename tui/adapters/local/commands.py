"""What a job's table says, as the words, the folder and the variables of a process."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from tui.adapters.local.launch import ENV_PREFIX, MARKER
from tui.core.errors import ActionRefused
from tui.core.job_values import folder_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tui.core.command_job import CommandJob

_PLAIN_WORD = re.compile(r"\s*([A-Za-z0-9_./+-]+)(?:\s+(?![\s(])|\s*[;&|]|\s*$)")
"""The first word of a shell text when it is surely a command: no variable, quote, assignment or function."""
_NEEDED = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
"""Without these some Pythons do not start."""
_ASK_S = 5.0


def words_of(job: CommandJob) -> tuple[str, ...]:
    """The program to start and its arguments."""
    return ("/bin/sh", "-c", job.command) if isinstance(job.command, str) else job.command


def shown(job: CommandJob, params: Mapping[str, str]) -> str:
    """What runs, as a user could type it: folder, parameters, command."""
    given = "".join(f"export {name}={shlex.quote(value)}; " for name, value in params.items())
    command = job.command if isinstance(job.command, str) else shlex.join(job.command)
    return f"cd {shlex.quote(folder_of(job))}; {given}{command}"


def carried(variables: Mapping[str, str]) -> dict[str, str]:
    """The environment of a launcher: the little that it needs, and all that is for the command, set aside."""
    # A run started inside another run is its own: stopping the outer one must not reach its supervisor.
    inherited = {k: v for k, v in os.environ.items() if k != MARKER and not k.startswith(ENV_PREFIX)}
    for_command = {ENV_PREFIX + os.fsencode(k).hex(): v for k, v in (inherited | dict(variables)).items()}
    return {name: inherited[name] for name in _NEEDED if name in inherited} | for_command


def ensure_startable(job: CommandJob, variables: Mapping[str, str]) -> None:
    """Look for the folder and the program before anything is started.

    Raises:
        ActionRefused: One is missing or may not be used.
    """
    folder = folder_of(job)
    if not Path(folder).is_dir():
        raise ActionRefused(
            f"the folder {folder} of {job.name} does not exist", hint="make it, or change its cwd"
        )
    if not os.access(folder, os.X_OK):
        raise ActionRefused(
            f"the folder {folder} of {job.name} may not be entered", hint="change its permissions"
        )
    environment = {**os.environ, **variables}
    if isinstance(job.command, str):
        _ensure_shell_knows(job, folder, environment)
    else:
        _ensure_program(job, job.command[0], folder, environment)


def _ensure_program(job: CommandJob, program: str, folder: str, environment: Mapping[str, str]) -> None:
    if "/" not in program:
        if shutil.which(program, path=environment.get("PATH", os.defpath)) is None:
            raise _missing(job, program)
        return
    file = Path(folder, program)
    if not file.is_file():
        raise _missing(job, program)
    if not os.access(file, os.X_OK):
        raise ActionRefused(
            f"{program} of {job.name} is not executable", hint=f"chmod +x {shlex.quote(str(file))}"
        )


def _ensure_shell_knows(job: CommandJob, folder: str, environment: Mapping[str, str]) -> None:
    first = _PLAIN_WORD.match(str(job.command))
    if first is None:
        return  # only the shell can tell what it will run
    question = ("/bin/sh", "-c", 'command -v "$1"', "sh", first[1])
    try:
        answer = subprocess.run(  # noqa: S603 - the user's own command, only looked up
            question,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_ASK_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return  # the start itself will tell
    if answer.returncode:
        raise _missing(job, first[1])


def _missing(job: CommandJob, program: str) -> ActionRefused:
    where = "the file" if "/" in program else "the PATH of the job"
    return ActionRefused(f"the command {program} of {job.name} was not found", hint=f"correct it, or {where}")

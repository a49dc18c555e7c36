"""The values that a command is run with: parameters, variables, and what of them may be written down."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tui.core.errors import ActionRefused
from tui.core.redaction import MASK
from tui.core.settings import SecretRef

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tui.core.command_job import CommandJob
    from tui.core.redaction import Redactor


def folder_of(job: CommandJob) -> str:
    """The folder to run in, with `~` resolved where that user has a home."""
    try:
        return str(Path(job.cwd).expanduser())
    except RuntimeError:
        return job.cwd


def values_of(job: CommandJob, params: Mapping[str, str]) -> dict[str, str]:
    """Every parameter with its value: given, or the default.

    Raises:
        ActionRefused: One is unknown, missing or not among the choices.
    """
    known = {parameter.name: parameter for parameter in job.param}
    for name in params:
        if name not in known:
            takes = f"it takes {', '.join(known)}" if known else "it takes none"
            raise ActionRefused(f"{job.name} has no parameter {name}", hint=takes)
    values = {name: params.get(name, parameter.default) for name, parameter in known.items()}
    for name, value in values.items():
        if known[name].required and not value:
            raise ActionRefused(f"{job.name} needs a value for {name}", hint=f"give it as {name}=VALUE")
        if known[name].choices and value not in known[name].choices:
            choices = ", ".join(known[name].choices)
            raise ActionRefused(f"{name} of {job.name} cannot be {value!r}", hint=f"choose one of {choices}")
        if "\0" in value:
            raise ActionRefused(
                f"{name} of {job.name} has a NUL character", hint="no command can be given one"
            )
    return values


def variables_of(
    job: CommandJob, values: Mapping[str, str], resolve: Callable[[SecretRef], str]
) -> dict[str, str]:
    """The environment variables that the job adds to ours. May be slow: secrets are fetched."""
    own = {name: resolve(v) if isinstance(v, SecretRef) else v for name, v in job.env.items()}
    return {**own, **values}


def secret_names(job: CommandJob) -> frozenset[str]:
    """The variables of a job whose values are secrets."""
    return frozenset(name for name, value in job.env.items() if isinstance(value, SecretRef))


def kept(values: Mapping[str, str], redactor: Redactor) -> dict[str, str]:
    """The parameters as they are written down: no secret, and nothing under the name of one."""
    return {
        name: MASK if value and (redactor.knows(value) or MASK in redactor.mask(f"{name}=x")) else value
        for name, value in values.items()
    }


def ensure_kept(params: Mapping[str, str]) -> None:
    """Refuse to start a run with a mask in the place of a secret. Raises ActionRefused."""
    lost = [name for name, value in params.items() if value == MASK]
    if lost:
        raise ActionRefused(
            f"the value of {', '.join(lost)} was not kept, for it is a secret",
            hint="trigger it, and give the value again",
        )

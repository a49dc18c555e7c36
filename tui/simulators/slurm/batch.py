"""`sbatch`, played."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from tui.simulators.slurm.console import Console, Ended, Typed, command
from tui.simulators.slurm.job import Request
from tui.simulators.slurm.options import Misused, asked, directives, split
from tui.simulators.slurm.vocabulary import Fault, Refused

_NO_SCRIPT = (
    "sbatch: error: This does not look like a batch script.  The first\n"
    "sbatch: error: line must start with #! followed by the path to an interpreter.\n"
    "sbatch: error: For instance: #!/bin/sh\n"
)


@command("sbatch")
def sbatch(console: Console, typed: Typed) -> Ended:
    """Submit a script: one that is named, one that is read, or one line."""
    try:
        options, rest = split(typed.words)
        script, name = _script(typed, options, rest)
        request = _request(console, typed, {**directives(script), **options}, script)
    except Misused as misused:
        code = 1 if str(misused).startswith("sbatch: error: ") and "--" not in str(misused) else 255
        return Ended(code, err=f"{misused}\n")
    except Refused as refused:
        return Ended(1, err=f"sbatch: error: Batch job submission failed: {refused.fault}\n")
    path = str(Path(typed.folder, rest[0])) if rest and rest[0] != "-" else ""
    request = replace(request, name=request.name or name, command=path)
    try:
        job = console.cluster.submit(request)
    except Refused as refused:
        before = ""
        if refused.fault is Fault.PARTITION:
            before = f"sbatch: error: invalid partition specified: {request.partition}\n"
        return Ended(1, err=f"{before}sbatch: error: Batch job submission failed: {refused.fault}\n")
    return Ended(out=f"{job.id}\n" if "parsable" in options else f"Submitted batch job {job.id}\n")


def _script(typed: Typed, options: dict[str, str], rest: list[str]) -> tuple[str, str]:
    """The script, and the name that a job has of it."""
    if "wrap" in options:
        return f"#!/bin/sh\n# This script was created by sbatch --wrap.\n\n{options['wrap']}\n", "wrap"
    if not rest or rest[0] == "-":
        script, name = typed.stdin, "sbatch"
    else:
        path = Path(typed.folder, rest[0])
        if not path.is_file():
            raise Misused(f"sbatch: error: Unable to open file {rest[0]}")
        script, name = path.read_text("utf-8", "replace"), path.name
    if not script:
        raise Misused("sbatch: error: Batch script is empty!")
    if not script.startswith("#!"):
        raise Misused(_NO_SCRIPT.rstrip("\n"))
    return script, name


def _request(console: Console, typed: Typed, options: dict[str, str], script: str) -> Request:
    told: dict[str, Any] = {"folder": typed.folder, "name": ""}
    told |= asked(options, console.cluster.now(), console.cluster.zone)
    for key in ("output", "error"):
        # A name without a folder is told with that of the job, as sbatch itself completes it.
        if told.get(key) and not told[key].startswith("/"):
            told[key] = f"{told['folder']}/{told[key]}"
    environment = dict(typed.env) if options.get("export") != "NONE" else {}
    return Request(script=script, user=console.user, environment=environment, **told)

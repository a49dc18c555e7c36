"""Slurm through its commands on this host: `squeue`, `sacct`, `scontrol`, `sbatch`, `scancel`."""

from __future__ import annotations

import asyncio
import os
import platform
import pwd
import re
import shlex
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tui.adapters.slurm import process
from tui.adapters.slurm.accounting import FIELDS, SEPARATOR, records_of, steps_of
from tui.adapters.slurm.complaints import error_of_change, error_of_read, lost
from tui.adapters.slurm.door import Cluster
from tui.adapters.slurm.listing import Listing, is_of_run, jobs_in
from tui.adapters.slurm.wire import QueueReader
from tui.core.errors import ActionRefused, BadAnswer, NotFound, SystemUnavailable, TimedOut
from tui.core.models import ActionKind
from tui.core.rehearsal import RehearsedStart, is_rehearsing, record, refuse_dry_run
from tui.transport.jsontext import parse_json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tui.adapters.slurm.door import Past
    from tui.adapters.slurm.order import Order
    from tui.adapters.slurm.process import Ended
    from tui.adapters.slurm.record import Record, Step
    from tui.adapters.slurm.settings import SlurmSettings
    from tui.core.adapter import AdapterContext

_KEPT_VARIABLES = frozenset({"SLURM_CONF", "SLURM_JWT"})
"""Where the cluster is and who we are; other variables of Slurm are those of a job that we may run in."""
STRICT_UMASK = 0o077
"""What a submission makes, its output above all, is for its user alone."""
_JOB_ID = re.compile(r"[0-9]{1,12}(?:_\[[0-9,:-]+\])?")
"""A job, or elements of an array: `8`, `8_[2-4,7]`."""
_SUBMITTED = re.compile(r"^(\d+)(?:;\S*)?$", re.MULTILINE)
_VERSION = re.compile(r"^SLURM_VERSION\s*=\s*(\S+)", re.MULTILINE)
_NAME = re.compile(r"^ClusterName\s*=\s*(\S+)", re.MULTILINE)
_OUTPUT = re.compile(r"^\s*StdOut=(.+)$", re.MULTILINE)


class _Change(NamedTuple):
    """A command that changes something."""

    words: tuple[str, ...]
    folder: str = "/"
    variables: Mapping[str, str] = {}
    secret_names: frozenset[str] = frozenset()
    stdin: str = ""
    umask: int = -1


class CommandDoor:
    """The commands of Slurm, as the user of nightdeck."""

    missing: Mapping[ActionKind, str] = {}

    def __init__(self, settings: SlurmSettings, context: AdapterContext) -> None:
        self._settings = settings
        self._context = context
        self._programs: dict[str, str] = {}
        self._listing = Listing(QueueReader())
        self.user = _user_name()

    async def open(self) -> None:
        """Nothing is needed: each command stands alone."""

    async def aclose(self) -> None:
        """Nothing is kept."""

    async def ask(self) -> Cluster:
        """What the controller says of itself."""
        told = await self._read("scontrol", "show", "config")
        version, name = _VERSION.search(told), _NAME.search(told)
        if version is None or name is None:
            raise BadAnswer("scontrol does not tell its version", hint="is this the scontrol of Slurm?")
        return Cluster(f"{self.user}@{name[1]} (on {platform.node()})", version[1])

    async def queue(self) -> Sequence[Record]:
        """`squeue`; 22.05 tells everybody's jobs whatever it is asked for, newer releases those meant."""
        whose = [] if "*" in self._settings.users else [f"--user={','.join(self._people())}"]
        where = [f"--partition={','.join(self._settings.partitions)}"] if self._settings.partitions else []
        return await self._listing.read(await self._jobs(*whose, *where))

    async def raw(self, run_id: str) -> Sequence[object]:
        """What `squeue` says of a run."""
        return [job for job in await self._jobs(f"--jobs={_id(run_id)}") if is_of_run(job, run_id)]

    async def history(self, past: Past) -> Sequence[Record]:
        """`sacct`."""
        if past.run_id:
            told = await self._sacct("--allocations", f"--jobs={_id(past.run_id)}")
            return tuple(records_of(told))
        whose = "--allusers" if "*" in self._settings.users else f"--user={','.join(self._people())}"
        options = [whose, f"--starttime=now-{round(past.window_s)}seconds"]
        if self._settings.partitions:
            options.append(f"--partition={','.join(self._settings.partitions)}")
        if past.name and "," not in past.name:
            options.append(f"--name={past.name}")
        return tuple(records_of(await self._sacct("--allocations", *options)))

    async def steps(self, run_id: str) -> Sequence[Step]:
        """`sacct` of one run, with its steps."""
        return tuple(steps_of(await self._sacct(f"--jobs={_id(run_id)}")))

    async def output_of(self, job_id: str) -> str:
        """`scontrol show job`."""
        found = _OUTPUT.search(await self._read("scontrol", "show", "job", _id(job_id)))
        return found[1].strip() if found is not None else ""

    async def script_of(self, job_id: str) -> str:
        """`scontrol write batch_script`."""
        try:
            script = await self._read("scontrol", "write", "batch_script", _id(job_id), "-")
        except NotFound as error:
            raise ActionRefused(
                "Slurm has forgotten its batch script", hint="add the job to the config to submit it again"
            ) from error
        if not script.startswith("#!"):
            raise ActionRefused(
                "it has no batch script", hint="only what sbatch submitted can be submitted again"
            )
        return script

    async def submit(self, order: Order) -> str:
        """`sbatch`."""
        words = await asyncio.to_thread(self._submission, order)
        # A script of ours sets the usual umask again; another one's would leave its files to its user alone.
        umask = STRICT_UMASK if order.is_ours else -1
        change = _Change(words, order.folder, order.variables, order.secret_names, order.script, umask)
        ended = await self._change(change)
        found = _SUBMITTED.search(ended.out.decode("utf-8", "replace"))
        if found is None:
            raise lost("sbatch ended well, but did not tell the job's id")
        return found[1]

    async def stop(self, run_id: str) -> None:
        """`scancel`: asks the job to end, and kills what is left after Slurm's KillWait."""
        await self._change(_Change((self._program("scancel"), _id(run_id))))

    async def hold(self, run_ids: Sequence[str]) -> None:
        """`scontrol hold`."""
        await self._control("hold", run_ids)

    async def release(self, run_ids: Sequence[str]) -> None:
        """`scontrol release`."""
        await self._control("release", run_ids)

    async def requeue(self, run_id: str) -> None:
        """`scontrol requeue`."""
        await self._control("requeue", [run_id])

    def shown_submission(self, order: Order) -> str:
        """The command line of `sbatch`, and what it reads."""
        given = "".join(
            f"{name}={shlex.quote(value)} "
            for name, value in order.variables.items()
            if name not in order.secret_names
        )
        words = shlex.join(("sbatch", *_options(order)))
        script = order.script.split("\n", 2)[2] if order.is_ours else order.script
        return f"{given}{words}" if order.file else f"{given}{words} << {shlex.quote(script.strip())}"

    def shown_change(self, kind: ActionKind, run_ids: Sequence[str]) -> str:
        """The command line."""
        ids = ",".join(run_ids)
        if kind is ActionKind.STOP:
            return f"scancel {ids}"
        return f"scontrol {'requeue' if kind is ActionKind.RERUN else kind.value} {ids}"

    async def _jobs(self, *options: str) -> Sequence[object]:
        told = await self._read("squeue", "--states=all", "--json", *options)
        try:
            value = await parse_json(told)
        except ValueError:
            raise BadAnswer(
                "squeue prints something that is no JSON",
                hint="nightdeck needs Slurm 21.08 or newer, with JSON",
            ) from None
        return jobs_in(value, "squeue")

    async def _control(self, verb: str, run_ids: Sequence[str]) -> None:
        ids = ",".join(map(_id, run_ids))
        await self._change(_Change((self._program("scontrol"), verb, ids)))

    async def _sacct(self, *options: str) -> str:
        fixed = ("--parsable2", "--noheader", f"--delimiter={SEPARATOR}", "--duplicates")
        return await self._read("sacct", *fixed, *options, f"--format={','.join(FIELDS)}")

    async def _read(self, name: str, *arguments: str) -> str:
        env = {**self._environment(), "LC_ALL": "C", "SLURM_TIME_FORMAT": "%s"}
        words = (self._program(name), *arguments)
        ended = await process.run(process.Command(words, env, timeout_s=self._settings.timeout))
        if ended.code:
            raise error_of_read(name, ended)
        return ended.out.decode("utf-8", "replace")

    async def _change(self, change: _Change) -> Ended:
        name = Path(change.words[0]).name
        if is_rehearsing():
            record(_rehearsed(change))
        refuse_dry_run(is_dry_run=self._context.is_dry_run)
        env = {**self._environment(is_passed_on=True), **change.variables}
        command = process.Command(
            change.words, env, change.stdin.encode(), change.folder, self._settings.timeout, change.umask
        )
        try:
            ended = await process.run(command)
        except (TimedOut, BadAnswer) as error:
            problem = lost(error.message)
        except SystemUnavailable as error:
            raise ActionRefused(f"{error.message}; nothing was sent", hint=error.hint) from error
        else:
            if ended.code:
                raise error_of_change(name, ended)
            return ended
        raise problem

    def _submission(self, order: Order) -> tuple[str, ...]:
        if not Path(order.folder).is_dir():
            raise ActionRefused(
                f"the folder {order.folder} of {order.name} does not exist", hint="make it, or change its cwd"
            )
        return (self._program("sbatch"), *_options(order))

    def _program(self, name: str) -> str:
        known = self._programs.get(name)
        if known is None:
            folder = str(Path(self._settings.bin).expanduser()) if self._settings.bin else None
            known = shutil.which(name, path=folder) or ""
            if not known:
                where = f"in {folder}" if folder else "on the PATH"
                error = SystemUnavailable(
                    f"there is no {name} {where}",
                    hint="run nightdeck on a host of the cluster, or set `bin`, or the `url` of a slurmrestd",
                )
                error.code = "cmd"
                raise error
            known = self._programs[name] = os.path.abspath(known)  # noqa: PTH100 - links are kept as they are
        return known

    def _people(self) -> list[str]:
        return [self.user if user == "me" else user for user in self._settings.users]

    def _environment(self, *, is_passed_on: bool = False) -> dict[str, str]:
        """Our own variables, without what belongs to another job or to other connections.

        Args:
            is_passed_on: Whether a job gets them, too: then not even a token for Slurm itself is among them
                that a connection keeps secret.
        """
        redactor = self._context.redactor
        kept = {"SLURM_CONF"} if is_passed_on else _KEPT_VARIABLES
        return {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("NIGHTDECK_")
            and (not name.startswith("SLURM_") or name in _KEPT_VARIABLES)
            and (name in kept or not redactor.knows(value))
        }


def _options(order: Order) -> tuple[str, ...]:
    """The arguments of `sbatch`: each is one word that begins with its option, so none becomes another."""
    found = [
        "--parsable",
        f"--job-name={order.name}",
        f"--comment={order.comment}",
        f"--chdir={order.folder}",
    ]
    if order.output:
        found.append(f"--output={order.output}")
    # What the job is given are the variables of sbatch itself: no value is in a command line.
    found.append("--export=ALL")
    if order.partition:
        found.append(f"--partition={order.partition}")
    if order.cpus is not None:
        found.append(f"--cpus-per-task={order.cpus}")
    if order.megabytes is not None:
        found.append(f"--mem={order.megabytes}M")
    if order.minutes is not None:
        found.append(f"--time={order.minutes}")
    found += order.options
    if order.file:
        found.append(order.file)
    return tuple(found)


def _rehearsed(change: _Change) -> RehearsedStart:
    words: str | tuple[str, ...] = change.words
    if change.stdin:
        words = f"printf %s {shlex.quote(change.stdin)} | {shlex.join(change.words)}"
    return RehearsedStart(words, change.folder, dict(change.variables), change.secret_names)


def _id(text: str) -> str:
    """A job id that no command can take for anything else. Raises NotFound."""
    if _JOB_ID.fullmatch(text):
        return text
    raise NotFound(f"{text!r} is no job id of Slurm", hint="pick the run from the list")


def _user_name() -> str:
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())

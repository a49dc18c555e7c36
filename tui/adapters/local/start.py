"""Starting a run: everything that can be refused is refused before anything starts."""

from __future__ import annotations

import contextlib
import errno
import getpass
import os
import platform
import subprocess
import time
from typing import TYPE_CHECKING, NamedTuple

from tui.adapters.local import commands, identity
from tui.adapters.local.isolated import launcher_words, supervisor_words
from tui.adapters.local.records import Spec
from tui.adapters.local.rehearsing import rehearsed_start
from tui.core.errors import ActionRefused, OutcomeUnknown
from tui.core.job_values import folder_of, kept, values_of, variables_of
from tui.core.rehearsal import is_rehearsing, record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    from tui.adapters.local.library import Library
    from tui.adapters.local.records import JobFolder, RunFolder
    from tui.core.command_job import CommandJob
    from tui.core.redaction import Redactor
    from tui.core.settings import SecretRef

_LAUNCH_S = 30.0
"""A launcher that needs longer than this hangs: it usually needs 0.05 s."""
_LOCK_TRIES = 5
_LOCK_PAUSE_S = 0.02
"""Others hold the lock for a moment to see whether a start is under way."""
_PRUNED_AT_ONCE = 100

_DISK_HINTS: Mapping[int, str] = {
    errno.ENOSPC: "the disk is full: free some space, or lower keep_runs",
    errno.EDQUOT: "your disk quota is used up: free some space, or lower keep_runs",
    errno.EROFS: "the disk is read-only: set NIGHTDECK_STATE_DIR to a writable folder",
    errno.EACCES: "make it writable, or set NIGHTDECK_STATE_DIR to a folder that is",
}


class Lent(NamedTuple):
    """What is needed to start a run and to tell of it."""

    resolve: Callable[[SecretRef], str]
    """Fetches secrets."""
    redactor: Redactor
    """Knows them."""


def start(library: Library, job: CommandJob, params: Mapping[str, str], lent: Lent, now: datetime) -> str:
    """Start a run and tell its id. Blocks for some milliseconds.

    Raises:
        ActionRefused: Nothing was started.
        OutcomeUnknown: The launcher hangs.
    """
    values = values_of(job, params)
    variables = variables_of(job, values, lent.resolve)
    commands.ensure_startable(job, variables)
    if is_rehearsing():
        _ensure_idle(library, job)
        record(rehearsed_start(job, variables))
    folder = library.folder(job.id)
    with _disk_errors(job, folder):
        folder.make()
    with _sole_right(job, folder) as lock:
        with _disk_errors(job, folder):
            _ensure_idle(library, job)
            folder.sweep()
            previous = folder.newest()
            run_id, files = folder.next_run(now)
        try:
            with _disk_errors(job, folder):
                files.create(_spec(job, kept(values, lent.redactor), previous, now))
                folder.point_at(run_id)
            _launch(job, files, run_id, variables, lock)
        except ActionRefused:
            files.remove()
            with contextlib.suppress(OSError):
                folder.point_at(previous)
            raise
    with contextlib.suppress(OSError):
        folder.prune(job.keep_runs, _PRUNED_AT_ONCE)
    return run_id


def detach(program: tuple[str, ...]) -> None:
    """Start a program that belongs to nobody, without a record. Raises OSError or ActionRefused."""
    _run_launcher(("", os.devnull, "0", ""), program, commands.carried({}))


def _ensure_idle(library: Library, job: CommandJob) -> None:
    newest = library.newest(job.id)
    if newest is None or not newest.is_blocking:
        return
    if newest.run.native_state == "elsewhere":
        host = newest.spec.host
        raise ActionRefused(
            f"{job.name} was started on {host} and may still run there",
            hint=f"stop it on {host}; or stop it here by force, which only forgets it",
        )
    raise ActionRefused(f"{job.name} is already running", hint="stop it first, or wait until it has ended")


def _spec(job: CommandJob, values: Mapping[str, str], previous: str, now: datetime) -> Spec:
    return Spec(
        name=job.name,
        command=job.command if isinstance(job.command, str) else list(job.command),
        cwd=folder_of(job),
        params=dict(values),
        timeout_s=job.timeout or 0.0,
        grace_s=job.grace,
        triggered_by=user_name(),
        queued_at=now.isoformat(),
        previous=previous,
        host=platform.node(),
        boot=identity.BOOT,
    )


def _launch(job: CommandJob, files: RunFolder, run_id: str, variables: Mapping[str, str], lock: int) -> None:
    status = str(files.status)
    program = supervisor_words(status, run_id, job.grace, folder_of(job), commands.words_of(job))
    options = (status, str(files.log), f"{job.timeout or 0:.3f}", str(lock))
    try:
        _run_launcher(options, program, commands.carried(variables), held=(lock,))
    except OSError as error:
        raise ActionRefused(f"{job.name} could not be started: {error}", hint=_start_hint(error)) from error
    except OutcomeUnknown:
        if files.read_status().supervisor is None:
            raise


def _run_launcher(
    options: tuple[str, ...], program: tuple[str, ...], carried: Mapping[str, str], held: tuple[int, ...] = ()
) -> None:
    launcher = subprocess.Popen(  # noqa: S603 - our own launcher; the user's command is what it is for
        (*launcher_words(), "detach", *options, *program),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=carried,
        pass_fds=held,
        start_new_session=True,
    )
    try:
        _, said = launcher.communicate(timeout=_LAUNCH_S)
    except subprocess.TimeoutExpired:
        launcher.kill()
        launcher.communicate()
        raise OutcomeUnknown(
            "the start hangs: the command may or may not run", hint="look again in a moment"
        ) from None
    if launcher.returncode:
        problem = said.decode("utf-8", "replace").strip().rpartition("\n")[2]
        raise ActionRefused(
            f"the launcher failed: {problem}", hint="free some memory or processes, then try again"
        )


@contextlib.contextmanager
def _sole_right(job: CommandJob, folder: JobFolder) -> Iterator[int]:
    """Hold the job's lock, so that two nightdecks can't start it at once."""
    with contextlib.ExitStack() as stack:
        for attempt in range(_LOCK_TRIES):
            try:
                with _disk_errors(job, folder):
                    lock = stack.enter_context(folder.locked())
                break
            except BlockingIOError:
                if attempt == _LOCK_TRIES - 1:
                    raise ActionRefused(
                        f"{job.name} is being started by another nightdeck", hint="look again in a moment"
                    ) from None
                time.sleep(_LOCK_PAUSE_S)
        yield lock


@contextlib.contextmanager
def _disk_errors(job: CommandJob, folder: JobFolder) -> Iterator[None]:
    try:
        yield
    except BlockingIOError:
        raise
    except OSError as error:
        hint = _DISK_HINTS.get(
            error.errno or 0, "make that folder usable, or set NIGHTDECK_STATE_DIR to another"
        )
        raise ActionRefused(
            f"{job.name} was not started: no record can be kept in {folder.path}: {error.strerror}", hint=hint
        ) from error


def _start_hint(error: OSError) -> str:
    if error.errno == errno.E2BIG:
        return "its command, parameters and variables are too long for this system"
    return "free some memory or processes, then try again"


def user_name() -> str:
    """The user that jobs run as."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return str(os.getuid())

"""What is kept of a job's runs: a folder for the job, and in it one for each run.

JOB/latest          symbolic link to the newest run, so that nobody has to list thousands
JOB/lock            held while a run is being started
JOB/RUN/spec.json   what was asked for, written before anything starts
JOB/RUN/status      what became of it: see `slots.py`
JOB/RUN/log         stdout and stderr
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import heapq
import json
import os
import re
import secrets
import shutil
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tui.adapters.local import slots
from tui.adapters.local.processes import Process
from tui.core.private_files import create, make_folder, make_new_folder, open_lock, write_all

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_RUN_ID = re.compile(r"\d{8}T\d{9}-[0-9a-f]{6}")
_STAMP = "%Y%m%dT%H%M%S"
_LATEST = "latest"
_LOCK = "lock"
_UNFINISHED = ".new-"
"""What the names of files begin with that are being made while the lock is held."""


@dataclass(frozen=True, slots=True)
class Spec:
    """What a run was asked to do. Fields may be missing in a record that was damaged."""

    name: str = ""
    """The job's name at that time."""
    command: str | list[str] = ""
    """Its command."""
    cwd: str = ""
    """The folder it ran in."""
    params: dict[str, str] = field(default_factory=dict)
    """Parameters and their values."""
    timeout_s: float = 0.0
    """Seconds that it was given; 0 for no limit."""
    grace_s: float = 0.0
    """Seconds from TERM to KILL."""
    triggered_by: str = ""
    """The user who asked for it."""
    queued_at: str = ""
    """When, in ISO 8601."""
    previous: str = ""
    """The run before it."""
    host: str = ""
    """The machine that it was started on."""
    boot: str = ""
    """Which start of that machine it was: see `identity.BOOT`."""


_KINDS: dict[str, type | tuple[type, ...]] = {f.name: type(getattr(Spec(), f.name)) for f in fields(Spec)}
_KINDS["command"] = (str, list)


@dataclass(frozen=True, slots=True)
class Status:
    """What a status file says."""

    reason: str = ""
    """Why the run ended: `exited`, `stopped`, `timeout`, `lost` or `damaged`; empty while it has not."""
    exit_code: int | None = None
    """Its exit code; None while it runs and when nobody could keep it."""
    supervisor: Process | None = None
    """The supervisor, once it lives."""
    main: Process | None = None
    """The job's main process, once it lives."""
    started_at: datetime | None = None
    """When the command began."""
    ender: Process | None = None
    """The process that ends the run before its time, if there is or was one."""
    written_at: datetime | None = None
    """The last change: the end of the run, once it has ended."""


class RunFolder:
    """The files of one run."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.log = path / "log"
        self.status = path / "status"
        self.spec = path / "spec.json"

    def create(self, spec: Spec) -> None:
        """Make the folder and its files, with room for all that will be recorded. Raises OSError.

        They appear at once, as a whole: killed before that, nothing is there but what the next start removes.
        """
        fresh = self.path.with_name(f"{_UNFINISHED}{self.path.name}")
        make_new_folder(fresh)
        try:
            told = json.dumps(asdict(spec), ensure_ascii=False).encode("utf-8", "replace")
            for file, content in ((self.spec, told), (self.status, slots.blank()), (self.log, b"")):
                _write_private(fresh / file.name, content)
            fresh.rename(self.path)
        except OSError:
            shutil.rmtree(fresh, ignore_errors=True)
            raise

    def remove(self) -> None:
        """Remove the run with everything that is kept of it, as far as possible."""
        shutil.rmtree(self.path, ignore_errors=True)

    def read_spec(self) -> Spec:
        """What was asked for; with empty fields when the file is damaged."""
        try:
            found: Any = json.loads(self.spec.read_bytes())
        except (OSError, ValueError):
            found = None
        if not isinstance(found, dict):
            return Spec()
        return Spec(
            **{name: found[name] for name, kinds in _KINDS.items() if isinstance(found.get(name), kinds)}
        )

    def read_status(self) -> Status:
        """What became of it; empty fields when the file is damaged."""
        try:
            with self.status.open("rb", buffering=0) as file:
                content = file.read(slots.SIZE)
                changed_s = os.fstat(file.fileno()).st_mtime
        except OSError:
            content = b""
        if len(content) < slots.SIZE:
            return Status(reason="damaged")
        code, reason = (*slots.read(content, slots.EXIT), "", "")[:2]
        job = slots.read(content, slots.JOB)
        return Status(
            reason=reason,
            exit_code=int(code) if code.isdigit() else None,
            supervisor=Process.recorded(slots.read(content, slots.SUPERVISOR)),
            main=Process.recorded(job),
            started_at=_moment(job[2]) if len(job) > 2 else None,
            ender=Process.recorded(slots.read(content, slots.ENDING)[1:]),
            written_at=datetime.fromtimestamp(changed_s, UTC),
        )


class JobFolder:
    """The runs of one job."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def newest(self) -> str:
        """Id of the newest run; empty when there is none. Raises OSError."""
        try:
            pointed = os.readlink(self._latest)  # noqa: PTH115 - once a second for every job
        except OSError:
            pointed = ""
        return pointed if _RUN_ID.fullmatch(pointed) else next(iter(self.names(1)), "")

    def names(self, limit: int | None = None) -> Sequence[str]:
        """Ids of the newest runs, newest first; of all when there is no limit. Raises OSError."""
        try:
            found = [name for name in os.listdir(self.path) if _RUN_ID.fullmatch(name)]  # noqa: PTH208 - only names
        except FileNotFoundError:
            return ()
        return heapq.nlargest(len(found) if limit is None else limit, found)

    def run(self, run_id: str) -> RunFolder | None:
        """The files of a run; None when there is no such run."""
        if not _RUN_ID.fullmatch(run_id):
            return None
        folder = RunFolder(self.path / run_id)
        return folder if folder.path.is_dir() else None

    def next_run(self, now: datetime) -> tuple[str, RunFolder]:
        """An id and a place for a new run: after every earlier one, even when the clock was set back."""
        run_id = _stamped(now)
        newest = self.newest()
        if run_id[:18] <= newest[:18]:
            latest = datetime.strptime(newest[:15], _STAMP).replace(tzinfo=UTC)
            run_id = _stamped(latest + timedelta(milliseconds=int(newest[15:18]) + 1))
        return run_id, RunFolder(self.path / run_id)

    def point_at(self, run_id: str) -> None:
        """Make a run the newest one; an empty id forgets which it was. Raises OSError."""
        if not run_id:
            self.path.joinpath(_LATEST).unlink(missing_ok=True)
            return
        fresh = self.path / f"{_UNFINISHED}{_LATEST}"
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(run_id)
        fresh.replace(self.path / _LATEST)

    def make(self) -> None:
        """Make the folder and those above it, for nobody but us. Raises OSError."""
        make_folder(self.path)

    def ensure_usable(self) -> None:
        """Make the folder if need be, and see whether it can be written to. Raises OSError."""
        self.make()
        if not os.access(self.path, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    @contextlib.contextmanager
    def locked(self) -> Iterator[int]:
        """Hold the right to start a run; the descriptor given carries it, also into another process.

        Raises:
            BlockingIOError: Somebody else holds it.
            OSError: The lock cannot be made.
        """
        descriptor = open_lock(self.path / _LOCK)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield descriptor
        finally:
            os.close(descriptor)

    def is_locked(self) -> bool:
        """Whether a run is being started at this moment."""
        try:
            descriptor = os.open(self.path / _LOCK, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        except OSError:
            return False
        finally:
            os.close(descriptor)
        return False

    def sweep(self) -> None:
        """Remove what killed starts have left behind. To be called by who holds the lock."""
        with contextlib.suppress(OSError):
            for left in self.path.glob(f"{_UNFINISHED}*"):
                if left.is_dir() and not left.is_symlink():
                    shutil.rmtree(left, ignore_errors=True)
                else:
                    left.unlink(missing_ok=True)

    def prune(self, keep: int, at_most: int) -> None:
        """Remove the oldest runs beyond those to keep, but not too many at once."""
        surplus = self.names()[keep:]
        for run_id in reversed(surplus[-at_most:]):
            RunFolder(self.path / run_id).remove()

    @cached_property
    def _latest(self) -> str:
        return str(self.path / _LATEST)


def _stamped(moment: datetime) -> str:
    utc = moment.astimezone(UTC)
    return f"{utc.strftime(_STAMP)}{utc.microsecond // 1000:03d}-{secrets.token_hex(3)}"


def _moment(seconds: str) -> datetime | None:
    try:
        return datetime.fromtimestamp(float(seconds), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _write_private(file: Path, content: bytes) -> None:
    descriptor = create(file)
    try:
        write_all(descriptor, content)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

"""What a start or a stop would do on this machine, for those who only want to know."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

from tui.adapters.local.isolated import launcher_words
from tui.core.job_values import folder_of, secret_names
from tui.core.rehearsal import RehearsedSignal, RehearsedStart

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tui.adapters.local.library import Library
    from tui.adapters.local.observation import Observation
    from tui.core.command_job import CommandJob


def rehearsed_start(job: CommandJob, variables: Mapping[str, str]) -> RehearsedStart:
    """The command, its folder and the variables that it gets beside ours."""
    return RehearsedStart(job.command, folder_of(job), dict(variables), secret_names(job))


def rehearsed_stop(
    library: Library, seen: Observation, *, is_forced: bool
) -> RehearsedSignal | RehearsedStart:
    """The signal that would be sent, or what would be started to end processes that nobody supervises."""
    if seen.run.native_state == "elsewhere":
        return RehearsedSignal("", None, f"nothing is ended: the run on {seen.spec.host} is forgotten here")
    supervisor = seen.status.supervisor
    if supervisor is not None and supervisor.is_alive():
        name = signal.SIGUSR1 if is_forced else signal.SIGTERM
        does = "kills the run at once" if is_forced else f"ends the run within {seen.spec.grace_s:g} s"
        return RehearsedSignal(name.name.removeprefix("SIG"), supervisor.pid, f"its supervisor {does}")
    return RehearsedStart(end_words(library, seen, is_forced=is_forced), "/")


def end_words(library: Library, seen: Observation, *, is_forced: bool) -> tuple[str, ...]:
    """The words that run what ends a run without a supervisor; none when its record is gone."""
    key = seen.run.key
    files = library.folder(key.job_id).run(key.run_id)
    if files is None:
        return ()
    grace = 0.0 if is_forced else seen.spec.grace_s
    return (*launcher_words(), "end", str(files.status), key.run_id, "stopped", f"{grace:.3f}")

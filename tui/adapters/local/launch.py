"""The first and the last milliseconds of a run: processes of their own, which outlive the dashboard.

Python runs this module isolated (see `isolated.py`), never in the dashboard, whose threads forbid to fork:

detach   leaves the dashboard's session, starts the timer of the timeout, becomes the supervisor and returns
become   is started by the supervisor, leaves its session and becomes the job's command
end      is started by the supervisor to end the job: asks, waits, kills

Nothing heavy may be imported here.
"""

from __future__ import annotations

import os
import signal
import sys

from tui.adapters.local import identity, slots

ENV_PREFIX = "NIGHTDECK_SET_"
"""The command's variables travel under this prefix and the hexadecimal form of their name. An LD_LIBRARY_PATH
for it must not break us, and on the way a shell would drop or change some, such as the functions of bash."""
MARKER = "NIGHTDECK_RUN"
"""The variable by which processes that left the job's session are still known as its own."""

_RESET = (signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGHUP, signal.SIGALRM)
_RESET_TOO = (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGUSR1, signal.SIGCHLD)
_NOT_FOUND = 127
_NOT_EXECUTABLE = 126
_ANSWER = 4096


def main(arguments: list[str]) -> None:
    """Do what the first argument says."""
    what, *rest = arguments
    if what == "detach":
        detach(rest)
    elif what == "become":
        become(rest)
    else:
        from tui.adapters.local import ending

        sys.exit(ending.main(rest))


def detach(arguments: list[str]) -> None:
    """Leave a process behind that belongs to nobody; return when it has become the program asked for.

    Args:
        arguments: Status file (empty: none is kept), log file, seconds after which the program gets SIGALRM
            (0: never), a descriptor that it must not hold (empty: none), and the program with its arguments.
    """
    ready, told = os.pipe()
    if os.fork() == 0:
        try:
            _exec_detached(*arguments[:4], program=arguments[4:])
        except OSError as error:
            os.write(told, f"{error.strerror}: {error.filename or arguments[4]}".encode())
        os._exit(1)
    os.close(told)
    problem = os.read(ready, _ANSWER)  # ends without a byte when the other side has become the program
    if problem:
        sys.exit(problem.decode("utf-8", "replace"))


def _exec_detached(status: str, log: str, timeout_s: str, unwanted_fd: str, *, program: list[str]) -> None:
    os.setsid()
    os.chdir("/")
    _reset_signals()
    if unwanted_fd:
        os.set_inheritable(int(unwanted_fd), False)  # noqa: FBT003 - positional only
    nothing = os.open(os.devnull, os.O_RDONLY)
    output = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    for descriptor, source in enumerate((nothing, output, output)):
        os.dup2(source, descriptor)
    if status:
        own = identity.start_mark(os.getpid())
        slots.write(status, slots.SUPERVISOR, f"{os.getpid()} {own}")
    signal.setitimer(signal.ITIMER_REAL, float(timeout_s))  # a pending alarm survives exec
    os.execv(program[0], program)  # noqa: S606 - our own supervisor


def become(arguments: list[str]) -> None:
    """Turn into the job's command, in a session of its own.

    Args:
        arguments: Status file, run id, working directory, and the command with its arguments.
    """
    status, run_id, cwd, *command = arguments
    os.setsid()
    _reset_signals()
    own = identity.start_mark(os.getpid())
    slots.write(status, slots.JOB, f"{os.getpid()} {own} {_now():.6f}")
    try:
        os.chdir(cwd)
        os.execvpe(command[0], command, _environment(run_id, cwd))  # noqa: S606 - the user's own command
    except OSError as error:
        what = cwd if error.filename == cwd else command[0]
        sys.stderr.write(f"nightdeck: {what}: {error.strerror}\n")
        sys.exit(_NOT_FOUND if isinstance(error, FileNotFoundError) else _NOT_EXECUTABLE)


def _environment(run_id: str, cwd: str) -> dict[str, str]:
    for_command = {
        os.fsdecode(bytes.fromhex(name.removeprefix(ENV_PREFIX))): value
        for name, value in os.environ.items()
        if name.startswith(ENV_PREFIX)
    }
    return for_command | {"PWD": cwd, MARKER: run_id}


def _reset_signals() -> None:
    # Python ignores SIGPIPE, a shell's background ignores SIGINT, and `nohup nightdeck` ignores SIGHUP.
    for number in (*_RESET, *_RESET_TOO):
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def _now() -> float:
    import time

    return time.time()

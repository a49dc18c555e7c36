"""The processes of a real engine: started in a folder of their own, waited for, stopped to the last one."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import psutil

MARK = "NIGHTDECK_ENGINE"
"""The variable that tells whose a process is: everything that an engine starts inherits it."""

PATIENCE_S = 60.0
"""What is not healthy by then is not going to be."""

GRACE_S = 15.0
"""Between the request to end and the kill."""

PAUSE_S = 0.05
"""Between two looks at something that needs a moment."""

LAST_LINES = 30
"""Lines of a log that an error tells."""


class NotHealthy(RuntimeError):
    """A process of an engine ended, or did not become what it should in time."""


class Services:
    """The long-lived processes of one engine."""

    def __init__(self, folder: Path, environment: Mapping[str, str] | None = None) -> None:
        """Start nothing yet.

        Args:
            folder: Where they run and log; it marks them as well.
            environment: Variables that all of them get. Of this process's own they get none but PATH.
        """
        self.folder = folder
        self.environment = {
            "PATH": f"{os.environ.get('PATH', os.defpath)}:/usr/local/sbin:/usr/sbin:/sbin",
            "HOME": str(folder),
            "LANG": "C.UTF-8",
            MARK: str(folder),
            **(environment or {}),
        }
        self._started: dict[str, subprocess.Popen[bytes]] = {}
        self._places: set[Path] = set()

    def log(self, name: str) -> Path:
        """The file that takes what a process prints."""
        return self.folder / "logs" / f"{name}.log"

    def start(
        self,
        name: str,
        *command: str | Path,
        environment: Mapping[str, str] | None = None,
        place: Path | None = None,
    ) -> subprocess.Popen[bytes]:
        """Start a process that stays, at the head of a session of its own.

        Args:
            name: What it is called in errors, and its log.
            *command: The program, which must stay in the foreground, and its arguments.
            environment: Variables for it alone.
            place: A folder to start in where nobody else is: whatever is there belongs to it.
        """
        if place is not None:
            self._places.add(place)
        self.log(name).parent.mkdir(parents=True, exist_ok=True)
        with self.log(name).open("ab") as log:
            self._started[name] = subprocess.Popen(
                [*_dying_with_us(), *map(str, command)],
                cwd=place or self.folder,
                env={**self.environment, **(environment or {})},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return self._started[name]

    def run(self, *command: str | Path, environment: Mapping[str, str] | None = None) -> str:
        """Run a command to its end and return what it printed; NotHealthy when it fails."""
        done = subprocess.run(
            [*map(str, command)],
            cwd=self.folder,
            env={**self.environment, **(environment or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S * 3,
            check=False,
        )
        if done.returncode != 0:
            words = f"{done.stdout}\n{done.stderr}".strip()
            raise NotHealthy(f"{' '.join(map(str, command))} ended with {done.returncode}:\n{words}")
        return done.stdout

    def wait_until(self, is_healthy: Callable[[], object], what: str, patience_s: float = PATIENCE_S) -> None:
        """Wait until something holds; NotHealthy when a process ends before, or when it takes too long.

        Args:
            is_healthy: Looks; an OSError or NotHealthy in it counts as not yet.
            what: What is waited for, in words.
            patience_s: For how long, in seconds.
        """
        deadline = time.monotonic() + patience_s
        while True:
            with contextlib.suppress(OSError, NotHealthy):
                if is_healthy():
                    return
            ended = [name for name, process in self._started.items() if process.poll() is not None]
            if ended or time.monotonic() > deadline:
                raise NotHealthy(f"{what}: not there after {patience_s:g} s\n{self._last_words(ended)}")
            time.sleep(PAUSE_S)

    def living(self) -> list[psutil.Process]:
        """Every living process that bears the mark or is in a place of ours, and every descendant of one."""
        found: dict[int, psutil.Process] = {}
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                if process.status() != psutil.STATUS_ZOMBIE and self._is_ours(process):
                    found |= {each.pid: each for each in [process, *process.children(recursive=True)]}
        found.pop(os.getpid(), None)
        return list(found.values())

    def end(self, name: str) -> None:
        """End one of them: it is asked to, and killed where that is not enough."""
        process = self._started.pop(name)
        process.terminate()
        try:
            process.wait(GRACE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def stop(self) -> None:
        """End them, the youngest first, and then whatever else of this engine lives. Nothing is left over."""
        for name in reversed(list(self._started)):
            self.end(name)
        deadline = time.monotonic() + GRACE_S
        while left := self.living():
            if time.monotonic() > deadline:
                raise NotHealthy(f"left over: {', '.join(map(_told, left))}")
            for each in left:
                with contextlib.suppress(psutil.Error):
                    each.send_signal(signal.SIGKILL)
            time.sleep(PAUSE_S)

    def _is_ours(self, process: psutil.Process) -> bool:
        # Who writes its title over its environment, as Slurm does for each job, is known by its place.
        return process.environ().get(MARK) == str(self.folder) or Path(process.cwd()) in self._places

    def _last_words(self, ended: list[str]) -> str:
        words = [f"{name} has ended" for name in ended]
        for name in ended or self._started:
            with contextlib.suppress(OSError):
                lines = self.log(name).read_text(encoding="utf-8", errors="replace").splitlines()
                words += [f"--- {name}", *lines[-LAST_LINES:]]
        return "\n".join(words)


def _dying_with_us() -> list[str]:
    """What lets a process end when this one is killed, so that nothing outlives a test run."""
    return ["setpriv", "--pdeathsig", "TERM"] if shutil.which("setpriv") else []


def _told(process: psutil.Process) -> str:
    with contextlib.suppress(psutil.Error):
        return f"{process.pid} {' '.join(process.cmdline())}"
    return str(process.pid)

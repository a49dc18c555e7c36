"""The real program in a world of its own: a home, a config, and jobs that end with the test."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil

from tests.support.terminal import Terminal

ROOT = Path(__file__).parents[2]

GATED = """
[connections.here]
type = "local"
refresh = 0.5

[[connections.here.job]]
name = "gated"
command = "echo waiting; while [ ! -e '{gate}' ]; do sleep 0.05; done; echo ended; exit 7"

[[connections.here.job]]
name = "quick"
command = "echo one; echo two; exit 3"
"""
"""One job that runs until the gate is opened, and one that fails at once."""


class RealWorld:
    """Starts nightdeck as a process with files of its own, and leaves nothing running behind."""

    def __init__(self, folder: Path, program: Sequence[str] = (sys.executable, "-m", "tui")) -> None:
        self.folder = folder
        self.gate = folder / "gate"
        self.config_file = folder / "config" / "nightdeck" / "config.toml"
        self.state = folder / "state" / "nightdeck"
        self.program = tuple(program)
        self.environment: dict[str, str | None] = {
            "HOME": str(folder / "home"),
            "XDG_CONFIG_HOME": str(folder / "config"),
            "XDG_STATE_HOME": str(folder / "state"),
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
            "PYTHONPATH": str(ROOT),
        }
        (folder / "home").mkdir()
        self.forget_first_steps(is_new=False)

    def configure(self, text: str = GATED) -> None:
        """Write the config; `{gate}` in it becomes the gate's path."""
        self.config_file.parent.mkdir(parents=True, exist_ok=True)
        self.config_file.write_text(text.replace("{gate}", str(self.gate)))

    def forget_first_steps(self, *, is_new: bool = True) -> None:
        """Let the next start be the first one; until this is called, there has been one."""
        self.state.mkdir(parents=True, exist_ok=True, mode=0o700)
        kept = self.state / "ui.toml"
        kept.unlink(missing_ok=True)
        if not is_new:
            kept.touch(mode=0o600)

    def open_gate(self) -> None:
        """Let the gated job end."""
        self.gate.touch()

    def start(
        self,
        *arguments: str,
        columns: int = 120,
        lines: int = 36,
        redirections: str = "",
        program: Sequence[str] | None = None,
        environment: Mapping[str, str | None] | None = None,
    ) -> Terminal:
        """Start the program on a terminal of its own.

        Args:
            *arguments: Its command line.
            columns: The terminal's width.
            lines: The terminal's height.
            redirections: What a shell shall redirect.
            program: Another one.
            environment: Variables to set, or to take away where None.
        """
        return Terminal(
            [*(program or self.program), *arguments],
            columns=columns,
            lines=lines,
            environment={**self.environment, **(environment or {})},
            redirections=redirections,
            cwd=self.folder,
        )

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        variables = {**os.environ, **self.environment}
        return subprocess.run(
            [*self.program, *arguments],
            env={name: value for name, value in variables.items() if value is not None},
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def processes(self) -> list[psutil.Process]:
        """Every process of this world: they have its folder in their environment."""
        mine = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                if any(str(self.folder) in value for value in process.environ().values()):
                    mine.append(process)
        return [process for process in mine if process.pid != os.getpid()]

    def close(self) -> None:
        """End what still runs."""
        left = self.processes()
        for process in left:
            with contextlib.suppress(psutil.Error):
                process.kill()
        psutil.wait_procs(left, timeout=10)


def row_of(terminal: Terminal, job: str) -> str:
    """The job's row in the table; empty when there is none."""
    return next((line for line in terminal.lines[3:] if f" {job}" in line), "")


def is_ready(terminal: Terminal) -> bool:
    """Whether the systems have been asked once, so that every key works."""
    text = terminal.text
    return "●" in text.split("\n", 1)[0] and "reading the config" not in text


def is_sane(terminal: Terminal) -> bool:
    """Whether the terminal was left as it was found."""
    assert terminal.modes_left == set()
    assert terminal.attributes == terminal.attributes_before
    assert terminal.raw.count(b"\x1b[>") == terminal.raw.count(b"\x1b[<u"), "the keyboard's mode is left on"
    return True

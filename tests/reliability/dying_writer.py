"""Writes all that nightdeck keeps, again and again, killed one step later each time: `FOLDER MOST`.

It says on stdout, as JSON, how many steps there are, how often it died, which files were neither old nor new
then, and what was left lying around once they had been written to the end.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from tui.adapters.local import slots
from tui.adapters.local.records import JobFolder, Spec
from tui.config.keptfile import write_kept
from tui.config.past_filters import keep_filter
from tui.config.sample import sample_text, write_sample
from tui.core.clock import SystemClock
from tui.core.errors import ConfigError
from tui.core.private_files import write_all
from tui.ui.files import keep_private, saved_file, write_private

STEPS = ("open", "write", "fsync", "link", "replace", "rename", "unlink", "mkdir", "symlink")
"""Functions of `os` before and after each of which it may die; in a write also half-way."""

OLD, NEW = "old = 1\n" * 400, "new = 22\n" * 400


def write_everything(folder: Path) -> None:
    """Replace and make files in every way that there is."""
    state = folder / "state"
    write_kept("ui.toml", state, NEW, "the screen")
    keep_filter("state:failed", state)
    keep_private(state / "clipboard.txt", NEW)
    for name in ("jobs.csv", "run.log"):
        (state / "exports" / name).unlink(missing_ok=True)
    write_private(state / "exports" / "jobs.csv", NEW)
    with saved_file(state / "exports" / "run.log") as descriptor:
        for start in range(0, len(NEW), 1000):
            write_all(descriptor, NEW[start : start + 1000].encode())
    with suppress(ConfigError):  # it is there already
        write_sample(folder / "config" / "config.toml")
    job = JobFolder(state / "connections" / "here" / "quick")
    job.make()
    with job.locked():
        job.sweep()
        run_id, files = job.next_run(SystemClock().now())
        files.create(Spec(name="quick", command="true"))
        job.point_at(run_id)


def spoilt(folder: Path) -> Iterator[str]:
    """The files that are neither old nor new, nor missing where nothing was."""
    state = folder / "state"
    expected = {
        state / "ui.toml": (OLD, NEW),
        state / "clipboard.txt": (OLD, NEW),
        state / "exports" / "jobs.csv": (None, NEW),
        state / "exports" / "run.log": (None, NEW),
        state / "filters.txt": ("last:failed\n", "state:failed\nlast:failed\n"),
        folder / "config" / "config.toml": (None, sample_text()),
    }
    for path, contents in expected.items():
        if (path.read_text() if path.exists() else None) not in contents:
            yield path.name
    job = JobFolder(state / "connections" / "here" / "quick")
    for run_id in job.names():
        run = job.run(run_id)
        assert run is not None
        try:
            is_whole = json.loads(run.spec.read_bytes())["command"] == "true"
        except (OSError, ValueError, KeyError):
            is_whole = False
        if not is_whole or len(run.status.read_bytes()) != slots.SIZE or not run.log.exists():
            yield f"run {run_id}"
    latest = job.path / "latest"
    if latest.is_symlink() and not latest.exists():
        yield "latest"


def left_over(folder: Path) -> list[str]:
    """What should not be there when nobody writes."""
    return [path.name for path in folder.rglob(".*")]


@contextmanager
def dying_at(step: int) -> Iterator[list[int]]:
    """Let this process be killed at that step; 0 means never. Gives the count of steps."""
    count = [0]
    originals = {name: getattr(os, name) for name in STEPS}

    def tick(half: Callable[[], object] = lambda: None) -> None:
        count[0] += 1
        if count[0] == step:
            half()
            os.kill(os.getpid(), signal.SIGKILL)

    def wrapped(name: str) -> Callable[..., Any]:
        original = originals[name]

        def call(*args: Any, **kwargs: Any) -> Any:
            if name == "write":
                tick(lambda: original(args[0], bytes(args[1])[: len(args[1]) // 2]))
            tick()
            result = original(*args, **kwargs)
            tick()
            return result

        return call

    for name in STEPS:
        setattr(os, name, wrapped(name))
    try:
        yield count
    finally:
        for name, original in originals.items():
            setattr(os, name, original)


def prepare(folder: Path) -> None:
    """Let there be old files."""
    write_kept("ui.toml", folder / "state", OLD, "the screen")
    keep_filter("last:failed", folder / "state")
    keep_private(folder / "state" / "clipboard.txt", OLD)


def die(folder: Path, step: int) -> tuple[bool, list[str], list[str]]:
    """Write in a process that dies at a step: whether it did, what it spoilt, and what then stays around."""
    prepare(folder)
    child = os.fork()
    if child == 0:
        with dying_at(step):
            write_everything(folder)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    found = sorted(spoilt(folder))
    write_everything(folder)
    found += sorted(spoilt(folder))
    return os.WIFSIGNALED(status), found, left_over(folder)


def main() -> None:
    """Die at as many steps as wanted, evenly spread."""
    folder, most = Path(sys.argv[1]), int(sys.argv[2])
    prepare(folder / "0")
    with dying_at(0) as count:
        write_everything(folder / "0")
    steps = count[0]
    deaths, broken, left = 0, [], []
    for number in range(most):
        step = 1 + number * steps // most if most < steps else 1 + number
        if step > steps:
            break
        has_died, spoilt_files, around = die(folder / str(step), step)
        deaths += has_died
        broken += [f"{name} at step {step}" for name in spoilt_files]
        left += around
    json.dump({"steps": steps, "deaths": deaths, "broken": broken, "left": left}, sys.stdout)


if __name__ == "__main__":
    main()

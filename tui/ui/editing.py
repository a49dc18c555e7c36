"""Values edited as a text in the user's own editor: a private file that is gone afterwards."""

from __future__ import annotations

import os
import shlex
import subprocess
from typing import TYPE_CHECKING, NamedTuple

from textual.app import SuspendNotSupported

from tui.core.own_folder import OwnFolder
from tui.engine.parameters_file import values_in
from tui.ui.files import write_private

if TYPE_CHECKING:
    from pathlib import Path

    from tui.ui.app import NightdeckApp

_MOST_TRIES = 5
"""So often a text that can't be read is given back to the editor."""

_ERROR = "# NOT READABLE: "
"""Begins the line that tells in the editor why the text could not be read."""


class Edited(NamedTuple):
    """What came out of the editor."""

    values: dict[str, str] | None
    """The values; None when the old ones stay."""
    note: str = ""
    """What to tell the user; empty when all is well."""
    draft: str = ""
    """The text that could not be read, to go on with; empty when there is none."""


def edit_values(app: NightdeckApp, text: str) -> Edited:
    """Let the user edit values in `$VISUAL` or `$EDITOR`.

    Args:
        app: Gives the terminal away meanwhile.
        text: The values as they stand now, or an earlier draft.
    """
    parent = app.startup.state_dir
    try:
        # A folder of its own: what editors leave beside the file, such as backups, goes with it.
        with OwnFolder(parent) as folder:
            path = folder.path / "parameters.toml"
            write_private(path, text)
            return _edit(app, path, text)
    except OSError as error:
        where = error.filename or parent or "a temporary file"
        return Edited(None, f"could not edit in {where}: {error.strerror}")


def _edit(app: NightdeckApp, path: Path, text: str) -> Edited:
    """Open the editor until what it leaves can be read; an error stands at the top of the text."""
    problem = ""
    for _ in range(_MOST_TRIES):
        shown = f"{_ERROR}{problem}\n{text}" if problem else text
        path.write_text(shown, encoding="utf-8")
        failure = _run_editor(app, path)
        if failure:
            return Edited(None, failure, text if problem else "")
        left = path.read_text(encoding="utf-8", errors="replace")
        if left == shown:
            return Edited(None, f"not readable: {problem}" if problem else "nothing was changed", text)
        text = "".join(line for line in left.splitlines(keepends=True) if not line.startswith(_ERROR))
        try:
            return Edited(values_in(text))
        except (ValueError, RecursionError) as error:
            problem = " ".join(str(error).split())
    return Edited(None, f"not readable: {problem}", text)


def _run_editor(app: NightdeckApp, path: Path) -> str:
    """Why the editor could not be used; empty when it could."""
    wanted = os.environ.get("VISUAL", "").strip() or os.environ.get("EDITOR", "").strip() or "vi"
    problem: Exception | None = None
    try:
        command = shlex.split(wanted)
        with app.suspend():
            # Caught in here: an error that leaves the block would leave the terminal behind.
            try:
                words, variables = [*command, str(path)], app.variables_for_others()
                done = subprocess.run(words, check=False, env=variables)  # noqa: S603 - the user's own editor
            except OSError as error:
                problem = error
    except (ValueError, SuspendNotSupported) as error:
        problem = error
    if problem is not None:
        why = problem.strerror if isinstance(problem, OSError) else problem
        return f"could not open {wanted}: {why}"
    return f"{wanted} ended with {done.returncode}: nothing was taken over" if done.returncode else ""

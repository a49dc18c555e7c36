"""What is told when the program fails by a fault of its own: one line, and the details in a private file."""

from __future__ import annotations

import platform
import sys
import traceback
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from tui import __version__
from tui.config.paths import shown, state_dir
from tui.core.errors import ConfigError
from tui.logs.scrub import plain_text
from tui.ui.files import write_private

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

_PACKAGE = Path(__file__).resolve().parents[1]
_DEEPEST = 100
"""Frames that are told of one exception: an endless recursion has a thousand that are alike."""
_KEPT = 20
"""Files of details that are kept; the oldest goes when another one comes."""


def crash_line(error: BaseException, mask: Callable[[str], str]) -> str:
    """Write the details of an unforeseen error down, and tell where they are, in one line.

    Neither holds the values of variables: these are full of secrets.

    Args:
        error: What went wrong.
        mask: Takes known secrets out of a text.
    """
    told = f"nightdeck failed by a fault of its own: {type(error).__name__}{_place(error)}"
    try:
        path = _write_details(error, mask)
    except OSError as problem:
        return f"{told}; the details could not be written: {problem.strerror or problem}"
    except ConfigError as problem:
        return f"{told}; the details could not be written: {problem.message}"
    return f"{told}; the details are in {shown(path)}. Jobs go on running"


def tell_uncaught(
    kind: type[BaseException],
    error: BaseException,
    trace: TracebackType | None,
    mask: Callable[[str], str],
) -> None:
    """Tell what nothing else caught, as a `sys.excepthook` does.

    Args:
        kind: The error's class.
        error: What went wrong.
        trace: Where.
        mask: Takes known secrets out of a text.
    """
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
    else:
        sys.stderr.write(f"{crash_line(error, mask)}\n")


def _write_details(error: BaseException, mask: Callable[[str], str]) -> Path:
    from importlib.metadata import version

    now = datetime.now(UTC)
    path = state_dir() / f"crash-{now:%Y%m%d-%H%M%S-%f}.txt"
    facts = f"nightdeck {__version__}, Textual {version('textual')}, Python {platform.python_version()}"
    # Masked as a whole: a secret may have several lines.
    story = mask("".join(traceback.format_exception(error, limit=-_DEEPEST)))
    text = "\n".join(plain_text(line) for line in story.splitlines())
    write_private(path, f"{facts}, {platform.platform()}\n{now.isoformat()}\n\n{text}\n")
    _forget_old(path.parent)
    return path


def _forget_old(folder: Path) -> None:
    """Take away the details of long ago: something that fails at each start would fill the disk with them."""
    with suppress(OSError):
        for old in sorted(folder.glob("crash-*.txt"))[:-_KEPT]:
            old.unlink(missing_ok=True)


def _place(error: BaseException) -> str:
    """Where in our own code it happened, if there."""
    frames = traceback.extract_tb(error.__traceback__, limit=-_DEEPEST)
    own = [frame for frame in frames if Path(frame.filename).is_relative_to(_PACKAGE)]
    if not own:
        return ""
    return f" in {Path(own[-1].filename).relative_to(_PACKAGE.parent)}:{own[-1].lineno}"

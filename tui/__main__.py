"""Where `nightdeck` and `python -m tui` begin."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    import threading
    from types import TracebackType


def main() -> None:
    """Run the command line and exit with its code."""
    sys.excepthook = _tell_uncaught
    try:
        # Imported in here, so that Ctrl-C also ends the first moments without a traceback.
        import threading

        from tui.cli import main as run

        threading.excepthook = _tell_uncaught_of_thread
        code = run(sys.argv[1:])
    except KeyboardInterrupt:
        code = 130
    sys.exit(code)


def _tell_uncaught(
    kind: type[BaseException], error: BaseException | None, trace: TracebackType | None
) -> None:
    """Tell what nothing else caught without a traceback on the screen, for secrets may be in it."""
    from tui.cli.output import mask
    from tui.ui.crash import tell_uncaught

    if error is not None:
        tell_uncaught(kind, error, trace, mask)


def _tell_uncaught_of_thread(told: threading.ExceptHookArgs) -> None:
    _tell_uncaught(told.exc_type, told.exc_value, told.exc_traceback)


if __name__ == "__main__":
    main()

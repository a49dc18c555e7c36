"""Where `nightdeck` and `python -m tui` begin."""

import sys


def main() -> None:
    """Run the command line and exit with its code."""
    try:
        # Imported in here, so that Ctrl-C also ends the first moments without a traceback.
        from tui.cli import main as run

        code = run(sys.argv[1:])
    except KeyboardInterrupt:
        code = 130
    sys.exit(code)


if __name__ == "__main__":
    main()

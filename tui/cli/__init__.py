"""The command line. Imports the screen only to open it, and an adapter only when a command uses one."""

from tui.cli.main import main

__all__ = ["main"]

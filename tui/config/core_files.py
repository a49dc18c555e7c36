"""Keeping the memory of this process, in which secrets are, out of files and away from other programs."""

from __future__ import annotations

import resource
import sys
from contextlib import suppress

_PR_SET_DUMPABLE = 4


def forbid_core_files() -> None:
    """Let the system write no core file of this process, and let no other program of the user look into it.

    On Linux programs that are started from here are not concerned. Elsewhere they write no core files, too.
    It is left out where Python runs in its development mode, for debuggers look into processes.
    """
    if sys.flags.dev_mode:
        return
    if sys.platform == "linux":
        with suppress(OSError, ImportError, AttributeError):
            # Only now, for it takes its time.
            import ctypes

            if ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) == 0:
                return
    with suppress(OSError, ValueError):
        _, hard = resource.getrlimit(resource.RLIMIT_CORE)
        resource.setrlimit(resource.RLIMIT_CORE, (0, hard))

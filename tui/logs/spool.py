"""Where the text of a remote log is kept while it is shown: a private file of bounded size."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

from tui.core.private_files import create_in_use, make_folder, sweep
from tui.logs.encoding import AsUtf8
from tui.logs.hiding import HidingStream
from tui.logs.source import LogFile

if TYPE_CHECKING:
    from pathlib import Path

    from tui.core.redaction import Redactor

MOST_BYTES = 2 << 30
"""Bytes of one log that are kept; what follows is left out and said to be."""

SUFFIX = ".spool"
"""What the names of such files end with."""


class Spool:
    """Takes the bytes of a log as they come, as UTF-8, without known secrets. Deleted when it is closed.

    One that a killed program left behind is deleted by the next one that makes a spool in its folder.
    """

    def __init__(
        self, folder: Path, most_bytes: int = MOST_BYTES, *, redactor: Redactor | None = None
    ) -> None:
        """Make an empty one that only its owner can read.

        Args:
            folder: Where spools are; made when it is missing.
            most_bytes: What it takes at most.
            redactor: Knows the secrets; None keeps everything as it comes.

        Raises:
            OSError: No file can be written there.
        """
        make_folder(folder)
        sweep(folder, "", SUFFIX)
        self.path, self._descriptor = create_in_use(folder, "", SUFFIX, os.O_APPEND)
        """Where it is, and what writes to it."""
        self._most = most_bytes
        self._text: AsUtf8 | None = None
        self._redactor = redactor
        self._hiding = HidingStream(redactor)
        self.is_full = False
        """Whether something was left out because it became too much."""
        self.file = LogFile(self.path)
        """What is in it, to be read while it grows."""

    def append(self, data: bytes, encoding: str = "utf-8", *, is_last: bool = False) -> None:
        """Add the next bytes.

        Args:
            data: As the system sent them.
            encoding: What they are encoded in.
            is_last: Whether nothing follows.

        Raises:
            OSError: The disk is full, or the file can't be written for another reason.
        """
        if self._text is None:
            self._text = AsUtf8(encoding)
        data = self._hiding.feed(self._text.feed(data, is_last=is_last), is_last=is_last)
        room = self._most - os.fstat(self._descriptor).st_size
        self.is_full = self.is_full or len(data) > room
        left = memoryview(data)[: max(0, room)]
        while left:
            left = left[os.write(self._descriptor, left) :]

    def restart(self) -> None:
        """Forget everything: the log was written anew."""
        os.ftruncate(self._descriptor, 0)
        self._text, self.is_full = None, False
        self._hiding = HidingStream(self._redactor)
        # At once, for what follows may be longer than what there was.
        self.file.refresh()

    def close(self) -> None:
        """Delete it."""
        self.file.close()
        with suppress(OSError):
            self.path.unlink()
        # The number may be another file's soon.
        descriptor, self._descriptor = self._descriptor, -1
        with suppress(OSError):
            os.close(descriptor)

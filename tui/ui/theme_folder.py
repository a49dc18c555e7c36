"""Looks whether theme files of the user changed. A look costs one call for each file of theirs."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_SUFFIX = ".toml"


class ThemeFolder:
    """Remembers how the files were at the last look."""

    def __init__(self, folders: Sequence[Path]) -> None:
        """Look for the first time.

        Args:
            folders: The user's folders of themes; they need not exist.
        """
        self._folders = folders
        self._seen = self._look()

    def changed(self) -> Sequence[str]:
        """The names of the themes whose file is new or another one since the last look."""
        before, self._seen = self._seen, self._look()
        # An editor may be about to write: an empty file is looked at again.
        return [name for name, stamp in self._seen.items() if stamp[1] and before.get(name) != stamp]

    def _look(self) -> dict[str, tuple[int, int]]:
        seen: dict[str, tuple[int, int]] = {}
        for folder in self._folders:
            with suppress(OSError), os.scandir(folder) as entries:
                for entry in entries:
                    if entry.name.endswith(_SUFFIX):
                        status = entry.stat()
                        seen[entry.name.removesuffix(_SUFFIX)] = (status.st_mtime_ns, status.st_size)
        return seen

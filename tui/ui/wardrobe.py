"""All themes side by side: where each comes from, how it looks in a word, and what is wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tui.core.errors import ConfigError
from tui.ui.theme import load_theme, theme_names

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from textual.theme import Theme


class Garment(NamedTuple):
    """One theme to choose."""

    name: str
    """What its file is called."""
    origin: str
    """Whose it is, in a few words."""
    theme: Theme | None = None
    """The theme; None when its file can't be used."""
    problem: str = ""
    """What is wrong with the file."""

    @property
    def kind(self) -> str:
        """What to expect of it, in a word."""
        if self.theme is None:
            return "broken"
        if self.theme.ansi:
            return "terminal's own"
        return "dark" if self.theme.dark else "light"


def hang_up(folders: Sequence[Path]) -> Sequence[Garment]:
    """Every theme, read anew.

    Args:
        folders: The shipped themes first, then the user's own.
    """
    return [_garment(name, folders) for name in theme_names(folders)]


def _garment(name: str, folders: Sequence[Path]) -> Garment:
    homes = [folder for folder in folders if (folder / f"{name}.toml").is_file()]
    is_shipped = homes[:1] == list(folders[:1])
    origin = "shipped" if is_shipped else "yours"
    if is_shipped and len(homes) > 1:
        origin = "yours, instead of the shipped one"
    try:
        return Garment(name, origin, load_theme(name, folders))
    except ConfigError as error:
        return Garment(name, origin, problem=str(error))

"""Texts in Markdown that read as they are."""

from __future__ import annotations

import re

_MARKUP = re.compile(r"[\\`*<>|~\[\]$]|(?<![^\W_])_|_(?![^\W_])|&(?=#|\w+;)")


def escaped(text: str) -> str:
    """A text in one line of Markdown, with a backslash before everything that would mean something."""
    return _MARKUP.sub(lambda found: f"\\{found[0]}", " ".join(text.split()))

"""How the screen says that nothing is sent: the same words and colours everywhere."""

from __future__ import annotations

from textual.content import Content

WORDS = "DRY RUN"
"""What a dry run is called."""

BADGE = "bold $state-warning reverse"
"""How the words look, so that nobody takes what is done for real."""


def badge(*, is_dry_run: bool) -> Content:
    """The words before a title; nothing when actions are sent."""
    return Content.assemble((f" {WORDS} ", BADGE), "  ") if is_dry_run else Content()

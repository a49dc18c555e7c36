"""What the first key of a kind would have to load, loaded in quiet moments after the first picture."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

AFTER_S = 1.5
"""Seconds after the config was read: the first answers of the systems come first."""

EVERY_S = 0.05
"""Seconds between two modules, each of which takes some milliseconds: no key waits for more than one."""

_MODULES = (
    *(
        "tui.logs.levels",
        "tui.logs.time_formats",
        "tui.logs.timestamps",
        "tui.logs.folding",
        "tui.logs.pretty",
    ),
    *("tui.logs.byte_patterns", "tui.logs.scanning", "tui.logs.hits", "tui.logs.line_filter"),
    *("tui.logs.masks", "tui.logs.rule_set", "tui.logs.errors", "tui.logs.root_error", "tui.logs.time_jump"),
    *("tui.logs.unpacking", "tui.engine.inflow", "tui.engine.run_log"),
    *("tui.ui.widgets.log_painter", "tui.ui.widgets.log_page", "tui.ui.widgets.log_tabs"),
    *(
        "tui.ui.log_search",
        "tui.ui.screens.log_base",
        "tui.ui.screens.log_going",
        "tui.ui.screens.log_finding",
    ),
    *("tui.ui.screens.log_taking", "tui.ui.screens.log_viewing", "tui.ui.screens.log_screen"),
    *("tui.ui.screens.confirm", "tui.ui.screens.help"),
)
"""Those that need others after them."""


def load_one_by_one() -> Iterator[str]:
    """Load the next module each time, and tell which."""
    for name in _MODULES:
        import_module(name)
        yield name

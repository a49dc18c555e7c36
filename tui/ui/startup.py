"""What the first paint needs, read without checking: the full check of the config comes after it."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from tui.config.viewfile import ViewFile
from tui.core.waits import UNDO, UNLOCKED
from tui.ui.pace import slow_link_of
from tui.ui.views import SavedView, saved_views

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from tui.core.keys import JobKey
    from tui.engine.engine import Engine
    from tui.ui.pace import SlowLink


class Session(Protocol):
    """What opening the config yields."""

    @property
    def engine(self) -> Engine:
        """The engine over the configured connections, not started yet."""
        ...

    @property
    def problem_lines(self) -> Sequence[str]:
        """One line for everything in the config that is wrong."""
        ...


class Startup(NamedTuple):
    """Choices that shape the first screen."""

    theme: str = "nightdeck-dark"
    """Name of a theme file."""
    kept_theme: str = ""
    """The theme that the user chose instead, in this session or an earlier one."""
    keymap_preset: str = "default"
    """Name of a shipped keymap."""
    keymap: Mapping[str, Any] = MappingProxyType({})
    """Binding ids and the keys that the user gave them."""
    has_mouse: bool = True
    """Whether the program takes the mouse from the terminal."""
    has_title: bool = True
    """Whether the terminal's title tells how many jobs fail and run."""
    has_bell: bool = True
    """Whether the bell rings when a watched run ends."""
    has_notifications: bool = True
    """Whether the terminal is asked to show a notification then."""
    is_absolute_time: bool = False
    """Whether times are shown as clock times instead of ages."""
    timezone: str = "local"
    """IANA name of the zone in which clock times are shown."""
    views: Sequence[SavedView] = ()
    """The views of the config and the built-in ones, in the order of their digits."""
    kept: ViewFile = ViewFile()
    """The views and columns that the user kept from within the program."""
    view: str = ""
    """Name of the view to open with."""
    query: str = ""
    """The filter to open with."""
    sort: str = ""
    """The sort order to open with; empty for the default."""
    group: str = ""
    """What to group the rows by; empty for what the view says, `none` for nothing."""
    folded: tuple[str, ...] = ()
    """The groups that are folded, or with `are_all_folded` those that are not."""
    are_all_folded: bool = False
    """Whether groups are folded unless they are named."""
    cursor: JobKey | None = None
    """The job to put the cursor on."""
    pane: str = ""
    """The tab of the detail pane to open with."""
    pane_side: str = ""
    """Where the detail pane stands: `right`, `bottom`, or empty for as the terminal's size suggests."""
    pane_shown: str = ""
    """Whether it is shown: `on`, `off`, or empty for where there is room."""
    slow_link: SlowLink = "auto"
    """Whether to treat the line to the terminal as slow."""
    is_ascii: bool = False
    """Whether only ASCII characters may be drawn."""
    themes_dirs: Sequence[Path] = ()
    """Folders with theme files, the user's last."""
    state_dir: Path | None = None
    """Where the screen's own state is kept; None keeps none."""
    unlock_s: float = UNLOCKED.usual
    """Seconds for which read-only is lifted when nothing else is chosen."""
    undo_s: float = UNDO.usual
    """Seconds in which what can't be made good again waits, and can be taken back."""
    is_dry_run: bool = False
    """Whether everything is done but sending."""
    title: str = ""
    """A word beside the program's name, such as `demo`."""
    config_file: str = ""
    """The config file as people read it, for telling where a setting is made permanent."""
    first_steps: Path | None = None
    """Where it is kept that the first steps were shown; None shows none."""
    recent: Sequence[str] = ()
    """What was chosen in the palette before, the newest first."""


def read_startup(raw: Mapping[str, Any], **overrides: Any) -> Startup:
    """A startup from the raw config and what the command line or the last session override.

    Args:
        raw: The config file as TOML gave it; wrong types are passed over.
        **overrides: Fields of `Startup` that win over the file.
    """
    ui = raw.get("ui")
    table: Mapping[str, Any] = ui if isinstance(ui, dict) else {}
    told = raw.get("notifications")
    notifications: Mapping[str, Any] = told if isinstance(told, dict) else {}
    keymap, views = raw.get("keymap"), raw.get("views")
    found: dict[str, Any] = {
        "theme": _text(table, "theme", "nightdeck-dark"),
        "keymap_preset": _text(table, "keymap", "default"),
        "keymap": keymap if isinstance(keymap, dict) else {},
        "has_mouse": table.get("mouse") is not False,
        "has_title": table.get("title") is not False,
        "has_bell": notifications.get("bell") is not False,
        "has_notifications": notifications.get("terminal") is not False,
        "is_absolute_time": table.get("time") == "absolute",
        "timezone": _text(table, "timezone", "local"),
        "slow_link": slow_link_of(table.get("slow_link")),
        "is_ascii": table.get("ascii") is True,
        "unlock_s": UNLOCKED.of(table.get("unlock_for")),
        "undo_s": UNDO.of(table.get("undo")),
        # What nobody understands counts as on, as where it is read with care.
        "is_dry_run": table.get("dry_run", False) is not False,
        "views": saved_views(v for v in views if isinstance(v, dict))
        if isinstance(views, list)
        else saved_views(()),
    }
    return Startup(**(found | overrides))


def _text(table: Mapping[str, Any], key: str, default: str) -> str:
    value = table.get(key)
    return value if isinstance(value, str) and value else default

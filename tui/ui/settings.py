"""What of the config can be changed while the program runs, for this session, and what can't and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tui.core.duration import format_span, span_s
from tui.ui.keymap import PRESETS
from tui.ui.pace import SLOW_LINK_CHOICES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tui.ui.guided_app import GuidedApp

_SWITCH = ("true", "false")
_UNLOCKS = ("5m", "10m", "30m")
_UNDOS = ("0s", "5s", "10s", "30s")
_AT_THE_START = "it is read when the program starts"
_IN_THE_FILE = "it is set in the config file alone"


class Setting(NamedTuple):
    """One key of `[ui]` or `[notifications]`."""

    table: str
    """The table of the config file."""
    key: str
    """The key in it."""
    present: str
    """The value that is in effect, as the file writes it, without quotes."""
    title: str
    """What it does, in a few words."""
    choices: tuple[str, ...] = ()
    """The values to choose from; empty where choosing opens something that has them."""
    use: Callable[[str], object] | None = None
    """Puts a value into effect."""
    reason: str = ""
    """Why it can't be changed now."""

    @property
    def full_name(self) -> str:
        """Table and key."""
        return f"{self.table}.{self.key}"

    def line(self, value: str) -> str:
        """The line of the config file that makes a value permanent."""
        written = value if value in _SWITCH else f'"{value}"'
        return f"{self.key} = {written}"


def settings_of(app: GuidedApp) -> Sequence[Setting]:
    """Every setting with its value, in the order of the config file.

    Args:
        app: What they are the settings of.
    """
    startup = app.startup
    time = "absolute" if app.is_absolute_time else "relative"
    return (
        Setting("ui", "theme", app.theme, "Try themes on, and keep one.", (), lambda _: app.action_themes()),
        *_of_safety(app),
        Setting("ui", "dry_run", _switch(is_on=app.is_dry_run), "", reason=_AT_THE_START),
        Setting(
            "ui", "keymap", startup.keymap_preset, "Use another set of keys.", tuple(PRESETS), app.use_keymap
        ),
        Setting(
            "ui", "mouse", _switch(is_on=app.has_mouse), "Let the mouse select, scroll and click.", _SWITCH,
            lambda _: app.action_mouse(),
        ),
        Setting(
            "ui", "title", _switch(is_on=startup.has_title), "Count failed jobs in the terminal's title.",
            _SWITCH, lambda value: app.change(has_title=_is_on(value)),
        ),
        Setting("ui", "ascii", _switch(is_on=startup.is_ascii), "", reason=_AT_THE_START),
        Setting(
            "ui", "slow_link", app.pace.choice, "Send as little as possible to the terminal.",
            SLOW_LINK_CHOICES, app.use_slow_link,
        ),
        Setting(
            "ui", "time", time, "Show ages, or times of day.", ("relative", "absolute"),
            lambda value: app.use_absolute_time(is_wanted=value == "absolute"),
        ),
        Setting("ui", "timezone", startup.timezone, "", reason=_AT_THE_START),
        Setting(
            "notifications", "bell", _switch(is_on=startup.has_bell), "Ring when a watched run ends.",
            _SWITCH, lambda value: app.change(has_bell=_is_on(value)),
        ),
        Setting(
            "notifications", "terminal", _switch(is_on=startup.has_notifications),
            "Notify when a watched run ends.", _SWITCH,
            lambda value: app.change(has_notifications=_is_on(value)),
        ),
        Setting("notifications", "targets", "…", "", reason=_IN_THE_FILE),
    )  # fmt: skip


def _of_safety(app: GuidedApp) -> Sequence[Setting]:
    """What keeps from accidents."""
    startup = app.startup
    return (
        Setting(
            "ui", "read_only", _switch(is_on=app.is_read_only), "Refuse every action.",
            () if app.is_read_only else _SWITCH, lambda _: app.action_lock(),
            app.reason_against_guarding("lock"),
        ),
        Setting(
            "ui", "unlock_for", format_span(startup.unlock_s), "How long an unlocking lasts.", _UNLOCKS,
            lambda value: app.change(unlock_s=span_s(value)),
        ),
        Setting(
            "ui", "undo", format_span(startup.undo_s), "How long a stop can be taken back.", _UNDOS,
            lambda value: app.change(undo_s=span_s(value)),
        ),
    )  # fmt: skip


def _switch(*, is_on: bool) -> str:
    return "true" if is_on else "false"


def _is_on(value: str) -> bool:
    return value == "true"

"""Every key of the config file, with what it does. Connections' own keys are described by their adapters."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, field_validator

from tui.core.settings import SecretRef
from tui.core.waits import UNDO, UNLOCKED


def _listed(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


Keys = Annotated[
    tuple[str, ...],
    BeforeValidator(_listed),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}),
]
"""One key, or several that do the same: `"R"`, `"R,ctrl+r"`, `["R", "ctrl+r"]`; an empty text is no key."""

Span = Annotated[
    str | float,
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "number", "minimum": 0}]}),
]
"""A span of time: `"5s"`, `"10m"`, or a number of seconds."""

Switch = Annotated[bool, Field(strict=True)]
"""True or false, and no word for it."""


class Section(BaseModel):
    """What all tables of the config file have in common: unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class UiSection(Section):
    """How the dashboard looks and behaves."""

    theme: str = "nightdeck-dark"
    """Name of a theme: a file of nightdeck's `themes/`, or of your own `~/.config/nightdeck/themes/`."""
    read_only: Switch = False
    """Refuse every action, on every connection."""
    unlock_for: Span = "10m"
    """How long actions are allowed when read-only is lifted from within the program, up to 8h."""
    undo: Span = "5s"
    """How long a stop or a deletion waits after it was confirmed, and can be taken back; 0 for not at all."""
    dry_run: Switch = False
    """Ask, check and prepare every action as usual, but send none: what would be sent is told instead."""
    keymap: Literal["default", "vim-less", "k9s"] = "default"
    """The set of keys to begin with; `[keymap]` changes single ones."""
    mouse: Switch = True
    """Let the mouse select, scroll and click. The terminal's own selection then needs Shift."""
    title: Switch = True
    """Tell in the terminal's title how many jobs fail and run: `3✗ 12▶ nightdeck`."""
    ascii: Switch = False
    """Draw with plain ASCII characters, for terminals and fonts that lack the others."""
    slow_link: Literal["auto", "on", "off"] = "auto"
    """Send as little as possible to the terminal: when the line is measured to be slow, always, or never."""
    time: Literal["relative", "absolute"] = "relative"
    """Show times as an age (`4m ago`), or as a time of day."""
    timezone: str = "local"
    """Zone of the times that are shown: `local`, or an IANA name such as `Europe/Berlin`."""

    @field_validator("unlock_for")
    @classmethod
    def _unlocks_for_a_while(cls, value: str | float) -> str | float:
        UNLOCKED.read(value)
        return value

    @field_validator("undo")
    @classmethod
    def _waits_for_a_moment(cls, value: str | float) -> str | float:
        UNDO.read(value)
        return value

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        if value != "local":
            try:
                ZoneInfo(value)
            except (ZoneInfoNotFoundError, ValueError, OSError) as error:
                raise ValueError(
                    f"{value!r} is neither local nor an IANA time zone like Europe/Berlin"
                ) from error
        return value


class View(Section):
    """A saved query with its columns and sort order; the keys 1 to 9 open the first nine."""

    name: Annotated[str, Field(min_length=1, max_length=40)]
    """What the view is called, here and for `--view`."""
    query: str = ""
    """Which jobs it shows, such as `state:failed,warning or last:failed`; all when empty."""
    sort: str = ""
    """Columns to sort by, the first one first, `-` for descending: `-ended,name`."""
    group: Literal["", "system", "folder", "tag", "cause", "state"] = ""
    """Show the jobs in groups that fold: by `system`, `folder`, `tag` (a job's first), `cause` (why it
    failed) or `state`; in one list when empty."""
    columns: tuple[str, ...] = ()
    """Columns to show, in this order, some with a width in cells: `message:40`; the usual ones when empty."""


class ErrorRuleTable(Section):
    """A kind of line that tells in the logs of your own programs why a run failed, or that never does."""

    id: Annotated[str, Field(min_length=1, max_length=40)]
    """What the rule is called, here and beside what it finds."""
    pattern: Annotated[str, Field(min_length=1, max_length=1000)]
    """A regular expression, looked for in each line without its time and colours. Shown is what its group
    `told` holds, `(?P<told>…)`, or all from where it fits. A word in it outside brackets makes it fast."""
    first: Switch = False
    """Of several such lines close to each other the first one counts, instead of the last."""
    warning: Switch = False
    """It tells only why a run ended with a warning."""
    rank: Literal["before", "after"] = "before"
    """Whether it is more telling than the built-in rules, or less."""
    noise: Switch = False
    """Such lines never count, whatever words they have."""

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, value: str) -> str:
        try:
            re.compile(value)
        except (re.error, OverflowError, RecursionError) as error:
            raise ValueError(f"this is no regular expression: {error}") from error
        return value


class NotificationsSection(Section):
    """How you are told that a run which you watch has ended."""

    bell: Switch = True
    """Ring the terminal's bell."""
    terminal: Switch = True
    """Ask the terminal to show a desktop notification (OSC 9 and 777)."""
    targets: tuple[SecretRef, ...] = ()
    """Tell these, too: addresses as the apprise library takes them, such as `ntfy://topic` or, as they hold
    tokens, references: `{ env = "NIGHTDECK_NTFY" }`. Needs: pip install "nightdeck[notify]"."""


class Config(Section):
    """nightdeck's config file."""

    ui: UiSection = UiSection()
    """How the dashboard looks and behaves."""
    keymap: dict[str, Keys] = Field(default_factory=dict)
    """Your own keys: the id of a binding, as the help on `?` shows it, and the key or keys for it;
    an empty text takes its keys away."""
    views: tuple[View, ...] = ()
    """Saved queries."""
    error_rules: tuple[ErrorRuleTable, ...] = ()
    """Which lines of logs tell why a run failed, besides those that are known."""
    notifications: NotificationsSection = NotificationsSection()
    """How you are told that a run which you watch has ended."""
    connections: dict[str, dict[str, Any]] = Field(default_factory=dict)
    """Servers and accounts, each with a name of your choice; `type` says which system it is."""

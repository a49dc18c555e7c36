"""What the dashboard looked like when it was left. Reading it needs the standard library alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from tui.config.keptfile import LONGEST_TEXT, SPOILT, kept_job, kept_text, read_kept, write_kept

if TYPE_CHECKING:
    from pathlib import Path

    from tui.core.keys import JobKey

FILE_NAME = "ui.toml"
"""Name of the file in the state folder."""
SPOILT_NAME = FILE_NAME + SPOILT
"""Where a file that can't be read is set aside."""

_LARGEST = 64 * 1024
_LONGEST_NAME, _MOST_FOLDED = 300, 100
_HEAD = "# Written by nightdeck when the dashboard closes. Delete it to begin afresh.\n"


class UiState(NamedTuple):
    """What the next start takes up again. Empty means: as the config says."""

    theme: str = ""
    """The theme, when another one was chosen than the config's."""
    view: str = ""
    """The name of the view that was open."""
    query: str = ""
    """The filter that was in effect."""
    sort: str = ""
    """The sort order that was in effect."""
    group: str = ""
    """What the rows were grouped by; `none` when a view that has groups was shown without."""
    folded: tuple[str, ...] = ()
    """The groups that were folded; with `are_all_folded` those that were not."""
    are_all_folded: bool = False
    """Whether groups were folded unless they are named."""
    columns: tuple[str, ...] = ()
    """The columns that were shown."""
    cursor: JobKey | None = None
    """The job under the cursor."""
    pane: str = ""
    """The tab of the detail pane that was open."""
    pane_side: str = ""
    """Where the pane was put: `right` or `bottom`."""
    pane_shown: str = ""
    """Whether it was turned `on` or `off`."""
    recent: tuple[str, ...] = ()
    """What was chosen in the palette, the newest first."""


def load_ui_state(folder: Path | None = None) -> UiState:
    """The state that was kept; the default when there is none or it is spoilt, which never stops a start.

    Args:
        folder: The state folder; the usual one when None.
    """
    raw = read_kept(FILE_NAME, folder, _LARGEST)
    if raw is None:
        return UiState()
    return UiState(
        theme=kept_text(raw, "theme"),
        view=kept_text(raw, "view"),
        query=kept_text(raw, "query"),
        sort=kept_text(raw, "sort"),
        group=kept_text(raw, "group"),
        folded=_texts(raw, "folded"),
        are_all_folded=raw.get("are_all_folded") is True,
        columns=_texts(raw, "columns"),
        cursor=kept_job(raw.get("cursor")),
        pane=kept_text(raw, "pane"),
        pane_side=kept_text(raw, "pane_side"),
        pane_shown=kept_text(raw, "pane_shown"),
        recent=_texts(raw, "recent"),
    )


def save_ui_state(state: UiState, folder: Path | None = None) -> None:
    """Keep the state for the next start, at once or not at all, readable by the user alone.

    Args:
        state: What to keep; what is empty is left out.
        folder: The state folder; the usual one when None.

    Raises:
        ConfigError: It can't be written, because the disk is full or the folder isn't ours.
    """
    import tomli_w

    table: dict[str, Any] = {
        name: getattr(state, name)[:LONGEST_TEXT]
        for name in ("theme", "view", "query", "sort", "group", "pane", "pane_side", "pane_shown")
        if getattr(state, name)
    }
    if state.columns:
        table["columns"] = list(state.columns)
    if state.folded:
        table["folded"] = [name for name in state.folded if len(name) <= _LONGEST_NAME][:_MOST_FOLDED]
    if state.recent:
        table["recent"] = [name for name in state.recent if len(name) <= _LONGEST_NAME][:_MOST_FOLDED]
    if state.are_all_folded:
        table["are_all_folded"] = True
    if state.cursor is not None:
        table["cursor"] = {"connection": state.cursor.connection, "id": state.cursor.id}
    write_kept(FILE_NAME, folder, _HEAD + tomli_w.dumps(table), "the screen's state")


def _texts(raw: dict[str, Any], key: str) -> tuple[str, ...]:
    value = raw.get(key)
    return tuple(text for text in value if isinstance(text, str)) if isinstance(value, list) else ()

"""Why keys can't act before there is a job or a system: so that none is silent."""

from __future__ import annotations

from tui.ui.screens.table_screen import TableScreen
from tui.ui.screens.work_screen import NO_ENGINE

_ABOUT_A_JOB = frozenset({"open_log", "open_pager", "raw", "copy", "watch", "save"})
_ABOUT_SYSTEMS = frozenset({"pause", "refresh"})


class Explaining(TableScreen):
    """Grey keys where no job is listed, or nobody can be asked yet."""

    def reason_against(self, action: str) -> str:
        """Why a key can't act now, or an empty string."""
        name = action.removeprefix("screen.")
        if name in _ABOUT_SYSTEMS and self.engine is None:
            return NO_ENGINE
        if name in _ABOUT_A_JOB and not self.board.keys:
            is_filtered = bool(self.board.total)
            return "no job is listed: clear the filter" if is_filtered else "there is no job yet"
        return super().reason_against(action)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Grey for a key that can't act now."""
        if action in _ABOUT_SYSTEMS or action in _ABOUT_A_JOB:
            return None if self.reason_against(action) else super().check_action(action, parameters)
        return super().check_action(action, parameters)

"""Locking actions, unlocking them for a while, and taking back what was confirmed but not sent yet."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from tui.core.duration import format_span
from tui.ui.keymap import keys_of, shown_key
from tui.ui.resuming_app import ResumingApp
from tui.ui.widgets.cells.text import fit_middle, width_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tui.engine.engine import Engine
    from tui.ui.startup import Startup

_NO_ENGINE = "the config is still being read; try again in a moment"
_MINUTE_S = 60
_MOST_CELLS = 36
"""Of what waits: on the narrowest screen the key that takes it back must be seen behind it."""


class LockingApp(ResumingApp):
    """An app that sends nothing while it is locked, and nothing that was taken back."""

    startup: Startup
    _keymap_in_effect: Mapping[str, str]
    parting = ""
    """What the shell is to be told when the screen is gone."""
    _held_before = 0

    def guard_opened(self, engine: Engine) -> None:
        """Follow from now on what waits to be sent."""
        engine.actions.undo.subscribe(self._held_changed)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Grey for what has nothing to act on."""
        if action in ("lock", "undo"):
            return None if self.reason_against_guarding(action) else True
        return super().check_action(action, parameters)

    def reason_against_guarding(self, action: str) -> str:
        """Why locking, or taking back, does nothing now; empty when it does."""
        if self.engine is None:
            return _NO_ENGINE
        if action == "undo" and not self.engine.actions.undo.held:
            return "nothing waits to be sent"
        return ""

    @property
    def is_read_only(self) -> bool:
        """Whether every action is refused."""
        return self.engine is not None and self.engine.is_read_only

    @property
    def unlocked_told(self) -> str:
        """How long actions are still allowed, where that ends: `unlocked 9:41`."""
        left_s = self.engine.actions.guard.lock.remaining_s if self.engine is not None else None
        if left_s is None:
            return ""
        if self.pace.is_slow and left_s > _MINUTE_S:
            # On a slow line a number that changes each second costs more than it tells.
            return f"unlocked {math.ceil(left_s / _MINUTE_S)}m"
        minutes, seconds = divmod(math.ceil(left_s), _MINUTE_S)
        return f"unlocked {minutes}:{seconds:02d}"

    @property
    def held_told(self) -> Sequence[str]:
        """What waits to be sent, the newest first: `stop of load is sent in 4 s: u takes it back`."""
        if self.engine is None:
            return ()
        undo, cut = self.engine.actions.undo, self.glyphs.ellipsis
        told = [
            f"{fit_middle(held.what, min(_MOST_CELLS, width_of(held.what)), cut)}"
            f" is sent in {math.ceil(undo.left_s(held))} s"
            for held in reversed(undo.held)
        ]
        return [f"{text}: {self.key_told('undo')} takes it back" for text in told[:1]] + told[1:]

    def key_told(self, binding_id: str) -> str:
        """The key in effect of a binding, as the screen tells it; else where else it is to be found."""
        keys = keys_of(binding_id, self._keymap_in_effect)
        return shown_key(keys[0]) if keys else f"{binding_id} in the commands"

    def action_lock(self) -> None:
        """Refuse every action from now on; while that is so, ask for how long to allow them."""
        if self.engine is None:
            return
        lock = self.engine.actions.guard.lock
        if lock.is_locked:
            self.dashboard.ask(self._ask_to_unlock(self.engine))
            return
        lock.lock()
        self._lock_changed()
        self.notify(f"read-only: nothing is sent; {self.key_told('lock')} unlocks it", markup=False)

    def action_undo(self) -> None:
        """Take back the newest of what was confirmed and not sent yet."""
        taken = self.engine.actions.undo.take_back() if self.engine is not None else None
        if taken is None:
            self.notify("nothing waits to be sent", severity="warning", markup=False)

    def look_at_guard(self) -> None:
        """Count down, and tell once that an unlocked while is over; called every second."""
        self.dashboard.count_down()
        if self.engine is not None and self.engine.actions.guard.lock.take_end():
            self._lock_changed()
            told = f"the time is over: read-only again, nothing is sent; {self.key_told('lock')} unlocks it"
            self.notify(told, title="locked", severity="warning", markup=False)

    def leave(self, code: int) -> None:
        """Quit; what waits to be sent never is, and the shell is told so."""
        waited = self.engine.actions.undo.close() if self.engine is not None else ()
        if waited:
            self.parting = "not sent: " + ", ".join(held.what for held in waited)
        super().leave(code)

    async def _ask_to_unlock(self, engine: Engine) -> None:
        from tui.ui.screens.unlock import UnlockDialog

        dialog = UnlockDialog(engine.store.health.values(), self.startup.unlock_s)
        answer = await self.push_screen_wait(dialog)
        lock = engine.actions.guard.lock
        if answer is None or not dialog.is_confirmed_by(answer.typed) or not lock.is_locked:
            return
        lock.unlock(dialog.seconds)
        self._lock_changed()
        told = f"unlocked for {format_span(dialog.seconds)}; {self.key_told('lock')} locks again at once"
        self.notify(told, severity="warning", markup=False)

    def _lock_changed(self) -> None:
        """Show which keys can act now, and ask open questions anew."""
        from tui.ui.screens.confirm import ConfirmDialog

        self.dashboard.update_status()
        for screen in self.screen_stack:
            screen.refresh_bindings()
            if isinstance(screen, ConfirmDialog):
                screen.plan_again()

    def _held_changed(self) -> None:
        """Count down where it is looked at, and let the key act or not."""
        if not self.is_running or not self.screen_stack or self.engine is None:
            return
        self.dashboard.update_status()
        self.screen.refresh_bindings()
        before, self._held_before = self._held_before, len(self.engine.actions.undo.held)
        if self._held_before > before and self.screen is not self.dashboard:
            self.notify(self.held_told[0], timeout=self.startup.undo_s, markup=False)

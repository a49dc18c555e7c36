"""The measured program of `bench_log`'s keys: `nightdeck view`, which tells when it paints a move.

Called with a descriptor and the arguments of `nightdeck`. It writes `moved` just before it paints a moved
cursor, `ready` once a log is shown, `counted` once all its lines are. On a line `busy` it answers `busy=1`
while it searches, else `busy=0`; on `lag` how late the event loop was.
"""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import time
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tui.cli.opening import CALM

os.environ.update(CALM)  # Textual reads it when it is imported

from tui.ui import app, file_app
from tui.ui.widgets.log_view import LogView

if TYPE_CHECKING:
    from collections.abc import Callable

_MOVES = ("move", "page", "go_to_first", "go_to_last", "follow")
_LAG_STEP_S = 0.001


class MeasuredApp(file_app.FileApp):
    """The viewer, which tells over a socket what it does."""

    CSS_PATH = str(Path(app.__file__).with_name("styles") / "app.tcss")

    control: socket.socket
    has_moved = False
    _is_counted = _is_shown = False

    def begin(self) -> None:
        super().begin()
        asyncio.get_running_loop().add_reader(self.control, self._receive)
        self._lags: list[float] = []
        self.run_worker(self._watch_lag())

    def moved(self) -> None:
        """Remember that the next picture has a moved cursor."""
        self.has_moved = True

    def shows(self, view: LogView) -> None:
        """Tell once that there is a log."""
        if view.document is not None and not self._is_shown:
            self._is_shown = True
            self._tell("ready")

    def counts(self, view: LogView) -> None:
        """Tell once that all lines are counted."""
        document = view.document
        if document is not None and document.is_indexed and not self._is_counted:
            self._is_counted = True
            self._tell("counted")

    def _display(self, screen: Any, renderable: Any) -> None:
        if renderable is not None and self.has_moved:
            self.has_moved = False
            self._tell("moved")
        super()._display(screen, renderable)

    def _receive(self) -> None:
        for word in self.control.recv(4096).decode().split():
            if word == "lag":
                ordered = sorted(self._lags) or [0.0]
                told = (ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.99)], ordered[-1])
                self._lags = []
                self._tell("lag=" + "/".join(f"{seconds * 1000:.1f}" for seconds in told))
            elif word == "busy":
                screen: Any = self.screen
                hits = screen.searching.hits
                self._tell(f"busy={int(hits is not None and not hits.is_complete)}")

    async def _watch_lag(self) -> None:
        while True:
            before = time.perf_counter()
            await asyncio.sleep(_LAG_STEP_S)
            self._lags.append(max(0.0, time.perf_counter() - before - _LAG_STEP_S))

    def _tell(self, word: str) -> None:
        self.control.send(f"{word}\n".encode())


def _told(name: str, tell: Callable[[MeasuredApp, LogView], object]) -> None:
    """Let a method of the view tell each time it was called."""
    method = getattr(LogView, name)

    @wraps(method)
    def wrapped(self: LogView, *args: Any, **options: Any) -> Any:
        found = method(self, *args, **options)
        measured: Any = self.app
        tell(measured, self)
        return found

    setattr(LogView, name, wrapped)


def main() -> None:
    """Run `nightdeck` with this viewer."""
    control = socket.socket(fileno=int(sys.argv[1]))
    control.setblocking(False)
    MeasuredApp.control = control
    for name in _MOVES:
        _told(name, lambda measured, _view: measured.moved())
    _told("take_counts", lambda measured, view: measured.counts(view))
    _told("show", lambda measured, view: measured.shows(view))
    vars(file_app)["FileApp"] = MeasuredApp
    from tui.cli.main import main as run

    sys.exit(run(sys.argv[2:]))


if __name__ == "__main__":
    main()

"""The terminal itself: painted on standard output, given back as it was found, whatever ends the program.

Textual's own driver is at a loss when the terminal stalls or goes away, and when the program is continued
without having been suspended by it: it blocks for good, spins, or leaves the terminal in the wrong mode.
"""

from __future__ import annotations

import asyncio
import os
import select
import signal
import sys
import termios
import time
from codecs import getincrementaldecoder
from concurrent.futures import CancelledError
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Protocol, TextIO, cast

from textual.drivers.linux_driver import LinuxDriver
from textual.events import Key

from tui.ui.link import Link
from tui.ui.terminal_parser import ANSWER, QUESTION, TerminalParser

if TYPE_CHECKING:
    from collections.abc import Callable
    from io import TextIOWrapper

    from textual.app import App
    from textual.message import Message


class Endable(Protocol):
    """An app that can be asked to end."""

    def leave(self, code: int) -> None:
        """Save what is to be kept, and end with this exit code."""
        ...

    def fail(self, error: BaseException) -> None:
        """End, and tell what went wrong."""
        ...


ENDING_SIGNALS = {signal.SIGHUP: 129, signal.SIGINT: 130, signal.SIGTERM: 143}
"""Signals that end the program in order, and the exit code that shells expect."""

_STALLED_MS = 100
_READ_S = 0.1
_READ_BYTES = 4096
_AT_ONCE_S = 0.001
_FRAME_BEGIN = "\x1b[?2026h"
_FRAME_END = "\x1b[?2026l"
_GLANCE_S = 0.02
_PATIENCE_S = 0.2
"""Seconds after which the next key is handed over although the one before is still being worked on."""
_CALM_ROUNDS = 4
"""Turns of the event loop in which nothing waits: messages go from app to widget and back."""
_PIXELS_OFF = "\x1b[?1016l"
_GIVE_BACK = (
    b"\x1b[?2004l\x1b[?7h\x1b[?2048l\x1b[?1000;1003;1006;1015;1016l\x1b[<u\x1b[?1049l\x1b[?25h\x1b[?1004l\r\n"
)
"""Paste, wrap, size reports, mouse, keyboard, screen, cursor and focus reports: as shells want them."""


class ScreenOutput:
    """What the writer thread writes to: a terminal that may take nothing for hours, or be gone at once."""

    def __init__(self, file: TextIO) -> None:
        """Write past the file's buffer.

        Args:
            file: Standard output.
        """
        self.is_gone = False
        """Whether the terminal was taken away."""
        self.is_hurried = False
        """Whether the program is ending: a terminal that takes nothing is then not waited for."""
        self.on_taken: Callable[[str, int, float], None] | None = None
        """Called when a piece was taken, with its bytes and the seconds that it had to wait."""
        self.on_stalled: Callable[[float], None] | None = None
        """Called again and again while nothing is taken, with the seconds since the last time."""
        self._descriptor = _open_apart(file.fileno())
        self._encoding = file.encoding

    def write(self, text: str) -> None:
        """Write everything, as soon as the terminal takes it."""
        piece = rest = memoryview(text.encode(self._encoding, "replace"))
        waited_s = 0.0
        while rest and not self.is_gone:
            try:
                rest = rest[os.write(self._descriptor, rest) :]
            except BlockingIOError:
                begin = time.monotonic()
                if not self._has_room():
                    return
                waited_s = self._tell_wait(time.monotonic() - begin)
            except OSError:
                self.is_gone = True
        if self.on_taken is not None:
            self.on_taken(text, len(piece), waited_s)

    def flush(self) -> None:
        """Nothing is held back."""

    def fileno(self) -> int:
        """The terminal's descriptor."""
        return self._descriptor

    def check(self) -> bool:
        """Whether the terminal is still there."""
        ended = select.POLLHUP | select.POLLERR | select.POLLNVAL
        self.is_gone = self.is_gone or bool(self._events(0) & ended)
        return not self.is_gone

    def discard(self) -> None:
        """Throw away what was written and the terminal has not taken yet, which makes room."""
        try:
            termios.tcflush(self._descriptor, termios.TCOFLUSH)
        except termios.error:
            self.is_gone = True

    def _tell_wait(self, seconds: float) -> float:
        """Tell of a wait at once when it goes on; else it is told with the piece."""
        if self.on_stalled is None or seconds * 1000 < _STALLED_MS:
            return seconds
        self.on_stalled(seconds)
        return 0.0

    def _has_room(self) -> bool:
        """Wait until the terminal takes more; False when there is no time to wait, and nothing else helps."""
        if self.is_hurried:
            self.discard()
            return bool(self._events(0))
        self._events(_STALLED_MS)
        return True

    def _events(self, timeout_ms: int) -> int:
        # One for each call: two threads may not share it.
        poll = select.poll()
        poll.register(self._descriptor, select.POLLOUT)
        return sum(event for _, event in poll.poll(timeout_ms))


def _open_apart(terminal: int) -> int:
    """A way of our own to a terminal, whose writes never wait; those of the shell before and after us do."""
    try:
        return os.open(os.ttyname(terminal), os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK)
    except OSError:  # as in a container that was entered from outside
        return terminal


class TerminalDriver(LinuxDriver):
    """Starts, suspends, resumes and ends the use of the terminal, in the event loop and never in between."""

    def __init__(
        self,
        app: App[Any],
        *,
        debug: bool = False,
        mouse: bool = True,
        size: tuple[int, int] | None = None,
    ) -> None:
        """Prepare the use of the terminal.

        Args:
            app: What is painted.
            debug: Textual's own.
            mouse: Whether to take the mouse.
            size: Of the screen; the terminal's own when None.
        """
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self.output = ScreenOutput(sys.__stdout__ or sys.stdout)
        self.output.on_taken = self._on_taken
        self.output.on_stalled = self._on_stalled
        self.link = Link()
        """What is known of the line."""
        self.on_answer: Callable[[], object] | None = None
        """Called in the event loop when the terminal has answered."""
        self._parser = TerminalParser(is_debugged=debug)
        self._frame: list[str] = []
        self._place = ""
        self._read_at = 0.0
        self._endable = cast("Endable", app)
        self._file = cast("TextIOWrapper[Any]", self.output)
        self._is_ending = False
        self._is_away = False

    def start_application_mode(self) -> None:
        """Take the terminal. From here on no signal may leave it as it is."""
        for number in ENDING_SIGNALS:
            # What is ignored was meant to be, as by `nohup`.
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._on_ending_signal)
        self.link.reopened()
        super().start_application_mode()  # type: ignore[no-untyped-call] # Textual leaves it so

    def stop_application_mode(self) -> None:
        """Give the terminal back, unless it is in other hands already: touching it would stop us."""
        if self._is_away:
            return
        if self._mouse_pixels:
            self.write(_PIXELS_OFF)
        super().stop_application_mode()

    def disable_input(self) -> None:
        """Read no more keys."""
        if not self._is_away:
            super().disable_input()

    def run_input_thread(self) -> None:
        """Read keys until the end, or until there is no terminal any more."""
        try:
            self._read_keys()
        except OSError:
            self.output.is_gone = True
        finally:
            fault = sys.exc_info()[1]
            if fault is not None:
                self._loop.call_soon_threadsafe(self._endable.fail, fault)

    def set_escape_delay(self, seconds: float) -> None:
        """How long to wait for the rest of a key whose first byte is that of Esc."""
        self._parser.escape_delay_s = seconds

    def ask(self) -> None:
        """Ask the terminal whether it is there; when the answer comes, all that was written has arrived."""
        if self._writer_thread is not None:
            self.link.asked(time.monotonic())
            self._writer_thread.write(QUESTION)

    def process_message(self, message: Message) -> None:
        """Hand an event to the app. Runs in the thread that reads keys.

        Keys that come in one go, as over a slow line or from a fast typist, are handed over one by one: the
        word after `/` is meant for the filter that this key opens, and not for the table.
        """
        super().process_message(message)
        if isinstance(message, Key):
            calm = asyncio.run_coroutine_threadsafe(self._become_calm(), self._loop)
            while not self.exit_event.is_set():
                try:
                    calm.result(_GLANCE_S)
                except TimeoutError:
                    continue
                except CancelledError:
                    pass
                return

    async def _become_calm(self) -> None:
        """Return when everything that a key set off has been handled, or after a while."""
        calm_rounds = 0
        until = self._loop.time() + _PATIENCE_S
        while calm_rounds < _CALM_ROUNDS and self._loop.time() < until:
            await asyncio.sleep(0)
            calm_rounds = 0 if self._is_busy() else calm_rounds + 1

    def _is_busy(self) -> bool:
        app = self._app
        if not app.screen_stack:
            return False
        concerned = [app, app.screen] if app.focused is None else [app, app.screen, app.focused]
        return not app.screen.is_mounted or any(node.message_queue_size for node in concerned)

    def close(self) -> None:
        """Stop writing."""
        super().close()
        self._writer_thread = None

    def write(self, data: str) -> None:
        """Write to the terminal while it is ours; what belongs to one frame goes out in one piece.

        Textual ends each frame by putting the cursor in its place: one that does nothing else is left out.
        """
        if self._writer_thread is None:
            return
        if data == _FRAME_BEGIN or self._frame:
            self._frame.append(data)
            if data != _FRAME_END:
                return
            painted = "".join(self._frame[1:-1])
            data = "".join(self._frame)
            self._frame.clear()
        else:
            painted = data
        if painted == self._place:
            return
        self._place = painted[painted.rfind("\x1b") :]
        self.link.handed(len(data.encode("utf-8", "replace")))
        self._writer_thread.write(data)

    def _read_keys(self) -> None:
        """Hand over what is typed, and tell of answers as of the moment at which they came."""
        parser = self._parser = self._parser.afresh()
        decode = getincrementaldecoder("utf-8")("replace").decode
        poll = select.poll()
        poll.register(self.fileno, select.POLLIN)
        while not self.exit_event.is_set():
            before = time.monotonic()
            events = poll.poll(int(_READ_S * 1000))
            now = time.monotonic()
            if events:
                # What is there at once may have come while the keys before it were being handled.
                at = self._read_at if now - before < _AT_ONCE_S else now
                self._read_at = now
                data = os.read(self.fileno, _READ_BYTES)
                if not data:
                    return
                for message in parser.feed(decode(data)):
                    self.process_message(message)
                if parser.take_answer():
                    self._tell_link(self._take_answer, max(at, now - _PATIENCE_S))
                if len(data) > len(ANSWER):
                    self._tell_link(self.link.typed, now)
            for message in parser.tick():
                self.process_message(message)

    def _take_answer(self, at: float) -> None:
        self.link.answered(at)
        if self.on_answer is not None:
            self.on_answer()

    def _on_taken(self, text: str, count: int, waited_s: float) -> None:
        if text != QUESTION:
            self._tell_link(self.link.wrote, count, time.monotonic(), waited_s)

    def _on_stalled(self, waited_s: float) -> None:
        self._tell_link(self.link.stalled, time.monotonic(), waited_s)

    def _tell_link(self, fact: Callable[..., None], *arguments: float) -> None:
        """Hand a fact over to the event loop, where everything is that judges it."""
        with suppress(RuntimeError):  # the loop may have ended before the threads
            self._loop.call_soon_threadsafe(fact, *arguments)

    def _on_ending_signal(self, number: int, _frame: object) -> None:
        """End in order; a second signal of these ends at once.

        A plain handler, because the loop's own would wait for a loop that waits for a stalled terminal.
        """
        code = ENDING_SIGNALS[signal.Signals(number)]
        if self._loop.is_closed():
            sys.exit(code)
        if number == signal.SIGINT and not self._auto_restart:
            return  # it is meant for the program that has the terminal now
        if self._is_ending:
            self._end_at_once(code)
        self._is_ending = True
        self.output.is_hurried = True
        self._loop.call_soon_threadsafe(self._endable.leave, code)

    def _end_at_once(self, code: int) -> None:
        if not self._is_away:
            self.output.discard()
            try:
                if self.attrs_before is not None:
                    termios.tcsetattr(self.fileno, termios.TCSANOW, self.attrs_before)
                os.write(self.output.fileno(), _GIVE_BACK)
            except (OSError, termios.error):
                self.output.is_gone = True
        os._exit(code)

    def _sigtstp_application(self, *_: object) -> None:
        if self._auto_restart:
            self._loop.call_soon_threadsafe(self._suspend)
        else:
            os.kill(os.getpid(), signal.SIGSTOP)

    def _sigcont_application(self, *_: object) -> None:
        if self._auto_restart and not self._is_ending:
            self._loop.call_soon_threadsafe(self._resume)

    def _suspend(self) -> None:
        self.suspend_application_mode()
        self._is_away = True
        os.kill(os.getpid(), signal.SIGSTOP)

    def _resume(self) -> None:
        """Take the terminal again; also after a stop that left no time to give it back."""
        if not self._is_away:
            self.suspend_application_mode()
        self._is_away = False
        self._must_signal_resume = True
        self.resume_application_mode()

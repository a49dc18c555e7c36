"""The terminal: whether the dashboard has what it needs."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from tui.cli.checks.finding import Finding, Status
from tui.ui.multiplexer import ALLOW_PASSTHROUGH, SET_CLIPBOARD, ask_multiplexer
from tui.ui.room import LEAST_COLUMNS, LEAST_LINES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import TextIO

    from tui.ui.multiplexer import Multiplexer

_TRUE_COLOUR = ("truecolor", "24bit")
_TMUX_HINT = f"in ~/.tmux.conf: {ALLOW_PASSTHROUGH}; {SET_CLIPBOARD}"
_SCREEN_HINT = "GNU screen passes long copies on in pieces only; tmux copies more reliably"


def check_terminal() -> Iterator[Finding]:
    """What the terminal can do; nothing is sent to it."""
    terminal = _terminal()
    if terminal is None:
        yield Finding("terminal", Status.OK, "none here: commands work, the dashboard needs one")
    else:
        yield _kind(os.environ)
        yield _size(terminal)
    yield from _multiplexer(os.environ)
    yield from _encoding()


def _terminal() -> int | None:
    """The descriptor of the terminal that we talk to, if there is one."""
    streams: tuple[TextIO | None, ...] = (sys.stdout, sys.stderr, sys.stdin)
    return next((stream.fileno() for stream in streams if stream is not None and stream.isatty()), None)


def _kind(environ: Mapping[str, str]) -> Finding:
    kind = environ.get("TERM", "")
    if kind in ("", "dumb", "unknown"):
        return Finding("terminal", Status.WARNING, f"TERM is {kind!r}", "export TERM=xterm-256color")
    if "NO_COLOR" in environ:
        return Finding("terminal", Status.OK, f"{kind}, no colours because NO_COLOR is set")
    if environ.get("COLORTERM") in _TRUE_COLOUR:
        return Finding("terminal", Status.OK, f"{kind}, 24-bit colours")
    if "256color" in kind:
        hint = "export COLORTERM=truecolor where the terminal can show more"
        return Finding("terminal", Status.OK, f"{kind}, 256 colours", hint)
    hint = "set theme to one that needs no more, such as ansi-16"
    return Finding("terminal", Status.OK, f"{kind}, 16 colours or fewer", hint)


def _size(terminal: int) -> Finding:
    try:
        columns, lines = os.get_terminal_size(terminal)
    except OSError:
        columns = lines = 0
    if not columns or not lines:
        return Finding("size", Status.WARNING, "the terminal doesn't tell its size", "try: stty size")
    told = f"{columns}x{lines}"
    if columns < LEAST_COLUMNS or lines < LEAST_LINES:
        hint = f"make the window larger: {LEAST_COLUMNS}x{LEAST_LINES} at least"
        return Finding("size", Status.WARNING, f"{told} is too small for the dashboard", hint)
    return Finding("size", Status.OK, told)


def _multiplexer(environ: Mapping[str, str]) -> Iterator[Finding]:
    for variable, name, hint in (("TMUX", "tmux", _TMUX_HINT), ("STY", "GNU screen", _SCREEN_HINT)):
        if environ.get(variable):
            yield _passing(ask_multiplexer(environ), name, hint)


def _passing(way: Multiplexer, name: str, hint: str) -> Finding:
    """Whether copies and notifications get through to the terminal."""
    kept = [
        what for what, cure in (("copies", way.keeps_copies), ("notifications", way.keeps_notices)) if cure
    ]
    if kept:
        told = f"inside {name}, which lets no {' and no '.join(kept)} through"
        return Finding("multiplexer", Status.WARNING, told, hint)
    if way.is_asked:
        return Finding("multiplexer", Status.OK, f"inside {name}, which passes copies and notifications on")
    return Finding("multiplexer", Status.OK, f"inside {name}, which has to pass copies on", hint)


def _encoding() -> Iterator[Finding]:
    encoding = (getattr(sys.stdout, "encoding", "") or "").lower()
    if "utf" in encoding:
        yield Finding("encoding", Status.OK, encoding)
    else:
        hint = "use a UTF-8 locale, such as LC_ALL=C.UTF-8, or set ascii = true in [ui]"
        yield Finding("encoding", Status.WARNING, encoding or "none", hint)

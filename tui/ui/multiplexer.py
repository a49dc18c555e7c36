"""tmux and GNU screen between the program and the terminal: what they pass on, and what they keep."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

ALLOW_PASSTHROUGH = "set -g allow-passthrough on"
"""The line of `~/.tmux.conf` that lets sequences for the terminal through."""

SET_CLIPBOARD = "set -g set-clipboard on"
"""The line of `~/.tmux.conf` that lets programs copy by OSC 52."""

_ESC = "\x1b"
_SCREEN_PIECE = 760
"""GNU screen cuts device control strings longer than about 768 bytes."""
_PATIENCE_S = 2.0
_OPTIONS = "#{allow-passthrough} #{set-clipboard}"


class Multiplexer(NamedTuple):
    """What stands between us and the terminal."""

    name: str = ""
    """`tmux`, `screen`, or empty when nothing does."""
    passes: bool = True
    """Whether a sequence in its envelope reaches the terminal."""
    copies: bool = True
    """Whether an OSC 52 without an envelope is taken and handed on."""
    is_asked: bool = False
    """Whether it has told so itself."""

    def wrap(self, sequence: str) -> str:
        """A sequence in the envelope that is passed on to the terminal."""
        if self.name == "tmux":
            return f"{_ESC}Ptmux;{sequence.replace(_ESC, _ESC * 2)}{_ESC}\\"
        if self.name == "screen":
            pieces = (sequence[i : i + _SCREEN_PIECE] for i in range(0, len(sequence), _SCREEN_PIECE))
            return "".join(f"{_ESC}P{piece}{_ESC}\\" for piece in pieces)
        return sequence

    def wrap_copy(self, sequence: str) -> str:
        """An OSC 52 on the way that is open: tmux understands it itself where it may."""
        return sequence if self.name == "tmux" and self.copies else self.wrap(sequence)

    @property
    def keeps_copies(self) -> str:
        """How to change that no copy gets through; empty when one may."""
        return "" if self.passes or self.copies else SET_CLIPBOARD

    @property
    def keeps_notices(self) -> str:
        """How to change that no notification gets through; empty when one may."""
        return "" if self.passes else ALLOW_PASSTHROUGH


def named_multiplexer(environ: Mapping[str, str] = os.environ) -> Multiplexer:
    """What the environment says, at once; of tmux it is assumed that it passes everything on."""
    if environ.get("TMUX"):
        return Multiplexer("tmux", copies=False)
    return Multiplexer("screen", copies=False) if environ.get("STY") else Multiplexer()


def ask_multiplexer(environ: Mapping[str, str] = os.environ) -> Multiplexer:
    """The same with what tmux itself says of its options. It waits for tmux: use a thread."""
    named = named_multiplexer(environ)
    if named.name != "tmux":
        return named
    pane = environ.get("TMUX_PANE", "")
    command = ["tmux", "display-message", "-p", *(["-t", pane] if pane else []), _OPTIONS]
    try:
        done = subprocess.run(  # noqa: S603 - the words are ours
            command,
            capture_output=True,
            text=True,
            timeout=_PATIENCE_S,
            stdin=subprocess.DEVNULL,
            check=True,
            env=dict(environ),
        )
    except (OSError, subprocess.SubprocessError):
        return named
    passthrough, _, clipboard = done.stdout.rstrip("\n").partition(" ")
    # Before 3.3 there was no such option, and everything was passed on.
    return named._replace(
        passes=passthrough in ("", "1", "on", "all", "2"), copies=clipboard in ("on", "2"), is_asked=True
    )

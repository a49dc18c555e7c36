"""Another program that looks for lines in a file; imports next to nothing, for it must start at once."""

from __future__ import annotations

import os

PATTERN = b"--regexp="
"""What begins an argument that is a pattern. It goes by a pipe, for everybody can read arguments."""

_PATTERNS = 3
"""The number of the file that patterns are read from."""

_KILL = 9
_PIPE = 1 << 16
_MOST_DRAINED = 1 << 20
"""Bytes that are taken over before something else gets its turn."""

_FAILED = 2
"""From this exit code on something was wrong; one less means that nothing was found."""


class NoTool(Exception):
    """It can't be started, or the file can't be opened for it."""


class ToolRun:
    """A running ripgrep or grep that writes the offset of each line it finds."""

    def __init__(self, arguments: list[bytes], descriptor: int, path: bytes, start: int) -> None:
        """Start it.

        Args:
            arguments: The program and its arguments.
            descriptor: The open file, whose position must not change.
            path: Where that file may be found.
            start: Where to begin, at the start of a block.

        Raises:
            NoTool: It can't be started.
        """
        self.is_ended = False
        """Whether it told all that it found."""
        self.has_failed = False
        """Whether it broke off."""
        self._start = start
        self._rest = b""
        patterns = _patterns_of(arguments)
        try:
            self._spawn(arguments, patterns, descriptor, path)
        finally:
            os.close(patterns)

    def _spawn(self, arguments: list[bytes], patterns: int, descriptor: int, path: bytes) -> None:
        try:
            self._file = _opened_again(descriptor, path)
        except OSError as error:
            raise NoTool from error
        os.lseek(self._file, self._start, os.SEEK_SET)
        self._output, writing = os.pipe()
        os.set_blocking(self._output, False)
        nowhere = os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC)
        redirected = [
            (os.POSIX_SPAWN_DUP2, self._file, 0),
            (os.POSIX_SPAWN_DUP2, writing, 1),
            (os.POSIX_SPAWN_DUP2, nowhere, 2),
            (os.POSIX_SPAWN_DUP2, patterns, _PATTERNS),
        ]
        words = [word for word in arguments if not word.startswith(PATTERN)]
        words.insert(1, b"--file=/dev/fd/%d" % _PATTERNS)
        try:
            self._process = os.posix_spawn(words[0], words, {b"LC_ALL": b"C"}, file_actions=redirected)
        except OSError as error:
            os.close(self._output)
            os.close(self._file)
            raise NoTool from error
        finally:
            os.close(writing)
            os.close(nowhere)

    def position(self) -> int:
        """How far it has read."""
        return os.lseek(self._file, 0, os.SEEK_CUR)

    def drain(self) -> tuple[list[int], bool]:
        """The offsets that it wrote since, and whether there were no more."""
        found: list[int] = []
        taken = 0
        while taken < _MOST_DRAINED and not self.is_ended and not self.has_failed:
            try:
                piece = os.read(self._output, _PIPE)
            except BlockingIOError:
                return found, True
            if not piece:
                self._end()
                break
            taken += len(piece)
            *lines, self._rest = (self._rest + piece).split(b"\n")
            found += [int(line[: line.index(b":")]) + self._start for line in lines]
        return found, self.is_ended

    def stop(self) -> None:
        """End it, if it hasn't ended, and let go of the file."""
        if not self.is_ended and not self.has_failed:
            os.kill(self._process, _KILL)
            os.waitpid(self._process, 0)
        os.close(self._output)
        os.close(self._file)

    def _end(self) -> None:
        _, status = os.waitpid(self._process, 0)
        code = os.waitstatus_to_exitcode(status)
        self.is_ended = 0 <= code < _FAILED
        self.has_failed = not self.is_ended


def _patterns_of(arguments: list[bytes]) -> int:
    """A file to read the patterns from, one in a line. Raises NoTool when they are too long."""
    patterns = b"".join(word.removeprefix(PATTERN) + b"\n" for word in arguments if word.startswith(PATTERN))
    reading, writing = os.pipe()
    # It may have the very number that the program is to find it by.
    os.set_inheritable(reading, True)  # noqa: FBT003 - of the standard library
    os.set_blocking(writing, False)
    try:
        is_whole = os.write(writing, patterns) == len(patterns)
    except BlockingIOError:
        is_whole = False
    os.close(writing)
    if not is_whole:
        os.close(reading)
        raise NoTool
    return reading


def _opened_again(descriptor: int, path: bytes) -> int:
    """The same file with a position of its own."""
    flags = os.O_RDONLY | os.O_CLOEXEC
    for name in (b"/proc/self/fd/%d" % descriptor, path):
        try:
            opened = os.open(name, flags)
        except OSError:
            continue
        if os.path.sameopenfile(opened, descriptor):
            return opened
        os.close(opened)
    raise FileNotFoundError

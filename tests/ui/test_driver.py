"""Writing to a terminal that is slow, stalled, gone, or speaks no Unicode."""

from __future__ import annotations

import os
import threading
import tty
from collections.abc import Iterator
from contextlib import suppress
from typing import TextIO

import pytest

from tui.ui.driver import ScreenOutput

MUCH = "".join(f"line {number}\n" for number in range(40_000))


class Pair:
    """A terminal and the program's side of it."""

    def __init__(self, encoding: str = "utf-8") -> None:
        self.outer, inner = os.openpty()
        tty.setraw(inner)
        self.file: TextIO = open(inner, "w", encoding=encoding)  # noqa: PTH123, SIM115 - a descriptor; see close
        self.output = ScreenOutput(self.file)

    def hang_up(self) -> None:
        os.close(self.outer)
        self.outer = -1

    def close(self) -> None:
        if self.outer >= 0:
            self.hang_up()
        os.close(self.output.fileno())
        with suppress(OSError):
            self.file.close()


@pytest.fixture
def pair() -> Iterator[Pair]:
    pair = Pair()
    yield pair
    pair.close()


def test_everything_arrives_at_a_slow_terminal(pair: Pair) -> None:
    writer = threading.Thread(target=pair.output.write, args=(MUCH,))
    writer.start()
    received = b""
    while len(received) < len(MUCH):
        received += os.read(pair.outer, 1000)
    writer.join()
    assert received.decode() == MUCH


def test_a_stalled_terminal_is_not_waited_for_when_the_program_ends(pair: Pair) -> None:
    writer = threading.Thread(target=pair.output.write, args=(MUCH,))
    writer.start()
    pair.output.is_hurried = True
    writer.join(30)
    assert not writer.is_alive()
    pair.output.write("\x1b[?1049l")
    os.set_blocking(pair.outer, False)
    received = b""
    with suppress(BlockingIOError):
        while True:
            received += os.read(pair.outer, 1 << 16)
    assert received.endswith(b"\x1b[?1049l"), "what gives the terminal back is lost"


def test_a_terminal_that_is_gone_takes_everything_and_is_known_to_be_gone(pair: Pair) -> None:
    assert pair.output.check()
    pair.hang_up()
    assert not pair.output.check()
    pair.output.write(MUCH)
    pair.output.discard()
    assert pair.output.is_gone


def test_a_terminal_that_goes_while_it_is_stalled_holds_nobody_up(pair: Pair) -> None:
    writer = threading.Thread(target=pair.output.write, args=(MUCH,))
    writer.start()
    os.read(pair.outer, 1)
    pair.hang_up()
    writer.join(30)
    assert not writer.is_alive()
    assert pair.output.is_gone


def test_our_writes_never_wait_and_those_of_others_still_do(pair: Pair) -> None:
    assert not os.get_blocking(pair.output.fileno())
    assert os.get_blocking(pair.file.fileno())


def test_what_the_terminal_cannot_show_takes_one_cell_each() -> None:
    pair = Pair("ascii")
    pair.output.write("a▲b😀\ud800c")
    assert os.read(pair.outer, 100) == b"a?b??c"
    pair.close()

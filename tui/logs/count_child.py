"""A program that counts the line ends of some blocks of an open file; it imports little, to start at once.

Called with: descriptor, first block, end block, bytes of a block, blocks of a piece, pieces to step on.
Writes for each piece that is its own the counts of its blocks as unsigned ints of the machine.
"""

import os
import sys
from array import array

_NICE = 10
"""The screen's own process goes first where cores are few: a key is waited for, a count isn't."""


def main() -> None:
    """Count piece after piece and write what was found."""
    os.nice(_NICE)
    descriptor, first, end, size, piece, step = map(int, sys.argv[1:])
    for start in range(first, end, piece * step):
        counts = array("I")
        for block in range(start, min(start + piece, end)):
            counts.append(os.pread(descriptor, size, block * size).count(b"\n"))
        left = memoryview(counts.tobytes())
        while left:
            left = left[os.write(1, left) :]


if __name__ == "__main__":
    main()

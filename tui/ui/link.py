"""How fast the line to the terminal is, estimated from what it answers and how soon it takes what is written.

Times are seconds on any steady clock and handed in, so that everything here can be replayed.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

SLOW_ROUND_TRIP_S = 0.15
"""A longer round trip makes a slow link: keys are then felt to be late."""

ASK_EVERY_S = 15.0
"""Seconds between two questions while somebody types."""

WIDEST_WINDOW = 64 * 1024
"""Bytes that may be under way unseen on a line of which nothing bad is known."""

_FAST_ROUND_TRIP_S = 0.1
_LATE_S = 0.25
"""By so much a key may be late because of what was sent before it."""
_NARROWEST_WINDOW = 600
_FIRST_WINDOW = 2048
_SMOOTHING = 0.4
_SPAN_S = 5.0
"""Seconds over which bytes and waits are averaged."""
_STALLED_SHARE = 0.3
_FLOWING_SHARE = 0.05
_FIRST_HOLD_S = 20.0
_LONGEST_HOLD_S = 300.0
_CALM_S = 0.5
_UNSEEN_MANY = 16 * 1024
_SAMPLES = 20


class Link:
    """What is known of the line. Facts come in by verbs in the past tense, in the order of their times."""

    def __init__(self) -> None:
        self.round_trip_s: float | None = None
        """Smoothed seconds from a question to its answer; None before the first answer."""
        self.sent = 0
        """Bytes that were handed over for the terminal."""
        self.waiting = 0
        """Pieces that were handed over and that the terminal has not taken whole."""
        self.window = _FIRST_WINDOW
        """Bytes that may be under way at once for the next key to be seen soon."""
        self.is_slow = False
        """Whether the line is slow, with hysteresis; as of the last `judge`."""
        self._arrived = 0
        self._samples: deque[tuple[int, float]] = deque(maxlen=_SAMPLES)
        self._written: deque[tuple[float, int, float]] = deque()
        self._asked: tuple[float, int] | None = None
        self._last_asked_at = float("-inf")
        self.typed_at = float("-inf")
        """When a key came last."""
        self._fast_since: float | None = None
        self._hold_s = _FIRST_HOLD_S

    def handed(self, count: int) -> None:
        """A piece of so many bytes goes to the terminal."""
        self.waiting += 1
        self.sent += count

    def wrote(self, count: int, at: float, waited_s: float = 0.0) -> None:
        """The terminal took a piece.

        Args:
            count: Its bytes.
            at: When it had taken them.
            waited_s: For how long it took nothing meanwhile, as far as not told by `stalled`.
        """
        self.waiting = max(0, self.waiting - 1)
        self._written.append((at, count, waited_s))

    def stalled(self, at: float, waited_s: float) -> None:
        """The terminal has taken nothing for a moment, and still takes nothing."""
        self._written.append((at, 0, waited_s))

    def asked(self, at: float) -> None:
        """A question was handed over behind everything before."""
        self._asked = (at, self.sent)
        self._last_asked_at = at

    def answered(self, at: float) -> None:
        """The answer came; everything that was handed over before the question has arrived."""
        if self._asked is None:
            return
        asked_at, sent = self._asked
        self._asked = None
        sample = max(0.0, at - asked_at)
        self._samples.append((sent - self._arrived, sample))
        self._arrived = sent
        before = self.round_trip_s
        self.round_trip_s = sample if before is None else before + (sample - before) * _SMOOTHING
        self._fit_window()

    def typed(self, at: float) -> None:
        """A key came."""
        self.typed_at = at

    def reopened(self) -> None:
        """The terminal was in other hands: what was asked before is not answered any more."""
        self._asked = None
        self._arrived = self.sent
        self.waiting = 0

    @property
    def does_answer(self) -> bool:
        """Whether the terminal has ever answered."""
        return self.round_trip_s is not None

    @property
    def unseen(self) -> int:
        """Bytes that were handed over and of which no answer says that they arrived; 0 without any answer."""
        return self.sent - self._arrived if self.does_answer else 0

    def wants_question(self, now: float, *, is_paced: bool) -> bool:
        """Whether to ask now: seldom, only while somebody types, never between two keys of one go.

        Args:
            now: The time.
            is_paced: Whether answers decide when more is sent: then each piece is asked behind.
        """
        if self._asked is not None:
            return False
        if self.does_answer and self.unseen >= (1 if is_paced else _UNSEEN_MANY):
            return True
        quiet = now - self.typed_at
        return _CALM_S <= quiet < ASK_EVERY_S <= now - self._last_asked_at

    def bytes_a_second(self, now: float) -> float:
        """What was written of late."""
        self._forget(now)
        return sum(count for _, count, _ in self._written) / _SPAN_S

    def judge(self, now: float) -> bool:
        """Decide anew whether the line is slow; returns whether that changed."""
        was_slow = self.is_slow
        stalled = self._stalled_share(now)
        trip = self._trip(now)
        if trip > SLOW_ROUND_TRIP_S or stalled > _STALLED_SHARE:
            self.is_slow = True
            self._fast_since = None
        elif self.is_slow and trip < _FAST_ROUND_TRIP_S and stalled < _FLOWING_SHARE:
            self._fast_since = now if self._fast_since is None else self._fast_since
            if now - self._fast_since >= self._hold_s:
                self.is_slow, self._fast_since = False, None
                # Each return to slowness shows that the line only looked fast while little was sent.
                self._hold_s = min(_LONGEST_HOLD_S, self._hold_s * 2)
        else:
            self._fast_since = None
        return self.is_slow != was_slow

    def _trip(self, now: float) -> float:
        """The round trip, or for how long an answer has been overdue when that is longer."""
        if self.round_trip_s is None:
            return 0.0
        return max(self.round_trip_s, now - self._asked[0] if self._asked is not None else 0.0)

    def _fit_window(self) -> None:
        """As many bytes as the line takes in the time by which a key may be late."""
        each = _slope(self._samples)
        fitting = int(_LATE_S / each) if each > 0 else self.window * 2
        self.window = max(_NARROWEST_WINDOW, min(WIDEST_WINDOW, fitting))

    def _stalled_share(self, now: float) -> float:
        self._forget(now)
        return min(1.0, sum(waited for _, _, waited in self._written) / _SPAN_S)

    def _forget(self, now: float) -> None:
        while self._written and self._written[0][0] <= now - _SPAN_S:
            self._written.popleft()


def _slope(points: Collection[tuple[int, float]]) -> float:
    """By how much an answer is later for each byte before it; by all of its time, where that is unknown."""
    count = len(points)
    middle = sum(x for x, _ in points) / count
    spread = sum((x - middle) ** 2 for x, _ in points)
    if not spread:
        return max(y for _, y in points) / max(1.0, middle)
    return sum((x - middle) * y for x, y in points) / spread

"""What may be painted when: on a slow link, and while nobody looks, less of what nobody asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

from tui.ui.glyphs import UNICODE
from tui.ui.link import WIDEST_WINDOW

if TYPE_CHECKING:
    from tui.ui.glyphs import GlyphSet
    from tui.ui.link import Link

SlowLink: TypeAlias = Literal["auto", "on", "off"]
"""Whether to treat the line as slow: as it is measured, always, never."""

SLOW_LINK_CHOICES: tuple[SlowLink, ...] = get_args(SlowLink)
"""The choices in the order in which a key goes through them."""

SLOW_ESCAPE_S = 0.4
"""Seconds that a slow line may tear the bytes of one key apart, which begins with those of Esc."""

HELD_S = 0.2
"""Seconds after a key that moved the cursor in which the rows hold still under it, if they may."""

MOST_HELD_S = 1.0
"""But rows are never older than that for the sake of keys that keep coming."""

_QUIET_S = 1.0
_SEEN_S = 3.0
_SLOW_AGES_S = 10.0
_SLOW_COUNTS_S = 5.0
_SLOW_BYTES_A_SECOND = 650
"""What is sent in all may be so much on a slow link before what changes by itself has to wait."""
_BURST = 12_000
"""Bytes that may be sent at once after a rest: a first table, or a page, is worth the wait."""
_LONGEST_PAUSE_S = 20.0
"""However much keys have cost: after so long data are taken again."""
_MOST_WAITING = 4
"""Frames that may wait for the terminal: far fewer than make Textual's loop wait, too."""
_TRIP_STEP_S = 0.002
_TRIP_STEP = 0.15
"""A round trip that is told changes by steps, not at every measurement."""
_SPARE_S = 0.05
"""Timers come a little early or late; a change is not put off by a whole round for that."""


def slow_link_of(word: object) -> SlowLink:
    """The choice that a word of the config makes; any other word leaves it to what is measured."""
    return next((choice for choice in SLOW_LINK_CHOICES if choice == word), "auto")


class Pace:
    """Tells data, ages and counts apart, each with its own least pause. Keys are never held back here."""

    def __init__(self, link: Link) -> None:
        """Follow a link.

        Args:
            link: What is known of the line.
        """
        self.link = link
        self.choice: SlowLink = "auto"
        """What the user wants."""
        self.is_watched = True
        """Whether the terminal has the focus."""
        self._data_at = self._ages_at = self._counts_at = self._moved_at = float("-inf")
        self._told_at = self._painted_at = float("-inf")
        self._spare = float(_BURST)
        self._counted = (0.0, 0)
        self._trip_told: float | None = None
        self._slow_told = ""

    @property
    def is_slow(self) -> bool:
        """Whether the line is treated as slow."""
        return self.choice == "on" or (self.choice == "auto" and self.link.is_slow)

    def is_seen(self, now: float) -> bool:
        """Whether somebody looks: the terminal has the focus, or a key came although it has not."""
        return self.is_watched or now - self.link.typed_at < _SEEN_S

    def turn(self) -> SlowLink:
        """The next choice."""
        index = SLOW_LINK_CHOICES.index(self.choice) + 1
        self.choice = SLOW_LINK_CHOICES[index % len(SLOW_LINK_CHOICES)]
        return self.choice

    def cursor_moved(self, now: float) -> None:
        """A key moved the cursor: while more such keys come, rows move and change less often."""
        self._moved_at = now

    def takes_data(self, now: float) -> bool:
        """Whether what was heard of jobs may be painted now; what may not yet is kept and comes later."""
        if self.is_behind or self._is_held(now, self._data_at):
            return False
        since = now - self._data_at
        if (self.is_slow or not self.is_seen(now)) and since < _QUIET_S - _SPARE_S:
            return False
        if self.is_slow and self._spare_bytes(now) <= 0 and since < _LONGEST_PAUSE_S:
            return False
        self._data_at = now
        return True

    def takes_ages(self, now: float) -> bool:
        """Whether ages and durations may be painted anew."""
        if self.is_behind or (self.is_slow and now - self._ages_at < _SLOW_AGES_S - _SPARE_S):
            return False
        if self._is_held(now, self._ages_at + MOST_HELD_S):
            return False
        self._ages_at = now
        return True

    def takes_counts(self, now: float) -> bool:
        """Whether the numbers above the table may be painted anew."""
        if self.is_slow and now - self._counts_at < _SLOW_COUNTS_S - _SPARE_S:
            return False
        self._counts_at = now
        return True

    def _is_held(self, now: float, since: float) -> bool:
        """Whether rows hold still now, because keys come and it was not long ago that they changed."""
        return now - self._moved_at < HELD_S and now - since < MOST_HELD_S - _SPARE_S

    @property
    def is_behind(self) -> bool:
        """Whether so much is under way that more would make keys wait."""
        link = self.link
        if self.is_slow:
            return link.unseen > 0 or link.waiting > 0
        return link.unseen > WIDEST_WINDOW or link.waiting > _MOST_WAITING

    def painted(self, now: float) -> None:
        """Something is painted."""
        self._painted_at = now

    def room(self, now: float) -> int | None:
        """Bytes that may be sent now without making the next key wait, as far as is known; None for any."""
        link = self.link
        if not self.is_seen(now) and now - self._painted_at < _QUIET_S - _SPARE_S:
            return 0
        if not self.is_slow:
            return None
        return max(0, link.window - link.unseen) if link.does_answer else WIDEST_WINDOW

    def told(self, now: float, *, through: str = "", glyphs: GlyphSet = UNICODE) -> str:
        """The line in a few words: `41 ms`, or more of it while it is treated as slow; empty when unknown.

        Args:
            now: The time.
            through: The terminal multiplexer that answers in the terminal's place, if there is one.
            glyphs: The set of signs.
        """
        if self.is_slow and self._slow_told and now - self._told_at < _SLOW_COUNTS_S - _SPARE_S:
            return self._slow_told
        trip = _span_told(self._steady_trip())
        if trip and through:
            trip = f"{trip} to {through}"
        if not self.is_slow:
            self._slow_told = ""
            return trip
        self._told_at = now
        rate = f"{self.link.bytes_a_second(now) / 1000:.1f} kB/s"
        parts = (f"{glyphs.link} {trip}" if trip else "", rate, "slow link")
        self._slow_told = f" {glyphs.dot} ".join(filter(None, parts))
        return self._slow_told

    def _steady_trip(self) -> float | None:
        """The round trip as it was told before, until it differs by enough to matter."""
        trip, before = self.link.round_trip_s, self._trip_told
        if trip is None or before is None or abs(trip - before) > max(_TRIP_STEP_S, before * _TRIP_STEP):
            self._trip_told = trip
        return self._trip_told

    def _spare_bytes(self, now: float) -> float:
        """Bytes that may be spent on data: so many more each second, and fewer for all that was sent."""
        at, sent = self._counted
        gained = (now - at) * _SLOW_BYTES_A_SECOND - (self.link.sent - sent)
        self._counted = (now, self.link.sent)
        self._spare = max(-_LONGEST_PAUSE_S * _SLOW_BYTES_A_SECOND, min(_BURST, self._spare + gained))
        return self._spare


def _span_told(seconds: float | None) -> str:
    """`41 ms`, `310 ms`, `1.3 s`; empty when unknown."""
    if seconds is None:
        return ""
    if seconds >= 1:
        return f"{seconds:.1f} s"
    milliseconds = seconds * 1000
    return f"{round(milliseconds, -1 if milliseconds >= 100 else 0):.0f} ms"

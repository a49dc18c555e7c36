"""The shapes of times on the wire: none of them has an offset, and they don't agree with each other."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui.simulators.enos.vocabulary import Behaviour

CHINA = timezone(timedelta(hours=8))
"""The zone of the server, unless the simulator is told otherwise."""

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


class Stamps:
    """Writes moments in the server's own time.

    Args:
        behaviour: What the server's version does.
        zone: The server's zone.
        zone_word: What Java calls that zone.
    """

    def __init__(self, behaviour: Behaviour, zone: tzinfo, zone_word: str) -> None:
        self.skew = timedelta()
        """By how much the server's clock is fast."""
        self._behaviour = behaviour
        self._zone = zone
        self._zone_word = zone_word

    def local(self, moment: datetime) -> datetime:
        """A moment in the server's zone, by its clock."""
        return (moment + self.skew).astimezone(self._zone)

    def trigger(self, moment: datetime) -> str:
        """A trigger time, which is always in the server's zone."""
        return _seconds(self.local(moment))

    def life(self, moment: datetime | None) -> str | None:
        """A start or an end, which is in UTC on some servers."""
        if moment is None:
            return None
        is_utc = self._behaviour.starts_in_utc
        return _seconds((moment + self.skew).astimezone(UTC) if is_utc else self.local(moment))

    def fraction(self, moment: datetime) -> str:
        """A time of creation or change, which ends in a tenth of a second."""
        return f"{_seconds(self.local(moment))}.0"

    def date(self, moment: datetime) -> str:
        """A date alone."""
        return self.local(moment).date().isoformat()

    def java(self, moment: datetime) -> str:
        """A moment as Java prints a `Date`."""
        return java_date(self.local(moment), self._zone_word)

    def zone_name(self, moment: datetime) -> str:
        """The server's zone as `getTimeZone` tells it."""
        minutes = int((self.local(moment).utcoffset() or timedelta()).total_seconds() // 60)
        hours, rest = divmod(abs(minutes), 60)
        return f"GMT{'-' if minutes < 0 else '+'}{hours}" + (f":{rest:02d}" if rest else "")

    def millis(self, moment: datetime) -> int:
        """A moment by the server's clock, in epoch milliseconds."""
        return self.true_millis(moment + self.skew)

    def true_millis(self, moment: datetime) -> int:
        """A moment in epoch milliseconds, whatever the server's clock says."""
        return (moment - _EPOCH) // _MILLISECOND

    def moment(self, millis: int) -> datetime:
        """The moment that epoch milliseconds mean to the server.

        Raises:
            OverflowError: When no calendar reaches that far.
        """
        return _EPOCH + timedelta(milliseconds=millis) - self.skew


def java_date(local: datetime, zone_word: str) -> str:
    """A local time as Java prints a `Date`, whatever the locale of this process.

    Args:
        local: The time.
        zone_word: What the zone is called.
    """
    return (
        f"{_DAYS[local.weekday()]} {_MONTHS[local.month - 1]} {local.day:02d} "
        f"{_clock(local)} {zone_word} {local.year:04d}"
    )


def _seconds(local: datetime) -> str:
    return f"{local.year:04d}-{local.month:02d}-{local.day:02d} {_clock(local)}"


def _clock(local: datetime) -> str:
    return f"{local.hour:02d}:{local.minute:02d}:{local.second:02d}"

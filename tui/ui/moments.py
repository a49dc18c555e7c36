"""Points in time as the screen tells them."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo

_LOCAL_NAMES = ("", "local")


def display_zone(name: str) -> tzinfo:
    """The zone in which times are shown; an unknown name is the machine's own zone.

    Args:
        name: `local` or an IANA name.
    """
    if name not in _LOCAL_NAMES:
        from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError):
            pass
    return datetime.now().astimezone().tzinfo or UTC


def clock_time(moment: datetime, now: datetime, zone: tzinfo) -> str:
    """A time as short as it is clear: today only the clock, this year without the year.

    Args:
        moment: What to tell, aware.
        now: What counts as today.
        zone: In which zone to tell it.
    """
    local, today = moment.astimezone(zone), now.astimezone(zone)
    if local.date() == today.date():
        return f"{local:%H:%M:%S}"
    if local.year == today.year:
        return f"{local:%b %d %H:%M}"
    return f"{local:%Y-%m-%d %H:%M}"

"""How the server writes moments: in UTC, with microseconds where there are any."""

from __future__ import annotations

from datetime import UTC, datetime


def written(moment: datetime | None) -> str | None:
    """A moment in JSON.

    Args:
        moment: When; None stays None.
    """
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z") if moment is not None else None

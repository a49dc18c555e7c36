"""What a connection has cost so far."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Traffic:
    """The counters of one connection at one moment."""

    requests: int = 0
    """Requests that were sent, logins and repeated ones among them."""
    bytes_sent: int = 0
    """Bytes of bodies that were sent."""
    bytes_received: int = 0
    """Bytes of bodies that came back, as they were on the wire."""
    retries: int = 0
    """Reads that were sent again after a failure."""
    logins: int = 0
    """Logins and refreshes of a login."""
    round_trip_s: float | None = None
    """Seconds from sending the newest answered request to the head of its answer."""


class TrafficMeter:
    """Counts while requests are sent."""

    def __init__(self) -> None:
        self.requests = 0
        self.bytes_sent = 0
        self.bytes_received = 0
        self.retries = 0
        self.logins = 0
        self.round_trip_s: float | None = None

    def snapshot(self) -> Traffic:
        """The counters now."""
        return Traffic(
            requests=self.requests,
            bytes_sent=self.bytes_sent,
            bytes_received=self.bytes_received,
            retries=self.retries,
            logins=self.logins,
            round_trip_s=self.round_trip_s,
        )

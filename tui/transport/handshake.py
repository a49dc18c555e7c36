"""What was agreed in the TLS handshake that an answer came over."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tui.core.line import Handshake
from tui.transport.origins import host_label

if TYPE_CHECKING:
    import httpx

    from tui.core.line import Line

_STREAM = "network_stream"
_TLS = "ssl_object"
_END = "notAfter"


def note_line(line: Line, url: httpx.URL, response: httpx.Response) -> None:
    """Note once for each server how it is spoken to; nothing where that is no TLS, or no network at all."""
    host = host_label(url)
    if url.scheme != "https" or line.knows(host):
        return
    stream = response.extensions.get(_STREAM)
    tls = stream.get_extra_info(_TLS) if stream is not None else None
    if isinstance(tls, ssl.SSLObject | ssl.SSLSocket):
        line.note(host, Handshake(tls.version() or "", _end_of(tls)))


def _end_of(tls: ssl.SSLObject | ssl.SSLSocket) -> datetime | None:
    # Python reads the certificate only where it was verified.
    end = (tls.getpeercert() or {}).get(_END)
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(end), UTC) if isinstance(end, str) else None

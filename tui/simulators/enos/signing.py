"""The two digests that callers make: one to get a token, one to sign each call."""

from __future__ import annotations

import hashlib
from urllib.parse import parse_qsl


def encryption(app_key: str, timestamp: str, secret: str) -> str:
    """The `encryption` of a request for a token.

    Args:
        app_key: The application's access key.
        timestamp: Epoch milliseconds, as text.
        secret: The application's secret.
    """
    return _sha256(app_key.encode(), timestamp.encode(), secret.encode())


def signature(token: str, query: str, body: bytes, timestamp: str, secret: str) -> str:
    """The `apim-signature` of a call.

    Args:
        token: The access token.
        query: The raw query of the URL; its decoded parameters are signed, by name in the order of ASCII.
        body: The body, byte for byte as it was sent.
        timestamp: Epoch milliseconds, as text.
        secret: The application's secret.
    """
    pairs = sorted(parse_qsl(query, keep_blank_values=True), key=lambda pair: pair[0].encode())
    parameters = "".join(name + value for name, value in pairs)
    return _sha256(token.encode(), parameters.encode(), body, timestamp.encode(), secret.encode())


def _sha256(*parts: bytes) -> str:
    return hashlib.sha256(b"".join(parts)).hexdigest()

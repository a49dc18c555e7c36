"""Keeping the libraries below from logging what they carry: httpx tells whole addresses, httpcore headers."""

from __future__ import annotations

import logging

_TALKERS = (
    "httpx",
    *(f"httpcore.{part}" for part in ("connection", "http11", "http2", "proxy", "socks")),
)


def _is_grave(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.WARNING


def silence_libraries() -> None:
    """Let through only warnings. A filter, because somebody may set the loggers' levels after us."""
    for name in _TALKERS:
        logger = logging.getLogger(name)
        if _is_grave not in logger.filters:
            logger.addFilter(_is_grave)

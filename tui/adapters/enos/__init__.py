"""Envision EnOS: the Batch Processing Service, version 2.1, behind its API gateway."""

from __future__ import annotations

from tui.adapters.enos.adapter import EnosAdapter

ADAPTER = EnosAdapter

__all__ = ["ADAPTER", "EnosAdapter"]

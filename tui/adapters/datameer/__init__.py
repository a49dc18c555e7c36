"""Datameer X, versions 2 to 11, over both families of its REST API."""

from __future__ import annotations

from tui.adapters.datameer.adapter import DatameerAdapter

ADAPTER = DatameerAdapter

__all__ = ["ADAPTER", "DatameerAdapter"]

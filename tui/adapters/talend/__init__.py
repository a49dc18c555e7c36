"""Talend Administration Center (TAC) over its MetaServlet."""

from __future__ import annotations

from tui.adapters.talend.adapter import TalendAdapter

ADAPTER = TalendAdapter

__all__ = ["ADAPTER", "TalendAdapter"]

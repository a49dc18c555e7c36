"""The ETLs of BMC Helix Continuous Optimization, over its backend API."""

from __future__ import annotations

from tui.adapters.bmc.adapter import BmcAdapter

ADAPTER = BmcAdapter

__all__ = ["ADAPTER", "BmcAdapter"]

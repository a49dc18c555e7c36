"""Informatica Intelligent Data Management Cloud (IDMC, formerly IICS) over its REST APIs."""

from __future__ import annotations

from tui.adapters.informatica.adapter import InformaticaAdapter

ADAPTER = InformaticaAdapter

__all__ = ["ADAPTER", "InformaticaAdapter"]

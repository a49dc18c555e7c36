"""Apache Airflow 3.0 and newer, over its stable REST API (`/api/v2`)."""

from __future__ import annotations

from tui.adapters.airflow.adapter import AirflowAdapter

ADAPTER = AirflowAdapter

__all__ = ["ADAPTER", "AirflowAdapter"]

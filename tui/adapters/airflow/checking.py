"""Asking an Airflow whether it can be used, and what ails it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from tui.adapters.airflow.api import HEALTH, IMPORT_ERRORS, VERSION
from tui.core.errors import Forbidden, NotFound
from tui.core.models import Check

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tui.adapters.airflow.api import AirflowApi

_HEALTHY = "healthy"
_PARTS: Mapping[str, str] = {
    "metadatabase": "the database of Airflow is not healthy",
    "scheduler": "the scheduler is not healthy: no run begins",
    "dag_processor": "the DAG processor is not healthy: changes of DAG files are not seen",
    "triggerer": "the triggerer is not healthy: deferred tasks don't go on",
}
"""The parts that tell how they are, and what it means when they are not well."""


async def check(api: AirflowApi, identity: str, *, is_readable: bool) -> Check:
    """Ask for what proves that the account may look, and for what Airflow says of itself.

    Args:
        api: Asks Airflow.
        identity: Who we are.
        is_readable: Whether others can read what is sent to the server.
    """
    # The health and the version are told to everybody: only the list proves that we may look.
    await api.dags(0, limit=1)
    health, version, broken = await asyncio.gather(api.fixed(HEALTH), api.fixed(VERSION), _broken_files(api))
    notes = list(_ailing(health))
    if broken:
        files = "1 DAG file" if broken == 1 else f"{broken} DAG files"
        notes.append(f"{files} can't be imported: see Import Errors in Airflow's pages")
    if is_readable:
        notes.append("the password and the token go over the network unencrypted: use https")
    told = version.get("version")
    return Check(identity, version=told[:20] if isinstance(told, str) else "", notes=tuple(notes))


async def _broken_files(api: AirflowApi) -> int:
    try:
        told = (await api.record(IMPORT_ERRORS, params={"limit": 1})).get("total_entries")
    except (Forbidden, NotFound):
        return 0
    return told if isinstance(told, int) else 0


def _ailing(health: Mapping[str, Any]) -> Iterator[str]:
    for name, words in _PARTS.items():
        part = health.get(name)
        status = part.get("status") if isinstance(part, dict) else None
        # A part that isn't run, such as the triggerer, has no status.
        if isinstance(status, str) and status != _HEALTHY:
            yield words

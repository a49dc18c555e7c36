"""How the demo's connections log in to the made-up systems: what a config file would say of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def _talend(host: str, _simulator: Any) -> Mapping[str, Any]:
    from tui.simulators.talend import PASSWORD, USER, WEBAPP

    return {"url": host + WEBAPP, "username": USER, "password": PASSWORD}


def _informatica(host: str, simulator: Any) -> Mapping[str, Any]:
    from tui.simulators.informatica import PASSWORD, USER

    # No call lists code tasks: whoever wants to see them writes their ids down.
    return {"login_url": host, "username": USER, "password": PASSWORD, "code_tasks": simulator.code_tasks}


def _enos(host: str, _simulator: Any) -> Mapping[str, Any]:
    from tui.simulators.enos import APP_KEY, APP_SECRET, ORG_ID, USER_ID

    return {
        "url": host,
        "app_key": APP_KEY,
        "app_secret": APP_SECRET,
        "org_id": ORG_ID,
        "user_id": USER_ID,
    }


def _bmc(host: str, _simulator: Any) -> Mapping[str, Any]:
    from tui.simulators.bmc import ACCESS_KEY, ACCESS_SECRET_KEY, TENANT

    return {
        "url": host,
        "access_key": ACCESS_KEY,
        "access_secret_key": ACCESS_SECRET_KEY,
        "tenant_id": TENANT,
    }


def _datameer(host: str, _simulator: Any) -> Mapping[str, Any]:
    from tui.simulators.datameer import PASSWORD, USER

    return {"url": host, "username": USER, "password": PASSWORD, "timezone": "UTC"}


def _airflow(host: str, _simulator: Any) -> Mapping[str, Any]:
    from tui.simulators.airflow import PASSWORD, USER

    return {"url": host, "username": USER, "password": PASSWORD}


def _slurm(host: str, _simulator: Any) -> Mapping[str, Any]:
    from tui.simulators.slurm import TOKEN, USER

    return {"url": host, "username": USER, "token": TOKEN}


CREDENTIALS: Mapping[str, Callable[[str, Any], Mapping[str, Any]]] = {
    "talend": _talend,
    "informatica": _informatica,
    "enos": _enos,
    "bmc": _bmc,
    "datameer": _datameer,
    "airflow": _airflow,
    "slurm": _slurm,
}
"""By the adapter's type: from the system's address and the system itself to the keys of its connection."""

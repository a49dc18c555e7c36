"""The request that an action would send, for people who are to confirm it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tui.adapters.informatica.assets import Family
from tui.adapters.informatica.classic import job_body
from tui.adapters.informatica.codetasks import start_body
from tui.adapters.informatica.endpoints import (
    RESUME_FLOW,
    START_CODE,
    START_FLOW,
    START_JOB,
    STOP_JOB,
    TERMINATE_FLOW,
    Base,
    Endpoint,
)
from tui.core.models import ActionKind

if TYPE_CHECKING:
    from tui.adapters.informatica.api import InformaticaApi
    from tui.adapters.informatica.assets import Asset
    from tui.adapters.informatica.settings import CancelCall
    from tui.core.models import Action

_NEWEST = "<newest run>"


def shown_request(api: InformaticaApi, asset: Asset, action: Action, *, cancel: CancelCall | None) -> str:
    """Method, address and body of the request.

    Args:
        api: Knows the addresses.
        asset: What the action is about.
        action: What is to be done.
        cancel: How code tasks are cancelled.
    """
    if action.kind is ActionKind.STOP:
        return _stop(api, asset, action, cancel)
    if asset.family is Family.FLOW:
        if action.kind is ActionKind.RERUN and action.is_failed_only:
            path = RESUME_FLOW.path.replace("{run}", _run(action))
            return f"PUT {api.shown(Endpoint(Base.POD, path))}"
        return _line(api, "POST", START_FLOW.of(name=asset.call_name), dict(action.params))
    if asset.family is Family.CODE:
        return _line(api, "POST", START_CODE, start_body(asset))
    runtime = {"runtime": dict(action.params)} if action.params else {}
    return _line(api, "POST", START_JOB, {**job_body(asset), **runtime})


def _stop(api: InformaticaApi, asset: Asset, action: Action, cancel: CancelCall | None) -> str:
    if asset.family is Family.FLOW:
        return _line(api, "PUT", TERMINATE_FLOW, {"runid": [_run(action)]})
    if asset.family is Family.CODE:
        if cancel is None:
            return "nothing: no address that cancels it is configured"
        path = cancel.path.replace("{job_id}", _run(action))
        return f"{cancel.method} {api.shown(Endpoint(Base.POD, path))}"
    query = "" if action.is_forced else " (cleanStop=true)"
    return _line(api, "POST", Endpoint(Base.SERVER, STOP_JOB.path + query), job_body(asset))


def _run(action: Action) -> str:
    return (action.run.run_id if action.run is not None else "") or _NEWEST


def _line(api: InformaticaApi, method: str, endpoint: Endpoint, body: dict[str, Any]) -> str:
    return f"{method} {api.shown(endpoint)} {json.dumps(body, ensure_ascii=False)}"

"""The request that an action would send, for people who are to confirm it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tui.adapters.airflow.actions import STOP_BODY, clear_body, hold_body
from tui.adapters.airflow.api import dag_path, run_path, trigger_body
from tui.core.keys import RunKey
from tui.core.models import ActionKind

if TYPE_CHECKING:
    from tui.core.models import Action

_NEW_RUN = "<new id>"
_NEWEST = "newest"


def shown_request(address: str, action: Action) -> str:
    """Method, address and body of the request.

    Args:
        address: The server's address.
        action: What is to be done. Its parameters are shown as they were filled in.
    """
    job = action.job
    run = action.run or RunKey(*job, _NEWEST)
    match action.kind:
        case ActionKind.TRIGGER:
            return _line("POST", address, f"{dag_path(job)}/dagRuns", trigger_body(_NEW_RUN, action.params))
        case ActionKind.STOP:
            return _line("PATCH", address, run_path(run), dict(STOP_BODY))
        case ActionKind.RERUN:
            body = clear_body(is_failed_only=action.is_failed_only)
            return _line("POST", address, f"{run_path(run)}/clear", body)
        case _:
            body = hold_body(is_held=action.kind is ActionKind.HOLD)
            return _line("PATCH", address, dag_path(job), body)


def _line(method: str, address: str, path: str, body: dict[str, Any]) -> str:
    return f"{method} {address}/{path} {json.dumps(body, ensure_ascii=False)}"

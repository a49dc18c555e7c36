"""Runs that we name ourselves, where a system takes their ids: which one a request makes, and made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.core.capabilities import CanRerun, TakesRunIds
from tui.core.models import ActionKind
from tui.core.redaction import MASK
from tui.engine.secrecy import mask_params

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tui.core.adapter import Adapter
    from tui.core.models import Action
    from tui.core.redaction import Redactor
    from tui.engine.journal import JournalEntry


def name_run(
    adapter: Adapter, action: Action, request_id: str, doubtful: Iterable[JournalEntry], redactor: Redactor
) -> str:
    """The id of the run that a request is to make; empty where the system gives it.

    A start that is repeated because nobody knows whether it happened has the id that it had before: then the
    system itself makes sure that at most one run comes of both.

    Args:
        adapter: The system's.
        action: What is asked for.
        request_id: The request.
        doubtful: The `sent` entries of starts of the same job with an unknown outcome, oldest first.
        redactor: Masks the parameters as the journal does.
    """
    is_trigger = action.kind is ActionKind.TRIGGER
    is_start = is_trigger or (action.kind is ActionKind.RERUN and not isinstance(adapter, CanRerun))
    if not is_start or not isinstance(adapter, TakesRunIds):
        return ""
    params = mask_params(action.params, redactor)
    # What is masked may be something else each time.
    is_comparable = is_trigger and MASK not in params.values()
    for entry in reversed(list(doubtful)):
        if is_comparable and entry.action == action.kind and entry.run_id and entry.params == params:
            return entry.run_id
    return adapter.run_id_for(request_id)


def run_named_in(entry: JournalEntry) -> str:
    """The id that we gave the run, by the `sent` entry of its request; empty where we gave none.

    A trigger knows of no other run when it is sent. A rerun has that of the run that is repeated, unless it
    is a trigger in truth: then the request's own id is in it.
    """
    if entry.action == ActionKind.TRIGGER:
        return entry.run_id
    is_ours = entry.action == ActionKind.RERUN and entry.request_id.casefold() in entry.run_id.casefold()
    return entry.run_id if is_ours else ""

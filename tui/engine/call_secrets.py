"""Which secrets a call holds, and the shell variables that stand for them where it is shown."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from tui.core.errors import NightdeckError
from tui.core.redaction import MASK
from tui.core.rehearsal import RehearsedRequest, RehearsedStart
from tui.core.settings import SecretRef

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tui.core.adapter import Adapter
    from tui.core.rehearsal import RehearsedCall

_NO_NAME = re.compile(r"[^A-Za-z0-9]+")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_PARAM = "param"


def variable_of(*words: str) -> str:
    """A shell variable named after something: `talend-prod`, `password` gives `TALEND_PROD_PASSWORD`."""
    name = _NO_NAME.sub("_", _HUMP.sub("_", "_".join(words))).strip("_").upper()
    return name if name and not name[0].isdigit() else f"ND_{name}".rstrip("_")


def secrets_of(
    call: RehearsedCall, adapter: Adapter, params: Mapping[str, str], mask: Callable[[str], str]
) -> dict[str, str]:
    """The values that must not be shown, with the names of the variables that stand for them.

    Args:
        call: What would be sent.
        adapter: Whose call it is: its settings tell where its secrets are kept.
        params: The action's; those whose names look secret are secrets.
        mask: Masks what looks like a secret.
    """
    found: dict[str, str] = {}
    taken: set[str] = set()
    for value, name in _every(call, adapter, params, mask):
        if not value or value in found:
            continue
        free = name
        number = 2
        while free in taken:
            free, number = f"{name}_{number}", number + 1
        taken.add(free)
        found[value] = free
    return found


def _every(
    call: RehearsedCall, adapter: Adapter, params: Mapping[str, str], mask: Callable[[str], str]
) -> Iterator[tuple[str, str]]:
    yield from _configured(adapter)
    if isinstance(call, RehearsedRequest):
        for word, value in call.secrets.items():
            yield value, variable_of(adapter.connection, word)
        yield from _members(_json_of(call.content), mask)
    elif isinstance(call, RehearsedStart):
        for name, value in call.variables.items():
            if name in call.secret_names or _is_secret(name, mask):
                yield value, variable_of(name)
    for name, value in params.items():
        if _is_secret(name, mask):
            yield value, variable_of(_PARAM, name)


def _configured(adapter: Adapter) -> Iterator[tuple[str, str]]:
    """What the connection's table keeps elsewhere; a variable of the environment keeps its name."""
    settings = adapter.settings
    for key in type(settings).model_fields:
        reference = getattr(settings, key)
        if isinstance(reference, SecretRef):
            try:
                value = adapter.context.resolve(reference)
            except NightdeckError:
                continue
            name = reference.env or variable_of(adapter.connection, key)
            yield value, name
            yield value.strip(), name
    if settings.proxy:
        user = settings.proxy.partition("://")[2].rpartition("@")[0]
        yield user.partition(":")[2], variable_of(adapter.connection, "proxy_password")


def _members(value: Any, mask: Callable[[str], str]) -> Iterator[tuple[str, str]]:
    """Members of a body whose names look secret, also where name and value are members themselves."""
    if isinstance(value, list):
        for each in value:
            yield from _members(each, mask)
    if not isinstance(value, dict):
        return
    named = {value["name"]: value.get("value")} if isinstance(value.get("name"), str) else {}
    for name, member in (*value.items(), *named.items()):
        if isinstance(member, str) and _is_secret(name, mask):
            yield member, variable_of(_PARAM, name)
        else:
            yield from _members(member, mask)


def _is_secret(name: str, mask: Callable[[str], str]) -> bool:
    return MASK in mask(f"{name}=x")


def _json_of(content: bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None

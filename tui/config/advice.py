"""What `doctor` advises about secrets: those that are written out, and files that others can read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tui.config.exposure import dangers, exposure, pasted
from tui.config.masking import kept_in, model_at, secrets_in
from tui.config.problems import Problem, problem_at
from tui.config.schema import NotificationsSection
from tui.config.secrets import secret_file
from tui.core.settings import SecretRef

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from pydantic import BaseModel

    from tui.config.document import Document
    from tui.config.load import Loaded
    from tui.config.scanner import KeyPath


def secret_advice(loaded: Loaded, models: Mapping[str, type[BaseModel]]) -> tuple[Problem, ...]:
    """Warnings about secrets that are written out, and about files that others can read.

    Args:
        loaded: The config.
        models: For each connection whose adapter is known, the model of its table.
    """
    document = loaded.document
    problems: list[Problem] = []
    is_any_literal = False
    for prefix, table, model in _tables(loaded, models):
        for path, text in secrets_in(table, model):
            where: KeyPath = (*prefix, *path)
            kept = kept_in(path, model)
            if kept == "file":
                file = secret_file(text, document.path.parent)
                problems += _unsafe(document, where, file, f"the secret's file {text}")
            elif not kept and _is_meant(path, model):
                is_any_literal = True
                problems.append(
                    problem_at(
                        document,
                        where,
                        f"{document.place_of(where)[1]} is written out in the config file",
                        hint='keep it elsewhere: { env = "…" } or { command = ["pass", "show", "…"] }',
                        is_warning=True,
                    )
                )
    for name, table in loaded.config.connections.items():
        problems += _unsafe_key(document, ("connections", name), table)
        if _has_password(table.get("proxy")):
            is_any_literal = True
            problems.append(
                problem_at(
                    document,
                    ("connections", name, "proxy"),
                    "the login of the proxy is written out in the config file",
                    hint='give it as proxy_username = "…" and proxy_password = { env = "…" }',
                    is_warning=True,
                )
            )
    return (*problems, *_unsafe_config(loaded, is_any_literal=is_any_literal))


def _tables(
    loaded: Loaded, models: Mapping[str, type[BaseModel]]
) -> Iterator[tuple[KeyPath, Any, type[BaseModel] | None]]:
    """The tables that may have secrets, with where they are and what their keys are."""
    for name, table in loaded.config.connections.items():
        yield ("connections", name), table, models.get(name)
    yield ("notifications",), loaded.document.value_at(("notifications",)), NotificationsSection


def _is_meant(path: KeyPath, model: type[BaseModel] | None) -> bool:
    """Whether a name that sounds secret is one: a plain setting is none, such as `auth = "basic"`."""
    is_plain_setting = model is not None and len(path) == 1 and path[0] in model.model_fields
    return not is_plain_setting or model_at(model, path[:1]) is SecretRef


def _unsafe(document: Document, where: KeyPath, file: Path, what: str) -> Iterator[Problem]:
    """What others could do to a file that the config names."""
    if exposed := exposure(file):
        hint = f"chmod 600 {pasted(file)}"
        yield problem_at(document, where, f"{what}: {exposed}", hint=hint, is_warning=True)
    for danger in dangers(file):
        yield problem_at(document, where, f"{what}: {danger.told}", hint=danger.cure, is_warning=True)


def _unsafe_key(document: Document, prefix: KeyPath, table: Mapping[str, Any]) -> Iterator[Problem]:
    """The file with the private key of a client certificate, when others can get at it."""
    key = "client_key" if table.get("client_key") else "client_cert"
    name = table.get(key)
    if not isinstance(name, str):
        return
    file = secret_file(name, document.path.parent)
    yield from _unsafe(document, (*prefix, key), file, f"the private key in {name}")


def _has_password(proxy: Any) -> bool:
    login, at, _ = str(proxy).partition("://")[2].rpartition("@")
    return bool(at) and ":" in login


def _unsafe_config(loaded: Loaded, *, is_any_literal: bool) -> Iterator[Problem]:
    """What others could do to the config file: whoever writes it has commands run in the user's name."""
    path = loaded.document.path
    if is_any_literal and (exposed := exposure(path)):
        told = f"the file has secrets in it and {exposed}"
        yield Problem(path, told, hint=f"chmod 600 {pasted(path)}", is_warning=True)
    if not loaded.is_embedded_default:
        for danger in dangers(path):
            yield Problem(path, danger.told, hint=danger.cure, is_warning=True)

"""The targets of notifications: whether each can be used. Nothing is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.cli.checks.finding import Finding, Status
from tui.config.secrets import SecretSource
from tui.core.errors import ConfigError
from tui.core.redaction import Redactor
from tui.engine.telling import examine_target, without_address

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tui.config.load import Loaded


def check_targets(loaded: Loaded) -> Iterator[Finding]:
    """A finding for each target; a token in it is never shown."""
    redactor = Redactor()
    source = SecretSource(redactor, loaded.document.path.parent)
    for number, ref in enumerate(loaded.config.notifications.targets, start=1):
        url, name = "", f"target {number} of [notifications]"
        try:
            url = source.resolve(ref)
            kind = examine_target(url)
        except ConfigError as error:
            told = redactor.mask(without_address(error.message, url))
            yield Finding("targets", Status.FAILED, f"{name} can't be told: {told}", error.hint)
        else:
            yield Finding("targets", Status.OK, f"{name}: {kind}, not tried out")

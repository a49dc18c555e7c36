"""One connection's table: what is needed of it at once, and the full check by its adapter's model."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from tui.config.masking import secret_texts
from tui.config.problems import problem_at
from tui.config.secrets import secret_file
from tui.config.validation import settings_problems
from tui.core.errors import ConfigError
from tui.core.settings import FILE_KEYS, SecretRef

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tui.config.document import Document
    from tui.config.problems import Problem
    from tui.config.scanner import KeyPath
    from tui.config.secrets import SecretSource
    from tui.core.redaction import Redactor
    from tui.core.settings import ConnectionSettings

ENVIRONMENTS = frozenset({"prod", "stage", "dev"})
"""The environments that mean something; a wrong one is refused when the connection opens."""


@dataclass(frozen=True, slots=True)
class ConnectionTable:
    """A connection's table in a document, before its adapter has seen it."""

    document: Document
    """The file."""
    name: str
    """The connection's name."""
    raw: Mapping[str, Any]
    """The table as TOML gave it."""

    @property
    def adapter_type(self) -> str:
        """Its adapter type; empty when the table has none."""
        value = self.raw.get("type")
        return value if isinstance(value, str) else ""

    @property
    def environment(self) -> str:
        """`prod`, `stage`, `dev` or empty; a value that nobody understands counts as production."""
        value = self.raw.get("environment")
        if value in (None, ""):
            return ""
        return value if isinstance(value, str) and value in ENVIRONMENTS else "prod"

    @property
    def is_read_only(self) -> bool:
        """Whether its actions are refused; a value that nobody understands refuses them, too."""
        return self.raw.get("read_only", False) is not False

    @property
    def is_insecure(self) -> bool:
        """Whether TLS verification is switched off."""
        return self.raw.get("verify") in (False, 0)

    @property
    def refresh_s(self) -> float | None:
        """Seconds between two sweeps; None leaves it to the adapter."""
        return self._seconds("refresh")

    @property
    def fresh_s(self) -> float | None:
        """Seconds after which a row is read again before it is acted on; None suits it to the refreshes."""
        return self._seconds("fresh")

    def _seconds(self, key: str) -> float | None:
        value = self.raw.get(key)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
        return float(value) if math.isfinite(value) and value > 0 else None

    @property
    def path(self) -> KeyPath:
        """Where the table is in the file."""
        return ("connections", self.name)

    def problem(self, key: str, message: str, *, nearest: str = "", hint: str = "") -> Problem:
        """A problem with one of its keys."""
        return problem_at(self.document, (*self.path, key), message, nearest=nearest, hint=hint)

    def problems(self, model: type[ConnectionSettings]) -> tuple[Problem, ...]:
        """Everything that the model refuses."""
        try:
            model.model_validate(dict(self.raw))
        except ValidationError as error:
            return settings_problems(self.document, self.path, model, error)
        return ()

    def settings(self, model: type[ConnectionSettings], redactor: Redactor) -> ConnectionSettings:
        """The table as the adapter's settings; literal secrets in it are masked from now on.

        Raises:
            ConfigError: The model refuses it; the message tells the first problem, and how many there are.
        """
        for text in secret_texts(self.raw, model):
            redactor.add(text)
        found = self.problems(model)
        if not found:
            return self._with_places(model.model_validate(dict(self.raw)))
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        raise ConfigError(f"{found[0]}{more}", hint=found[0].hint)

    def _with_places(self, settings: ConnectionSettings) -> ConnectionSettings:
        """The settings with relative names of files as they are seen from the config file's folder."""
        folder = self.document.path.parent
        named = {key: getattr(settings, key) for key in FILE_KEYS}
        files = {key: name for key, name in named.items() if isinstance(name, str) and name}
        placed = {key: str(secret_file(name, folder)) for key, name in files.items()}
        return settings.model_copy(update=placed) if placed else settings

    def fetch_secrets(self, settings: ConnectionSettings, source: SecretSource) -> dict[SecretRef, str]:
        """The secrets of the table's own keys; those of deeper tables are fetched when they are needed.

        Raises:
            ConfigError: One isn't there; the message tells which key asks for it.
        """
        secrets = {}
        for key in type(settings).model_fields:
            reference = getattr(settings, key)
            if isinstance(reference, SecretRef):
                try:
                    secrets[reference] = source.resolve(reference)
                except ConfigError as error:
                    message = f"{key} is not available: {error.message}"
                    raise self.problem(key, message, hint=error.hint).as_error() from None
        return secrets

"""What the config says of an EnOS connection."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, field_validator

from tui.core.duration import parse_duration
from tui.core.settings import ConnectionSettings, SecretRef

_SHORTEST_WINDOW_S = 60.0
_LONGEST_WINDOW_S = 366 * 86_400.0


class EnosSettings(ConnectionSettings):
    """The table of a connection to the Batch Processing Service of an EnOS."""

    url: str
    """Address of the API gateway, such as `https://ag-eu2.envisioniot.com`; the console's Help > Environment
    Information tells it."""
    app_key: Annotated[str, Field(min_length=1)]
    """Access key of an application that may use the Batch Processing Service."""
    app_secret: SecretRef
    """The application's secret key. It signs every request and is never sent."""
    org_id: Annotated[str, Field(min_length=1)]
    """Id of the organization, such as `o15000000000001`: IAM > Organization Profile."""
    user_id: Annotated[str, Field(min_length=1)]
    """Id of the user to act as, such as `u15000000000001`; an owner of the flows that are to be run."""
    window: str = "24h"
    """How far back executions are looked for: `90m`, `24h`, `7d`. Older ones are only remembered."""

    @field_validator("app_key", "org_id", "user_id")
    @classmethod
    def _without_blanks(cls, value: str) -> str:
        return value.strip()

    @field_validator("window")
    @classmethod
    def _is_span(cls, value: str) -> str:
        if not _SHORTEST_WINDOW_S <= parse_duration(value) <= _LONGEST_WINDOW_S:
            raise ValueError(f"{value!r} is no span between 1m and 366d")
        return value

    @property
    def window_s(self) -> float:
        """The window in seconds."""
        return parse_duration(self.window)

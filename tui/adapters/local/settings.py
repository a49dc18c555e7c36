"""What a local connection's table in the config file may say."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from tui.core.command_job import CommandJob, ensure_distinct_ids
from tui.core.settings import ConnectionSettings


class LocalSettings(ConnectionSettings):
    """The keys of a `type = "local"` connection: commands on this machine."""

    type: Literal["local"]
    """Commands on this machine, run as you."""
    job: tuple[CommandJob, ...] = ()
    """The jobs, each a `[[connections.NAME.job]]` table."""

    @model_validator(mode="after")
    def _distinct_ids(self) -> LocalSettings:
        ensure_distinct_ids(self.job)
        return self

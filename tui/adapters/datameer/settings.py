"""What the config says of a Datameer connection."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from tui.adapters.datameer.identity import Kind
from tui.core.settings import ConnectionSettings, SecretRef


class DatameerSettings(ConnectionSettings):
    """The table of a connection to a Datameer server."""

    url: str
    """Address of the server, such as `https://datameer.example.com:8443`; its own port is mostly 8080."""
    username: str
    """Name of a Datameer user who may see and run the jobs."""
    password: SecretRef
    """The user's password. It goes with every request: prefer https."""
    api: Literal["auto", "v1", "v2"] = "auto"
    """How states are asked for: V2 where the server has it (since 7.2.5), always V1, or always V2."""
    kinds: Annotated[tuple[Kind, ...], Field(min_length=1)] = tuple(Kind)
    """Which jobs to list: `import-job` (data links and uploads among them), `workbook`, `export-job`."""

"""Local commands in the place of a system that is spoken to: nothing of it is on a network."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Self

import httpx

from tests.adapters.local_case import open_adapter
from tests.reliability.named_servers import NamedServer
from tests.support.clock import FakeClock
from tui.adapters.local import LocalAdapter


class LocalPlace:
    """As much of a harness as a cell of the fault matrix asks for.

    Args:
        clock: Nightdeck's time.
        **_: What only servers need.
    """

    connection: ClassVar[str] = "here"
    adapter_type: ClassVar[type[LocalAdapter]] = LocalAdapter
    has_session: ClassVar[bool] = False
    configured: ClassVar[frozenset[str]] = frozenset({"one", "two", "three"})

    def __init__(self, *, clock: FakeClock, **_: Any) -> None:
        self.clock = clock
        self.server: NamedServer | None = None
        self.settings: dict[str, Any] = {}
        self._folder = tempfile.TemporaryDirectory()
        self._opened: list[LocalAdapter] = []

    async def _answer(self, _: httpx.Request) -> httpx.Response:
        raise AssertionError("nobody asks a server about local commands")

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for adapter in self._opened:
            await adapter.aclose()
        self._folder.cleanup()

    async def reopen(self) -> LocalAdapter:
        """What a later nightdeck would have."""
        jobs = [{"name": name, "command": "true"} for name in ("one", "two", "three")]
        adapter = open_adapter(Path(self._folder.name), *jobs, clock=self.clock)
        await adapter.open()
        self._opened.append(adapter)
        return adapter

    def logins_made(self) -> int:
        """Nobody logs in here."""
        return 0

    def requests_for_sweep(self, jobs: int) -> int:
        """None leaves the machine."""
        del jobs
        return 0

    @property
    def secrets(self) -> Sequence[str]:
        """None."""
        return ()

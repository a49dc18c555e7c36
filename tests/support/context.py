"""What nightdeck lends to an adapter or a client, made of fakes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.support.clock import FakeClock
from tests.support.scripted import DictMemory
from tui.core.adapter import AdapterContext
from tui.core.redaction import Redactor
from tui.core.settings import ConnectionSettings, SecretRef

if TYPE_CHECKING:
    import httpx

    from tui.core.clock import Clock


class InstantClock(FakeClock):
    """A fake clock whose sleepers wake at once, because time passes by sleeping."""

    def __init__(self) -> None:
        super().__init__()
        self.naps: list[float] = []
        """Every sleep that was asked for, in seconds."""

    async def sleep(self, seconds: float) -> None:
        """Let the time pass."""
        self.naps.append(seconds)
        self._move_to(self._monotonic + seconds)


def make_context(
    *,
    clock: Clock | None = None,
    redactor: Redactor | None = None,
    transport: httpx.AsyncBaseTransport | None = None,
    state_dir: Path = Path("unused"),
) -> AdapterContext:
    """A context whose secrets are literal."""
    redactor = redactor or Redactor()

    def resolve(ref: SecretRef) -> str:
        secret = ref.literal or ""
        redactor.add(secret)
        return secret

    return AdapterContext(
        clock=clock or InstantClock(),
        resolve=resolve,
        memory=DictMemory(),
        redactor=redactor,
        state_dir=state_dir,
        http_transport=transport,
    )


def make_settings(**changes: Any) -> ConnectionSettings:
    """The settings of a connection."""
    return ConnectionSettings(type="test", **changes)

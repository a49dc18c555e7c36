"""Whether the credentials of a connection are known to be good, unknown or known to be bad."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from tui.core.errors import (
    Forbidden,
    NightdeckError,
    NotFound,
    TimedOut,
    TlsFailed,
    Unauthorized,
    Unreachable,
)
from tui.transport.failures import again

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class Standing:
    """Lets one request try unproven credentials alone: accounts lock, so wrong ones must cost one attempt."""

    def __init__(self) -> None:
        self._refusal: Unauthorized | None = None
        self._is_proven = False
        self._trial: asyncio.Future[NightdeckError | None] | None = None

    @asynccontextmanager
    async def use(self) -> AsyncIterator[None]:
        """Use the credentials for one request.

        Raises:
            Unauthorized: They were refused before; the request must not be sent.
            SystemUnavailable: The request that tried them did not get through, so this one won't either.
        """
        while not self._is_proven and self._refusal is None and self._trial is not None:
            failure = await asyncio.shield(self._trial)
            if failure is not None:
                raise again(failure)
        if self._refusal is not None:
            raise again(self._refusal)
        if self._is_proven:
            try:
                yield
            except Unauthorized as error:
                self.refuse(error)
                raise
            return
        async with self._on_trial():
            yield

    def refuse(self, error: Unauthorized) -> None:
        """Remember that the credentials are wrong: nothing is sent until `reset`."""
        self._refusal = again(error)

    def reset(self) -> None:
        """Forget what is known: the user has changed something."""
        self._refusal = None
        self._is_proven = False

    @asynccontextmanager
    async def _on_trial(self) -> AsyncIterator[None]:
        trial: asyncio.Future[NightdeckError | None] = asyncio.get_running_loop().create_future()
        self._trial = trial
        failure: NightdeckError | None = None
        try:
            yield
        except Unauthorized as error:
            self.refuse(error)
            raise
        except (Forbidden, NotFound):
            self._is_proven = True
            raise
        except (Unreachable, TimedOut, TlsFailed) as error:
            failure = error
            raise
        else:
            self._is_proven = True
        finally:
            self._trial = None
            trial.set_result(failure)

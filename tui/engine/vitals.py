"""What the health bar is told of one connection."""

from __future__ import annotations

import logging
import traceback
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from tui.core.errors import ConfigError, NightdeckError, SystemUnavailable, Unauthorized
from tui.core.models import Health, HealthStatus

if TYPE_CHECKING:
    from typing import Any

    from tui.core.clock import Clock
    from tui.core.redaction import Redactor
    from tui.engine.connection import ConnectionSpec
    from tui.engine.store import Store
    from tui.engine.sweep import SweepResult

_LOG = logging.getLogger(__name__)


class Vitals:
    """Writes one connection's health into the store."""

    def __init__(self, spec: ConnectionSpec, store: Store, clock: Clock, redactor: Redactor) -> None:
        self._store = store
        self._clock = clock
        self._redactor = redactor
        self._health = Health(
            connection=spec.name,
            type=spec.type,
            environment=spec.environment,
            since=clock.now(),
            is_read_only=spec.is_read_only,
            is_insecure=spec.is_insecure,
        )
        if spec.problem is None:
            self._show()
        else:
            self.failed(spec.problem)

    def succeeded(self, result: SweepResult, sweep_s: float) -> None:
        """A sweep was complete."""
        self._show(
            HealthStatus.OK,
            last_ok_at=self._clock.now(),
            next_try_at=None,
            code="",
            message=self._redactor.mask(result.note),
            hint="",
            sweep_s=sweep_s,
            jobs=result.jobs,
        )

    def failed(self, error: Exception) -> NightdeckError:
        """A sweep failed; returns the error as one of ours, and logs what nobody foresaw."""
        foreseen = error if isinstance(error, NightdeckError) else self._unforeseen(error)
        self._show(
            _status(foreseen),
            next_try_at=None,
            code=foreseen.code,
            message=self._redactor.mask(foreseen.message),
            hint=self._redactor.mask(foreseen.hint),
        )
        return foreseen

    def planned(self, wait_s: float | None) -> None:
        """The next sweep begins after so many seconds; None when only the user can make it begin."""
        next_try_at = None if wait_s is None else self._clock.now() + timedelta(seconds=wait_s)
        self._show(self._health.status, next_try_at=next_try_at)

    def paused(self) -> None:
        """The user stopped polling; what is wrong stays visible."""
        is_well = self._health.status in (HealthStatus.OK, HealthStatus.CONNECTING)
        self._show(HealthStatus.PAUSED if is_well else self._health.status, next_try_at=None)

    def resumed(self) -> None:
        """The user lets polling go on, or asks for another try where it had stopped."""
        if self._health.status is HealthStatus.PAUSED:
            had_answer = self._health.last_ok_at is not None
            self._show(HealthStatus.OK if had_answer else HealthStatus.CONNECTING)

    def _show(self, status: HealthStatus = HealthStatus.CONNECTING, **changes: Any) -> None:
        if status is not self._health.status:
            changes["since"] = self._clock.now()
        self._health = replace(self._health, status=status, **changes)
        self._store.set_health(self._health)

    def _unforeseen(self, error: Exception) -> NightdeckError:
        trace = "".join(traceback.format_exception(error))
        _LOG.error("polling %s failed\n%s", self._health.connection, self._redactor.mask(trace))
        name = type(error).__name__
        return SystemUnavailable(
            self._redactor.mask(f"{name}: {error}") if str(error) else name,
            hint="this is a mistake in nightdeck or its adapter; it tries again by itself",
        )


def leading_error(error: Exception) -> Exception:
    """The error that decides what to do: of several at once, wrong credentials first, then one of ours."""
    leaves = _leaves(error)
    for kind in (Unauthorized, NightdeckError):
        for leaf in leaves:
            if isinstance(leaf, kind):
                return leaf
    return leaves[0]


def _leaves(error: Exception) -> list[Exception]:
    if isinstance(error, ExceptionGroup):
        return [leaf for inner in error.exceptions for leaf in _leaves(inner)]
    return [error]


def _status(error: NightdeckError) -> HealthStatus:
    if isinstance(error, Unauthorized):
        return HealthStatus.UNAUTHORIZED
    if isinstance(error, ConfigError):
        return HealthStatus.BROKEN
    return HealthStatus.FAILING

"""One engine for a whole test run: whoever needs it first starts it, whoever started it stops it last."""

from __future__ import annotations

import fcntl
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from tests.engines.engine import Facts, RealEngine
from tests.engines.processes import PAUSE_S


@contextmanager
def shared(engine_type: type[RealEngine], place: Path) -> Iterator[Facts]:
    """Use an engine together with other workers.

    Every user holds a shared lock; the one who started the engine waits for the exclusive one before it
    stops it. A second lock lets one at a time start or stop.

    Args:
        engine_type: Which one.
        place: A folder that all workers of this test run have in common.
    """
    place.mkdir(parents=True, exist_ok=True)
    told = place / f"{engine_type.name}.json"
    with (place / f"{engine_type.name}.users").open("w") as users:
        engine: RealEngine | None = None
        with _alone(place, engine_type.name):
            if not told.exists():
                engine = engine_type()
                told.write_text(json.dumps(engine.up()), encoding="utf-8")
            facts: Facts = json.loads(told.read_text(encoding="utf-8"))
            fcntl.flock(users, fcntl.LOCK_SH)
        try:
            yield facts
        finally:
            fcntl.flock(users, fcntl.LOCK_UN)
            if engine is not None:
                _stop_last(engine, place, told, users)


def _stop_last(engine: RealEngine, place: Path, told: Path, users: IO[str]) -> None:
    while True:
        with _alone(place, engine.name):
            if _is_last(users):
                told.unlink()
                try:
                    engine.prove_loopback()
                finally:
                    engine.down()
                return
        time.sleep(PAUSE_S)


def _is_last(users: IO[str]) -> bool:
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


@contextmanager
def _alone(place: Path, name: str) -> Iterator[None]:
    with (place / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield

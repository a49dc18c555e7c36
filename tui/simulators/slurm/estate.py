"""A made-up cluster at night: what has ended, what runs, what waits and what is held."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import TYPE_CHECKING

from tui.simulators.slurm.cluster import Cluster, Partition, someone
from tui.simulators.slurm.plan import Plan, failing, printing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tui.core.clock import Clock
    from tui.simulators.slurm.job import Request

PARTITIONS = (Partition("debug", cpus=4, is_default=True), Partition("night", cpus=400, limit_min=720))
"""A small one and a large one."""

PLANS = {
    "render-*": Plan(1800.0),
    "train-*": Plan(14_400.0),
    "load-*": failing("connection to ORDERS refused", 2, 40.0),
    "*": printing("begin", "done", duration_s=20.0),
}
"""What the scripts do."""

_WORDS = ("align", "render", "train", "load", "merge", "simulate", "index", "backup")
_ENDED_S = 6 * 3600.0
_EVERY = 3
_HELD_EVERY = 11


def make_cluster(clock: Clock, jobs: int, seed: int) -> Cluster:
    """A cluster with so many names of jobs; nothing is written.

    Args:
        clock: Its time.
        jobs: How many.
        seed: Makes the same ones each time.
    """
    cluster = Cluster(clock, None, PLANS, partitions=PARTITIONS)
    chance = random.Random(seed)  # noqa: S311 - it makes up a night
    for number, request in enumerate(_requests(jobs)):
        if number % _EVERY:
            began = clock.now() - timedelta(seconds=chance.uniform(600, _ENDED_S))
            cluster.recall(request, began, began + timedelta(seconds=chance.uniform(1, 500)))
        else:
            cluster.add(request)
    return cluster


def _requests(jobs: int) -> Iterator[Request]:
    for number in range(jobs):
        name = f"{_WORDS[number % len(_WORDS)]}-{number // len(_WORDS)}"
        yield someone(
            name,
            partition=PARTITIONS[number % 2].name,
            folder="/home/ops",
            is_held=number % _HELD_EVERY == 0,
        )

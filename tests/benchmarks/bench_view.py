"""What filtering and sorting jobs costs, beside the least that Python could do for the same.

    python -m tests.benchmarks.bench_view [--repeat 30] [COUNT ...]

Prints milliseconds of CPU (median and 99th percentile) for 1,000, 10,000 and 100,000 jobs, the ratio to a
limit measured in the same run, and resident memory a job. The limit of what sorts is `sorted()` of the same
keys as tuples; of what filters, a list comprehension over `name`; of what finds a row, a look into a dict.
"""

from __future__ import annotations

import argparse
import gc
import itertools
import json
import os
import random
import subprocess
import sys
import time
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from tests.support.fleet import ENVIRONMENTS, NOW, change_jobs, make_jobs, make_trends
from tui.engine.columns import DEFAULT_ORDER, parse_sort
from tui.engine.query import ALL, QueryContext, parse_query
from tui.engine.ranking import Ranking
from tui.engine.view import TableView
from tui.ui.collector import settle

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tui.core.keys import JobKey
    from tui.core.models import Job

COUNTS = (1_000, 10_000, 100_000)
"""Jobs, by default."""

ORDERS = ("name", "-started,name", "state,-started,name", "-duration,state,name", "connection,-name")
"""Sort orders that are measured."""

QUERIES = (
    "orders",
    "o",
    "state:failed",
    "state:failed,warning or last:failed",
    "name~orders not state:succeeded",
    "conn:*-prod since:2h",
    "dur>2x",
    "name~/ord.*dwh/",
    "",
)
"""Queries that are measured, each as typed with the search texts at hand."""

_PAGE = os.sysconf("SC_PAGE_SIZE")


class Cost(NamedTuple):
    """Milliseconds of one operation."""

    p50: float
    """The median."""
    p99: float
    """The 99th percentile; with fewer than a hundred runs the slowest."""


class Fleet:
    """Jobs as the store has them, and what changes among them."""

    def __init__(self, count: int) -> None:
        made = make_jobs(count)
        self.jobs: dict[JobKey, Job] = {job.key: job for job in made}
        self.context = QueryContext(NOW, make_trends(made), ENVIRONMENTS)

    def view(self, query: str = "", order: str = "") -> TableView:
        """A filled view."""
        made = TableView(parse_query(query), parse_sort(order))
        made.rebuild(self.jobs, self.context)
        return made


def measure(run: Callable[[], object], repeat: int) -> Cost:
    """Time an operation, after it ran once and the collector was tamed as the dashboard does."""
    run()
    settle()
    times = []
    for _ in range(repeat):
        start = time.process_time()
        run()
        times.append((time.process_time() - start) * 1000)
    times.sort()
    return Cost(times[len(times) // 2], times[min(len(times) - 1, int(len(times) * 0.99))])


def sort_limit(fleet: Fleet, order: str, repeat: int) -> Cost:
    """What `sorted()` takes for the same keys, which are made before the clock starts."""
    jobs, keys = list(fleet.jobs.values()), list(fleet.jobs)
    ranking = Ranking(parse_sort(order), jobs, keys, fleet.context)
    entries = [ranking.entry(slot) for slot in range(len(jobs))]
    return measure(lambda: sorted(entries), max(5, repeat // 3))


def filter_limit(fleet: Fleet, repeat: int) -> Cost:
    """What a list comprehension takes that looks at nothing but names."""
    return measure(lambda: [key for key, job in fleet.jobs.items() if "orders" in job.name], repeat)


def measure_sorting(fleet: Fleet, repeat: int) -> Iterator[tuple[str, Cost, Cost]]:
    """Filling and sorting, each with its limit."""
    view = TableView(ALL, DEFAULT_ORDER)
    default = sort_limit(fleet, str(DEFAULT_ORDER), repeat)
    yield "fill", measure(lambda: view.rebuild(fleet.jobs, fleet.context), repeat), default
    for order in ORDERS:
        sort_order = parse_sort(order)
        cost = measure(lambda: view.set_order(sort_order, fleet.context), repeat)  # noqa: B023 - run at once
        yield f"sort {order}", cost, sort_limit(fleet, order, repeat)


def measure_filtering(fleet: Fleet, repeat: int) -> Iterator[tuple[str, Cost, Cost]]:
    """Filtering, with its limit; parsing is part of a key stroke."""
    limit = filter_limit(fleet, repeat)
    cold = [fleet.view() for _ in range(4)]
    first = measure(lambda: cold.pop().set_query(parse_query("orders"), fleet.context), len(cold) - 1)
    yield "filter orders, first time", first, limit
    view = fleet.view()
    view.prepare_search(len(fleet.jobs))
    for text in QUERIES:
        cost = measure(lambda: view.set_query(parse_query(text), fleet.context), repeat)  # noqa: B023
        yield f"filter {text or '(all)'}", cost, limit


def measure_changes(fleet: Fleet, repeat: int) -> Iterator[tuple[str, Cost, Cost]]:
    """Taking over changes: all facts of some jobs, or facts that move no row; the limit is sorting anew."""
    jobs = list(fleet.jobs.values())
    limit = sort_limit(fleet, str(DEFAULT_ORDER), repeat)
    sizes = {"1 change": 1, "1 % change": len(jobs) // 100, "1,000 changes": min(1000, len(jobs))}
    for query in ("", "state:failed,warning or last:failed"):
        for title, size in sizes.items():
            changed = change_jobs(jobs, size)
            cost = _apply(fleet, query, changed, repeat)
            yield f"{title}{' of problems' if query else ''}", cost, limit
    progressed = [
        replace(job, message=f"{job.message}.")
        for job in random.Random(1).sample(jobs, sizes["1,000 changes"])
    ]
    yield "1,000 changes that move nothing", _apply(fleet, "", progressed, repeat), limit


def _apply(fleet: Fleet, query: str, changed: Sequence[Job], repeat: int) -> Cost:
    view = fleet.view(query)
    keys = [job.key for job in changed]
    after = {**fleet.jobs, **{job.key: job for job in changed}}
    worlds = itertools.cycle((after, fleet.jobs))
    return measure(lambda: view.apply(next(worlds), keys, (), fleet.context), repeat)


def measure_time(fleet: Fleet, repeat: int) -> Iterator[tuple[str, Cost, Cost]]:
    """Finding rows, and taking over that a second has passed."""
    view = fleet.view()
    keys = random.Random(1).sample(list(fleet.jobs), min(1000, len(fleet.jobs)))
    found = measure(lambda: [view.index_of(key) for key in keys], repeat)
    limit = measure(lambda: [fleet.jobs[key] for key in keys], repeat)
    yield f"index_of, {len(keys):,} rows", found, limit
    for query, order in (("since:2h", ""), ("", "-duration,name")):
        passing = fleet.view(query, order)
        seconds = itertools.count()
        cost = measure(
            lambda: passing.retime(_later(fleet.context, next(seconds))),  # noqa: B023 - run at once
            repeat,
        )
        yield f"a second passes, {query or order}", cost, filter_limit(fleet, repeat)


def _later(context: QueryContext, seconds: int) -> QueryContext:
    return context._replace(now=context.now + timedelta(seconds=seconds))


def measure_memory(count: int) -> dict[str, float]:
    """Bytes a job that stay resident: the jobs themselves, the view, and what it keeps for searching.

    Must run in a fresh process: memory once used is seldom given back.
    """
    start = _resident()
    jobs = {job.key: job for job in make_jobs(count)}
    gc.collect()
    with_jobs = _resident()
    view = TableView(ALL, DEFAULT_ORDER)
    view.rebuild(jobs, QueryContext(NOW, {}, ENVIRONMENTS))
    gc.collect()
    with_view = _resident()
    view.prepare_search(count)
    with_texts = _resident()
    return {
        "jobs": (with_jobs - start) / count,
        "view": (with_view - with_jobs) / count,
        "search": (with_texts - with_view) / count,
    }


def _resident() -> int:
    with open("/proc/self/statm", encoding="ascii") as statm:  # noqa: PTH123 - no path of ours
        return int(statm.read().split()[1]) * _PAGE


def report(count: int, repeat: int) -> Iterator[str]:
    """The lines of one table."""
    yield f"\n{count:,} jobs{'':33}p50 ms    p99 ms  limit ms     ratio"
    fleet = Fleet(count)
    for measured in (measure_sorting, measure_filtering, measure_changes, measure_time):
        for title, cost, limit in measured(fleet, repeat):
            ratio = cost.p50 / limit.p50
            yield f"  {title:40}{cost.p50:10.2f}{cost.p99:10.2f}{limit.p50:10.2f}{ratio:10.2f}"
    command = [sys.executable, "-m", "tests.benchmarks.bench_view", "--memory", str(count)]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    sizes = json.loads(answer.stdout)
    yield "  resident bytes a job: " + ", ".join(f"{name} {size:.0f}" for name, size in sizes.items())


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("counts", nargs="*", type=int, default=list(COUNTS), metavar="COUNT")
    parser.add_argument("--repeat", type=int, default=30)
    parser.add_argument("--memory", action="store_true", help="print bytes a job as JSON, and nothing else")
    args = parser.parse_args()
    if args.memory:
        sys.stdout.write(json.dumps(measure_memory(args.counts[0])))
        return
    for count in args.counts:
        for line in report(count, args.repeat):
            sys.stdout.write(f"{line}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()

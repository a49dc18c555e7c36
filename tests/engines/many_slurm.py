"""Thousands of jobs on one real Slurm, for measurements: `python -m tests.engines.many_slurm --jobs 5000`.

Jobs with names of their own come one by one over REST, which needs no process for each; an array stands for
the rest: the controller keeps its elements as one record until they begin. Most pend in a partition that is
closed, as in a queue at night; some run.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from dataclasses import dataclass

import httpx

from tests.engines.engine import Facts
from tests.engines.slurm import Slurm
from tests.engines.slurm_harness import ask_slurm

AT_ONCE = 8
"""Submissions under way at a time: the controller takes them one after the other anyhow."""

SHARE_THAT_RUNS = 0.1
"""So many of the jobs run, and half of these fail; the others pend."""

SCRIPT = "#!/bin/sh\necho part of many\n"


@dataclass(frozen=True)
class Filled:
    """What filling a cluster came to."""

    jobs: int
    seconds: float

    @property
    def rate(self) -> float:
        """Submissions a second."""
        return self.jobs / self.seconds


async def submit_many(facts: Facts, jobs: int) -> Filled:
    """Submit jobs with names of their own, and return when the last one was taken."""
    headers = {"X-SLURM-USER-NAME": facts["username"], "X-SLURM-USER-TOKEN": facts["token"]}
    url = f"{facts['url']}/slurm/{facts['api']}/job/submit"
    running = round(jobs * SHARE_THAT_RUNS)
    began = time.monotonic()
    turns = asyncio.Semaphore(AT_ONCE)
    async with httpx.AsyncClient(headers=headers, timeout=120, trust_env=False) as client:

        async def submit(number: int) -> None:
            async with turns:
                answer = await client.post(url, json=_order(number, is_to_run=number < running))
            answer.raise_for_status()
            assert answer.json()["job_id"]

        async with asyncio.TaskGroup() as group:
            for number in range(jobs):
                group.create_task(submit(number))
    return Filled(jobs, time.monotonic() - began)


def submit_arrays(facts: Facts, elements: int, arrays: int = 1) -> Filled:
    """Submit arrays that pend, of so many elements in all."""
    began = time.monotonic()
    for number in range(arrays):
        size = f"--array=1-{elements // arrays}"
        name = f"--job-name=sweep {number:02}"
        ask_slurm(facts, "sbatch", name, "--partition=closed", "--output=/dev/null", size, "--wrap=true")
    return Filled(elements, time.monotonic() - began)


def _order(number: int, *, is_to_run: bool) -> dict[str, object]:
    script = SCRIPT + ("exit 1\n" if number % 2 else "")
    job = {
        "name": f"load {number:05}",
        "partition": "night" if is_to_run else "closed",
        "environment": {"PATH": "/usr/bin:/bin"},
        "current_working_directory": "/",
        "standard_output": "/dev/null",
        "standard_error": "/dev/null",
    }
    return {"job": job, "script": script}


def main() -> int:
    """Start a Slurm, fill it, and tell how long that and a listing took; leaves nothing running."""
    parser = argparse.ArgumentParser(prog="python -m tests.engines.many_slurm", description=__doc__)
    parser.add_argument("--jobs", type=int, default=5000, help="jobs with names of their own")
    parser.add_argument("--elements", type=int, default=5000, help="elements of arrays beside them; 0: none")
    args = parser.parse_args()
    engine = Slurm()
    facts = engine.up()
    try:
        filled = asyncio.run(submit_many(facts, args.jobs))
        _tell(f"{filled.jobs} jobs submitted in {filled.seconds:.1f} s, {filled.rate:.0f} a second")
        if args.elements:
            arrays = submit_arrays(facts, args.elements)
            _tell(f"an array of {arrays.jobs} submitted in {arrays.seconds:.2f} s")
        began = time.monotonic()
        size = len(ask_slurm(facts, "squeue", "--states=all", "--json"))
        _tell(f"squeue --json: {size:,} bytes in {time.monotonic() - began:.2f} s")
    finally:
        engine.down()
    return 0


def _tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())

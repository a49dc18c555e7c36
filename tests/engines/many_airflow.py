"""A real Airflow with thousands of DAGs: `python -m tests.engines.many_airflow [COUNT]` keeps one.

Its own processor reads and stores them, a hundred a file; nothing is put into its database behind its back.
One DAG in 25 is due every day and has three days to make up for, so the scheduler makes its runs: of these
DAGs one in 20 fails, and one in 50 goes on until it is stopped. The others wait and have never run.
"""

from __future__ import annotations

import signal
import sys
from typing import ClassVar

from tests.engines.airflow import Airflow, ask
from tests.engines.engine import Facts

COUNT = 5000
"""How many DAGs there are when nothing else is said."""

EACH_FILE = 100
"""DAGs in a file: more of them, and one file takes longer than a processor may."""

DUE_EVERY = 25
"""One DAG of so many has runs."""

DAYS = 3
"""Runs of each of those."""

FILE = """\
from datetime import datetime, timedelta, timezone

from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG, get_parsing_context

TODAY = datetime.now(timezone.utc).replace(hour=0, minute=0, second=0, microsecond=0)
START = TODAY - timedelta(days={days})
WANTED = get_parsing_context().dag_id


def fill(turn):
    if turn % 50 == 1:
        BashOperator(task_id="only", bash_command="exec sleep 3600")
    elif turn % 20 == 2:
        BashOperator(task_id="only", bash_command="echo 'ERROR: no space left on device'; exit 1")
    else:
        EmptyOperator(task_id="only")


for number in range({first}, {last}):
    dag_id = f"many_{{number:05}}"
    is_due = number % {due_every} == 0
    if WANTED in (None, dag_id):
        with DAG(
            dag_id,
            schedule="0 0 * * *" if is_due else None,
            start_date=START,
            catchup=is_due,
            tags=["many", f"team-{{number % 20}}"],
            description=f"Job {{number}} of many",
        ):
            fill(number // {due_every} if is_due else 0)
"""


class ManyAirflow(Airflow):
    """An Airflow with `count` DAGs and no others."""

    dags = ()
    patience_s = 900.0
    count: ClassVar[int] = COUNT

    def is_read(self, facts: Facts) -> bool:
        """Whether every DAG is stored."""
        answer = ask(facts, "GET", "/api/v2/dags?limit=1").raise_for_status()
        return int(answer.json()["total_entries"]) >= self.count

    def _prepare(self) -> Facts:
        facts = super()._prepare()
        folder = self.folder / "dags"
        folder.mkdir()
        for first in range(0, self.count, EACH_FILE):
            last = min(first + EACH_FILE, self.count)
            text = FILE.format(first=first, last=last, days=DAYS - 1, due_every=DUE_EVERY)
            (folder / f"many_{first:05}.py").write_text(text, encoding="utf-8")
        return facts


def main() -> int:
    """Keep one with so many DAGs until Ctrl-C."""
    ManyAirflow.count = int(sys.argv[1]) if len(sys.argv) > 1 else COUNT
    engine = ManyAirflow()
    try:
        facts = engine.up()
        sys.stdout.write(f"{engine.introduce(facts)}\nseconds: {engine.seconds}\nCtrl-C stops it.\n")
        sys.stdout.flush()
        signal.pause()
    except KeyboardInterrupt:
        return 0
    finally:
        engine.down()
    return 0


if __name__ == "__main__":
    sys.exit(main())

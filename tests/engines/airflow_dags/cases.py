"""DAGs for the contract of all adapters: every test takes a case, whose DAGs have never run."""

from __future__ import annotations

from datetime import datetime, timezone

from airflow.providers.standard.operators.bash import BashOperator  # type: ignore[import-not-found]
from airflow.providers.standard.operators.empty import EmptyOperator  # type: ignore[import-not-found]
from airflow.sdk import DAG, get_parsing_context  # type: ignore[import-not-found]

CASES = 56
START = datetime(2026, 1, 1, tzinfo=timezone.utc)  # noqa: UP017 - Airflow may run on an older Python

# The scheduler itself ends a task that does nothing: such a run is over in no time.
COMMANDS = {
    "instant": "",
    "good": "echo all is well",
    "bad": "echo 'ERROR: no space left on device'; exit 1",
    "long": "echo waiting; exec sleep 900",
    "idle": "",
}

# A process that runs a task reads the file for one DAG alone.
wanted = get_parsing_context().dag_id
for case in range(CASES):
    for kind, command in COMMANDS.items():
        dag_id = f"case{case:02}_{kind}"
        if wanted in {None, dag_id}:
            with DAG(dag_id, schedule=None, start_date=START):
                if command:
                    BashOperator(task_id="work", bash_command=command)
                else:
                    EmptyOperator(task_id="nothing")

"""DAGs for the contract of all adapters: every test takes a case, whose DAGs have never run."""

from __future__ import annotations

from datetime import datetime, timezone

from airflow.providers.standard.operators.bash import BashOperator  # type: ignore[import-not-found]
from airflow.providers.standard.operators.empty import EmptyOperator  # type: ignore[import-not-found]
from airflow.sdk import DAG  # type: ignore[import-not-found]

CASES = 64
START = datetime(2026, 1, 1, tzinfo=timezone.utc)  # noqa: UP017 - Airflow may run on an older Python

for case in range(CASES):
    # The scheduler itself ends a task that does nothing: such a run is over in no time.
    with DAG(f"case{case:02}_instant", schedule=None, start_date=START):
        EmptyOperator(task_id="nothing")
    with DAG(f"case{case:02}_good", schedule=None, start_date=START):
        BashOperator(task_id="say", bash_command="echo all is well")
    with DAG(f"case{case:02}_bad", schedule=None, start_date=START):
        BashOperator(task_id="copy", bash_command="echo 'ERROR: no space left on device'; exit 1")
    with DAG(f"case{case:02}_long", schedule=None, start_date=START):
        BashOperator(task_id="wait", bash_command="echo waiting; exec sleep 900")
    with DAG(f"case{case:02}_idle", schedule=None, start_date=START):
        EmptyOperator(task_id="nothing")

"""DAGs for tests that run side by side: each worker has a slot, and the DAGs of its slot to itself."""

from __future__ import annotations

from datetime import datetime, timezone

from airflow.providers.standard.operators.bash import BashOperator  # type: ignore[import-not-found]
from airflow.providers.standard.operators.empty import EmptyOperator  # type: ignore[import-not-found]
from airflow.sdk import DAG  # type: ignore[import-not-found]

SLOTS = 8
START = datetime(2026, 1, 1, tzinfo=timezone.utc)  # noqa: UP017 - Airflow may run on an older Python

for slot in range(SLOTS):
    # The scheduler itself ends a task that does nothing: such a run is over in no time.
    with DAG(f"slot{slot}_instant", schedule=None, start_date=START):
        EmptyOperator(task_id="nothing")
    with DAG(f"slot{slot}_good", schedule=None, start_date=START):
        BashOperator(task_id="say", bash_command="echo all is well")
    with DAG(f"slot{slot}_bad", schedule=None, start_date=START):
        BashOperator(task_id="copy", bash_command="echo 'ERROR: no space left on device'; exit 1")
    with DAG(f"slot{slot}_long", schedule=None, start_date=START):
        BashOperator(task_id="wait", bash_command="echo waiting; exec sleep 900")
    with DAG(f"slot{slot}_idle", schedule=None, start_date=START):
        EmptyOperator(task_id="nothing")

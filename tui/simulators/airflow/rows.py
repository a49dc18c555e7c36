"""What the lists and single answers tell of DAGs, runs and tasks."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING

from tui.simulators.airflow.stamps import written

if TYPE_CHECKING:
    from tui.simulators.airflow.dags import Dag
    from tui.simulators.airflow.runs import DagRun
    from tui.simulators.airflow.specs import DagSpec
    from tui.simulators.airflow.tasks import Attempt, TaskInstance

    Row = dict[str, object]

_BUNDLE = "dags-folder"
_PARSED_AT = "2026-11-01T04:00:00Z"


def dag_row(dag: Dag) -> Row:
    """What the list tells of a DAG.

    Args:
        dag: Which.
    """
    spec, next_run = dag.spec, written(dag.next_run_at)
    return {
        "dag_id": spec.dag_id,
        "dag_display_name": spec.name,
        "is_paused": dag.is_paused,
        "is_stale": False,
        "last_parsed_time": _PARSED_AT,
        "last_parse_duration": 0.021,
        "last_expired": None,
        "bundle_name": _BUNDLE,
        "bundle_version": None,
        "relative_fileloc": f"{spec.dag_id}.py",
        "fileloc": f"/opt/airflow/dags/{spec.dag_id}.py",
        "description": spec.description,
        "timetable_summary": spec.summary,
        "timetable_description": "" if spec.summary else "Never, external triggers only",
        "timetable_partitioned": False,
        "timetable_periodic": bool(spec.every_s),
        "tags": [
            {"name": tag, "dag_id": spec.dag_id, "dag_display_name": spec.name} for tag in sorted(spec.tags)
        ],
        "max_active_tasks": 16,
        "max_active_runs": spec.max_active_runs,
        "max_consecutive_failed_dag_runs": 0,
        "has_task_concurrency_limits": False,
        "has_import_errors": spec.has_import_errors,
        "next_dagrun_logical_date": next_run,
        "next_dagrun_data_interval_start": next_run,
        "next_dagrun_data_interval_end": next_run,
        "next_dagrun_run_after": next_run,
        "allowed_run_types": None,
        "owners": list(spec.owners),
        "is_backfillable": bool(spec.every_s),
        "file_token": _file_token(spec),
    }


def details_row(dag: Dag) -> Row:
    """What is told of one DAG when its details are asked for.

    Args:
        dag: Which.
    """
    running = sum(run.state == "running" for run in dag.runs.values())
    return {
        **dag_row(dag),
        "catchup": False,
        "dag_run_timeout": None,
        "asset_expression": None,
        "doc_md": None,
        "start_date": "2026-01-01T00:00:00Z",
        "end_date": None,
        "is_paused_upon_creation": None,
        "params": {
            param.name: {
                "value": param.default,
                "schema": dict(param.schema),
                "description": param.description,
                "source": None,
            }
            for param in dag.spec.params
        },
        "render_template_as_native_obj": False,
        "template_search_path": None,
        "timezone": "UTC",
        "last_parsed": _PARSED_AT,
        "default_args": {},
        "rerun_with_latest_version": None,
        "owner_links": {},
        "is_favorite": False,
        "active_runs_count": running,
        "concurrency": 16,
        "latest_dag_version": _version(dag.spec),
    }


def run_row(run: DagRun) -> Row:
    """What is told of a run.

    Args:
        run: Which.
    """
    return {
        "dag_run_id": run.run_id,
        "dag_id": run.spec.dag_id,
        "logical_date": written(run.logical_date),
        "queued_at": written(run.queued_at),
        "start_date": written(run.start_date),
        "end_date": written(run.end_date),
        "duration": run.duration,
        "data_interval_start": written(run.logical_date),
        "data_interval_end": written(run.logical_date),
        "run_after": written(run.run_after),
        "last_scheduling_decision": written(run.updated_at if run.start_date is not None else None),
        "run_type": run.run_type,
        "state": run.state,
        "triggered_by": run.triggered_by,
        "triggering_user_name": run.user,
        "conf": dict(run.conf),
        "note": run.note,
        "dag_versions": [_version(run.spec)],
        "bundle_version": None,
        "dag_display_name": run.spec.name,
        "partition_key": None,
        "partition_date": None,
    }


def task_row(run: DagRun, task: TaskInstance) -> Row:
    """What is told of a task as it stands.

    Args:
        run: The run.
        task: Its task.
    """
    return {
        "id": task.identity,
        **_attempt(run, task, task.now),
        "logical_date": written(run.logical_date),
        "run_after": written(run.run_after),
        "note": None,
        "rendered_map_index": str(task.map_index) if task.map_index >= 0 else None,
        "rendered_fields": {},
        "trigger": None,
        "triggerer_job": None,
    }


def try_rows(run: DagRun, task: TaskInstance) -> list[Row]:
    """The attempts at a task: one that is to be repeated is among those before.

    Args:
        run: The run.
        task: Its task.
    """
    attempts = list(task.past)
    if task.now.state != "up_for_retry":
        attempts.append(task.now)
    return [_attempt(run, task, attempt) for attempt in attempts]


def _attempt(run: DagRun, task: TaskInstance, attempt: Attempt) -> Row:
    return {
        "task_id": task.spec.task_id,
        "dag_id": run.spec.dag_id,
        "dag_run_id": run.run_id,
        "map_index": task.map_index,
        "start_date": written(attempt.start_date),
        "end_date": written(attempt.end_date),
        "duration": attempt.duration,
        "state": attempt.state,
        "try_number": attempt.try_number,
        "max_tries": attempt.max_tries,
        "task_display_name": task.spec.task_id,
        "dag_display_name": run.spec.name,
        "hostname": attempt.hostname,
        "unixname": "airflow",
        "pool": "default_pool",
        "pool_slots": 1,
        "queue": "default",
        "priority_weight": 1,
        "operator": task.spec.operator,
        "operator_name": task.spec.operator,
        "queued_when": written(attempt.queued_when),
        "scheduled_when": written(attempt.scheduled_when),
        "pid": attempt.pid,
        "executor": None,
        "executor_config": "{}",
        "dag_version": _version(run.spec),
    }


def _version(spec: DagSpec) -> Row:
    digits = hashlib.sha1(spec.dag_id.encode(), usedforsecurity=False).hexdigest()
    return {
        "id": f"019e0000-{digits[:4]}-7{digits[4:7]}-8{digits[7:10]}-{digits[10:22]}",
        "version_number": 1,
        "dag_id": spec.dag_id,
        "bundle_name": _BUNDLE,
        "bundle_version": None,
        "created_at": _PARSED_AT,
        "dag_display_name": spec.name,
        "bundle_url": None,
    }


def _file_token(spec: DagSpec) -> str:
    value = json.dumps({"bundle_name": _BUNDLE, "relative_fileloc": f"{spec.dag_id}.py"})
    return base64.urlsafe_b64encode(value.encode()).decode("ascii").rstrip("=") + ".c2ltdWxhdGVk"

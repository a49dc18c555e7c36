"""DAGs of every sort that people have: good, bad, long, with parameters, mapped, repeated, on hold."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from airflow.providers.standard.operators.bash import BashOperator  # type: ignore[import-not-found]
from airflow.providers.standard.operators.empty import EmptyOperator  # type: ignore[import-not-found]
from airflow.providers.standard.operators.python import PythonOperator  # type: ignore[import-not-found]
from airflow.sdk import DAG, Param  # type: ignore[import-not-found]
from airflow.sdk.exceptions import AirflowSkipException  # type: ignore[import-not-found]

START = datetime(2026, 1, 1, tzinfo=timezone.utc)  # noqa: UP017 - Airflow may run on an older Python


def read_orders(path: str) -> None:
    """Fail as programs do: with an error that another one led to."""
    try:
        with open(path, encoding="utf-8"):  # noqa: PTH123 - a task as people write it
            pass
    except OSError as error:
        raise ValueError(f"no orders for today: {path}") from error


def load_part(part: int) -> None:
    """One of many: the last one fails."""
    print(f"part {part}")  # noqa: T201
    if part == 3:
        raise RuntimeError(f"part {part} is damaged")


def skip() -> None:
    """Nothing to be done today."""
    raise AirflowSkipException("no new files")


with DAG("quick", schedule=None, start_date=START, tags=["demo", "fast"], description="Says one line"):
    BashOperator(task_id="say", bash_command="echo all is well")

with DAG("at_once", schedule=None, start_date=START, description="Over as soon as it is looked at"):
    EmptyOperator(task_id="nothing")

with DAG("fails", schedule=None, start_date=START, tags=["demo"]):
    PythonOperator(task_id="read_orders", python_callable=read_orders, op_args=["/nowhere/orders.csv"])

with DAG("exits_badly", schedule=None, start_date=START):
    BashOperator(task_id="copy", bash_command="echo copying; echo 'disk full' >&2; exit 3")

with DAG("sleeps", schedule=None, start_date=START, tags=["slow"]):
    BashOperator(task_id="wait", bash_command="for i in $(seq 900); do echo tick $i; sleep 1; done")

with DAG(
    "params",
    schedule=None,
    start_date=START,
    params={
        "region": Param("north", type="string", enum=["north", "south"], description="Which half"),
        "rows": Param(100, type="integer", minimum=1, maximum=1000, title="Rows at most"),
        "ratio": Param(0.5, type="number"),
        "is_full": Param(False, type="boolean", description="Everything, not only what is new"),
        "day": Param("2026-11-29", type="string", format="date"),
        "since": Param(None, type=["null", "string"], format="date-time"),
        "tables": Param(["a", "b"], type="array", items={"type": "string"}),
        "options": Param({"fast": True}, type="object"),
        "ticket": Param(type="string", minLength=3, description="No default: must be given"),
        "plain": "no schema",
    },
):
    BashOperator(task_id="show", bash_command="echo '{{ params | tojson }}'")

with DAG("mapped", schedule=None, start_date=START):
    PythonOperator.partial(task_id="load", python_callable=load_part).expand(
        op_args=[[part] for part in range(4)]
    )

with DAG("gives_up", schedule=None, start_date=START):
    BashOperator(
        task_id="try_it",
        bash_command="echo try {{ ti.try_number }}; exit 7",
        retries=2,
        retry_delay=timedelta(seconds=2),
    )

with DAG("second_try", schedule=None, start_date=START):
    BashOperator(
        task_id="flaky",
        bash_command="echo try {{ ti.try_number }}; [ {{ ti.try_number }} -ge 2 ]",
        retries=1,
        retry_delay=timedelta(seconds=2),
    )

with DAG("on_hold", schedule="0 3 * * *", catchup=False, start_date=START, is_paused_upon_creation=True):
    BashOperator(task_id="say", bash_command="echo on hold")

with DAG("nightly", schedule="30 2 * * *", catchup=False, start_date=START, tags=["nightly"]):
    BashOperator(task_id="say", bash_command="echo every night")

with DAG("monthly", schedule="0 6 1 * *", catchup=False, start_date=START):
    BashOperator(task_id="say", bash_command="echo every month")

with DAG("sequence", schedule=None, start_date=START):
    (
        BashOperator(task_id="extract", bash_command="echo extracted")
        >> BashOperator(task_id="load", bash_command="echo loaded")
        >> BashOperator(task_id="report", bash_command="echo reported")
    )

with DAG("broken_sequence", schedule=None, start_date=START):
    (
        BashOperator(task_id="extract", bash_command="echo extracted")
        >> BashOperator(task_id="load", bash_command="echo 'ERROR: no space left on device'; exit 1")
        >> BashOperator(task_id="report", bash_command="echo reported")
    )

with DAG("skips", schedule=None, start_date=START):
    PythonOperator(task_id="look", python_callable=skip) >> EmptyOperator(task_id="after")

with DAG("odd.name-with_all", schedule=None, start_date=START, dag_display_name="Nächtlicher Lauf ✓ [bold]"):
    BashOperator(task_id="say.it-all_now", bash_command=r"printf '\033[31mred\033[0m [bold]text[/]\n'")

"""An Airflow that is none: its REST API as the project describes it, and as 3.3.2 answers."""

from tui.simulators.airflow.server import LOGIN, AirflowSimulator
from tui.simulators.airflow.specs import ALWAYS, TRUNK, DagSpec, ParamSpec, TaskSpec
from tui.simulators.airflow.tokens import PASSWORD, USER, VIEWER, VIEWER_PASSWORD
from tui.simulators.airflow.vocabulary import Behaviour, RunState, TaskState

__all__ = [
    "ALWAYS",
    "LOGIN",
    "PASSWORD",
    "TRUNK",
    "USER",
    "VIEWER",
    "VIEWER_PASSWORD",
    "AirflowSimulator",
    "Behaviour",
    "DagSpec",
    "ParamSpec",
    "RunState",
    "TaskSpec",
    "TaskState",
]

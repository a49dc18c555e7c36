"""A Talend Administration Center that is none: its MetaServlet, from the vendor's pages alone."""

from tui.simulators.talend.conductor import Plan, User
from tui.simulators.talend.server import PASSWORD, USER, WEBAPP, TalendSimulator
from tui.simulators.talend.task import TaskRun, TaskSpec
from tui.simulators.talend.vocabulary import SUCCEEDED, Behaviour, Outcome, ReturnCode, failed, killed

__all__ = [
    "PASSWORD",
    "SUCCEEDED",
    "USER",
    "WEBAPP",
    "Behaviour",
    "Outcome",
    "Plan",
    "ReturnCode",
    "TalendSimulator",
    "TaskRun",
    "TaskSpec",
    "User",
    "failed",
    "killed",
]

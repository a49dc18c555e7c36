"""A Datameer server that is none: both of its APIs and its logs, from the vendor's pages alone."""

from tui.simulators.datameer.job import JobSpec
from tui.simulators.datameer.run import JobRun
from tui.simulators.datameer.server import PASSWORD, USER, DatameerSimulator
from tui.simulators.datameer.vocabulary import SUCCEEDED, Behaviour, Kind, Outcome, failed, warned

__all__ = [
    "PASSWORD",
    "SUCCEEDED",
    "USER",
    "Behaviour",
    "DatameerSimulator",
    "JobRun",
    "JobSpec",
    "Kind",
    "Outcome",
    "failed",
    "warned",
]

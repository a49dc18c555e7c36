"""A cloud of Informatica that is none: one org of it, from the vendor's pages alone."""

from tui.simulators.informatica.server import PASSWORD, USER, InformaticaSimulator
from tui.simulators.informatica.specs import CodeTaskSpec, TaskflowSpec, TaskSpec
from tui.simulators.informatica.vocabulary import (
    NO_ERRORS,
    OVERLAP,
    SUCCEEDED,
    Behaviour,
    Outcome,
    failed,
    warned,
)

__all__ = [
    "NO_ERRORS",
    "OVERLAP",
    "PASSWORD",
    "SUCCEEDED",
    "USER",
    "Behaviour",
    "CodeTaskSpec",
    "InformaticaSimulator",
    "Outcome",
    "TaskSpec",
    "TaskflowSpec",
    "failed",
    "warned",
]

"""An EnOS batch processing service that is none, and its gateway, from the vendor's pages alone."""

from tui.simulators.enos.flow import (
    EXTERNAL,
    MANUAL,
    PERIODIC,
    PYTHON,
    SHELL,
    SYNCHRONISATION,
    TEMPORARY,
    FlowSpec,
    TaskSpec,
)
from tui.simulators.enos.gateway import APP_KEY, APP_SECRET, TOKEN_PATH
from tui.simulators.enos.server import ORG_ID, USER_ID, EnosSimulator
from tui.simulators.enos.service import User
from tui.simulators.enos.signing import encryption, signature
from tui.simulators.enos.vocabulary import (
    SUCCEEDED,
    Behaviour,
    GatewayCode,
    Outcome,
    ServiceCode,
    Status,
    failed,
)

__all__ = [
    "APP_KEY",
    "APP_SECRET",
    "EXTERNAL",
    "MANUAL",
    "ORG_ID",
    "PERIODIC",
    "PYTHON",
    "SHELL",
    "SUCCEEDED",
    "SYNCHRONISATION",
    "TEMPORARY",
    "TOKEN_PATH",
    "USER_ID",
    "Behaviour",
    "EnosSimulator",
    "FlowSpec",
    "GatewayCode",
    "Outcome",
    "ServiceCode",
    "Status",
    "TaskSpec",
    "User",
    "encryption",
    "failed",
    "signature",
]

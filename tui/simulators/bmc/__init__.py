"""A BMC Helix Continuous Optimization that is none: ETLs and login, from the vendor's pages alone."""

from tui.simulators.bmc.etl import EtlRun, EtlSpec, RunConfiguration
from tui.simulators.bmc.portal import JWT_LIFE, REFRESH_LIFE, TENANT, User
from tui.simulators.bmc.server import ACCESS_KEY, ACCESS_SECRET_KEY, BmcSimulator
from tui.simulators.bmc.vocabulary import Behaviour, ErrorBody, NeverRun

__all__ = [
    "ACCESS_KEY",
    "ACCESS_SECRET_KEY",
    "JWT_LIFE",
    "REFRESH_LIFE",
    "TENANT",
    "Behaviour",
    "BmcSimulator",
    "ErrorBody",
    "EtlRun",
    "EtlSpec",
    "NeverRun",
    "RunConfiguration",
    "User",
]

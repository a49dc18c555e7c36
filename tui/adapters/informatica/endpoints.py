"""Every address of Informatica's APIs that is used, and on which host it is."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from tui.transport.origins import segment


class Base(StrEnum):
    """What an address lies below; the login tells where each is."""

    SERVER = "server"
    """`serverUrl`, for version 2 of the platform's API; it ends in `/saas`."""
    CORE = "core"
    """`baseApiUrl`, for version 3; it ends in `/saas`, too."""
    POD = "pod"
    """The root of the pod, without `/saas`: taskflows and code tasks answer only there."""


class Endpoint(NamedTuple):
    """One address."""

    base: Base
    """Below what it lies."""
    path: str
    """The path; names in braces are filled in by `of`."""

    def of(self, **ids: str) -> Endpoint:
        """The address with ids in it. Raises NotFound for an id that can be none."""
        return Endpoint(self.base, self.path.format(**{name: segment(each) for name, each in ids.items()}))


LOGIN_V3 = "saas/public/core/v3/login"
LOGIN_V2 = "ma/api/v2/user/login"

TASKS = Endpoint(Base.SERVER, "api/v2/task")
WORKFLOWS = Endpoint(Base.SERVER, "api/v2/workflow")
"""Not on a vendor page that was read: the name follows from the type WORKFLOW."""
MAPPING_TASK = Endpoint(Base.SERVER, "api/v2/mttask/{task}")
OBJECTS = Endpoint(Base.CORE, "public/core/v3/objects")

START_JOB = Endpoint(Base.SERVER, "api/v2/job")
STOP_JOB = Endpoint(Base.SERVER, "api/v2/job/stop")
MONITOR = Endpoint(Base.SERVER, "api/v2/activity/activityMonitor")
LOG = Endpoint(Base.SERVER, "api/v2/activity/activityLog")
SESSION_LOG = Endpoint(Base.SERVER, "api/v2/activity/activityLog/{entry}/sessionLog")
ERROR_LOG = Endpoint(Base.SERVER, "api/v2/activity/errorLog/{entry}")

FLOW_RUNS = Endpoint(Base.POD, "active-bpel/services/tf/status")
FLOW_RUN = Endpoint(Base.POD, "active-bpel/services/tf/status/{run}")
START_FLOW = Endpoint(Base.POD, "active-bpel/rt/{name}")
TERMINATE_FLOW = Endpoint(Base.POD, "active-bpel/services/tf/terminate")
RESUME_FLOW = Endpoint(Base.POD, "active-bpel/management/runtime/v1/resumeWithFaultRetry/{run}")

START_CODE = Endpoint(Base.POD, "disnext/api/v1/CodeTask/Start")
CODE_STATUS = Endpoint(Base.POD, "disnext/api/v1/CodeTask/JobStatus/{run}")

"""What can be asked of the server: methods, paths, and what each of them does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from tui.simulators.datameer import api, pages, rest
from tui.simulators.datameer.answer import Rejected
from tui.simulators.datameer.vocabulary import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import httpx

    from tui.simulators.datameer.answer import Call
    from tui.simulators.datameer.installation import Installation

_STAR = "*"


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation."""

    name: str
    """What the counter of calls says."""
    method: str
    """Its method."""
    path: Sequence[str]
    """The segments of its path; a star stands for an id."""
    perform: Callable[[Installation, Call], httpx.Response]
    """Does it."""
    is_page: bool = False
    """Whether it belongs to the user interface, which has sessions, instead of to an API."""

    @property
    def is_v2(self) -> bool:
        """Whether only newer versions have it."""
        return self.path[0] == "api"


class Found(NamedTuple):
    """An operation and the ids in the path."""

    operation: Operation
    values: Sequence[str]


def _operations() -> Iterator[Operation]:
    for kind in Kind:
        yield _rest(f"list {kind}", "GET", kind, rest.lists(kind))
        yield _rest(f"read {kind}", "GET", f"{kind}/*", rest.reads(kind))
        yield _rest(f"delete {kind}", "DELETE", f"{kind}/*", rest.deletes(kind))
    yield _rest("list export-jobs", "GET", "export-jobs", rest.lists(Kind.EXPORT, "export-jobs"))
    yield _rest("status", "GET", "job-configuration/job-status/*", rest.status)
    yield _rest("history", "GET", "job-configuration/job-history/*", rest.history)
    yield _rest("volume report", "GET", "job-configuration/volume-report/*", rest.volume_report)
    yield _rest("details", "GET", "job-execution/job-details/*", rest.details)
    yield _rest("list running", "GET", "jobs/list-running", rest.list_running)
    yield _rest("trigger", "POST", "job-execution", rest.trigger)
    yield _rest("stop", "POST", "job-execution/job-kill/*", rest.stop)
    yield _rest("delete run", "DELETE", "data/*", rest.delete_results)
    yield Operation("status v2", "GET", ("api", "job-execution", _STAR, "status"), api.status)
    yield Operation("login page", "GET", ("login",), pages.login)
    yield Operation("browser", "GET", ("browser",), pages.browser)
    yield Operation("log", "GET", ("file-job",), pages.log, is_page=True)
    yield Operation("trace", "GET", ("job", "download-trace", _STAR), pages.trace, is_page=True)
    yield Operation(
        "application log",
        "GET",
        ("admin", "application-log-download"),
        pages.application_log_page,
        is_page=True,
    )


def _rest(
    name: str, method: str, path: str, perform: Callable[[Installation, Call], httpx.Response]
) -> Operation:
    return Operation(name, method, ("rest", *path.split("/")), perform)


OPERATIONS: Sequence[Operation] = tuple(_operations())
"""Everything that some version can be asked."""

_BY_LENGTH = {
    length: [operation for operation in OPERATIONS if len(operation.path) == length]
    for length in {len(operation.path) for operation in OPERATIONS}
}


def find(method: str, segments: Sequence[str], *, has_v2: bool) -> Found:
    """The operation that a request asks for.

    Args:
        method: Its method.
        segments: What stands between the slashes of its path, unquoted.
        has_v2: Whether the server has more than V1.
    """
    has_path = False
    for operation in _BY_LENGTH.get(len(segments), ()):
        if operation.is_v2 and not has_v2:
            continue
        pairs = list(zip(operation.path, segments, strict=True))
        if all(part in {_STAR, segment} for part, segment in pairs):
            if operation.method == method:
                return Found(operation, [segment for part, segment in pairs if part == _STAR])
            has_path = True
    raise Rejected(405, "Method Not Allowed") if has_path else Rejected(404, "Not Found")

"""slurmrestd as a callable: what `httpx.MockTransport` or a loopback server asks for answers."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Self

import httpx

from tui.simulators.slurm.estate import make_cluster
from tui.simulators.slurm.meta import meta
from tui.simulators.slurm.rest import OPERATIONS, Call, Failed, Operation, Said
from tui.simulators.slurm.rows import Row, written
from tui.simulators.slurm.rowtexts import RowTexts
from tui.simulators.slurm.vocabulary import USER

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from tui.core.clock import Clock
    from tui.simulators.slurm.cluster import Cluster

TOKEN = "eyJhbGciOiJIUzI1NiJ9.c2xlZXAtd2VsbA.nightly"  # noqa: S105 - opens nothing but a simulator
"""The token of the user, until the simulator is told otherwise."""

_NO_PAGE = "Unable find requested URL. Please view /openapi/v3 for API reference."
_NO_METHOD = "Requested REST method is not defined at URL. Please view /openapi/v3 for API reference."


class SlurmServer:
    """A slurmrestd in front of a cluster.

    Args:
        cluster: Whose jobs it tells of.
        user: Who may ask.
        token: With which token.
    """

    def __init__(self, cluster: Cluster, *, user: str = USER, token: str = TOKEN) -> None:
        self.cluster = cluster
        """What it tells of."""
        self.tokens = {user: token}
        """The token of every user that may ask; may be changed."""
        self.calls: Counter[str] = Counter()
        """Calls that it understood, by operation."""
        self._rows = RowTexts()

    @classmethod
    def preload(cls, clock: Clock, jobs: int, *, seed: int = 7) -> Self:
        """One in front of a cluster with so many made-up jobs, which write no logs.

        Args:
            clock: Its time.
            jobs: How many names of jobs.
            seed: Makes the same jobs each time.
        """
        return cls(make_cluster(clock, jobs, seed))

    def set_password(self, token: str) -> None:
        """Let the old token be wrong from now on."""
        self.tokens[USER] = token

    @property
    def runs_started(self) -> Counter[str]:
        """Executions that requests asked for, by the name of the job."""
        return self.cluster.runs_started

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer a request."""
        if not all(request.headers.get(f"x-slurm-user-{name}") for name in ("name", "token")):
            return httpx.Response(401, text="Authentication failure")
        parts = request.url.path.strip("/").split("/")
        operation, values = self._find(request.method, parts)
        if operation is None:
            if any(self._find(method, parts)[0] for method in ("GET", "POST", "DELETE")):
                return httpx.Response(405, text=_NO_METHOD)
            return httpx.Response(404, text=_NO_PAGE)
        self.cluster.settle()
        self.calls[operation.name] += 1
        try:
            said = self._perform(operation, values, request)
        except ValueError:
            return httpx.Response(400, text="Unable to parse query.")
        except Failed as failed:
            said = Said(code=failed.code, errors=failed.problems, jobs=() if operation.has_jobs else None)
        if said.code == httpx.codes.NOT_MODIFIED:
            return httpx.Response(said.code)
        content = self._content(parts, said)
        return httpx.Response(said.code, content=content, headers={"content-type": "application/json"})

    def _perform(self, operation: Operation, values: Sequence[str], request: httpx.Request) -> Said:
        user = request.headers["x-slurm-user-name"]
        if self.tokens.get(user) != request.headers["x-slurm-user-token"]:
            raise Failed(operation.stranger)
        body = json.loads(request.content) if request.content else {}
        return operation.perform(Call(self.cluster, user, values, dict(request.url.params), body))

    def _find(self, method: str, parts: Sequence[str]) -> tuple[Operation | None, list[str]]:
        """The operation of a request, and what stands in the places of names."""
        behaviour = self.cluster.behaviour
        # Without an accounting slurmrestd does not have that part at all.
        if (
            len(parts) < 3
            or parts[1] not in behaviour.apis
            or (parts[0] == "slurmdb" and not behaviour.has_history)
        ):
            return None, []
        asked = (method, parts[0], *parts[2:])
        for pattern, operation in OPERATIONS.items():
            if len(pattern) == len(asked) and all(p in {"*", q} for p, q in zip(pattern, asked, strict=True)):
                return operation, [q for p, q in zip(pattern, asked, strict=True) if p == "*"]
        return None, []

    async def _content(self, parts: Sequence[str], said: Said) -> AsyncIterator[bytes]:
        behaviour = self.cluster.behaviour
        plugin = "openapi/db" if parts[0] == "slurmdb" else "openapi"
        keys: Row = {"meta": meta(behaviour, parts[1], plugin), "errors": list(said.errors), **said.keys}
        if behaviour.is_new:
            keys |= {"warnings": []}
        head = written(keys)
        if said.jobs is None:
            yield head.encode()
            return
        yield f'{head[:-1]},"jobs":'.encode()
        async for piece in self._rows.pieces(said.jobs, is_new=behaviour.is_new):
            yield piece.encode()
        yield b"}"

"""A folder with commands of Slurm that speak to a cluster in this process, over a socket."""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Self

from tui.simulators.slurm import COMMANDS, Console, Typed

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

_SOCKET = "socket"
_LONGEST = 16 * 1024 * 1024
"""Bytes of a call at most."""

_PROGRAM = """\
#!{python} -ISE
import json, os, socket, sys
name = os.path.basename(sys.argv[0])
told = {{
    "name": name, "words": sys.argv[1:], "folder": os.getcwd(),
    "stdin": sys.stdin.read() if name == "sbatch" else "", "env": dict(os.environ),
}}
line = socket.socket(socket.AF_UNIX)
line.connect({socket!r})
line.sendall(json.dumps(told).encode() + b"\\n")
answer = json.loads(b"".join(iter(lambda: line.recv(1 << 20), b"")))
sys.stderr.write(answer["err"])
sys.stdout.write(answer["out"])
sys.stdout.flush()
os._exit(answer["code"])
"""


class CommandFolder:
    """Executables of the names of Slurm's commands, for as long as it is open.

    Args:
        console: What they speak to.
        folder: Where they are; a folder of their own.
    """

    def __init__(self, console: Console, folder: Path) -> None:
        self.console = console
        """What the commands speak to."""
        self.path = folder
        """Where they are."""
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        self.path.mkdir(parents=True, exist_ok=True)
        program = _PROGRAM.format(python=sys.executable, socket=str(self.path / _SOCKET))
        for name in COMMANDS:
            file = self.path / name
            file.write_text(program, "utf-8")
            file.chmod(0o755)
        self._server = await asyncio.start_unix_server(self._serve, str(self.path / _SOCKET), limit=_LONGEST)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
            (self.path / _SOCKET).unlink(missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            ended = self.console.run(Typed(**json.loads(await reader.readline())))
            writer.write(json.dumps({"code": ended.code, "out": ended.out, "err": ended.err}).encode())
            await writer.drain()
        writer.close()

"""A nightdeck with a made-up secret in every place that takes one, before systems that say them aloud."""

from __future__ import annotations

import asyncio
import json
import os
import stat
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import psutil
import tomli_w

from tests.reliability.echoing import Echo
from tests.reliability.secret_search import FORMS, Canaries
from tests.support.certificates import Papers
from tests.support.faults import FaultyServer
from tests.support.stand_ins import every_system
from tui.core.clock import SystemClock
from tui.simulators.demo_credentials import CREDENTIALS

ROOT = Path(__file__).parents[2]

_SECRET_KEYS = {
    "talend": "password",
    "informatica": "password",
    "enos": "app_secret",
    "bmc": "access_secret_key",
    "datameer": "password",
    "airflow": "password",
    "slurm": "token",
}

_KEYRING = """
def get_password(service, user):
    with open({file!r}) as file:
        return file.read()
"""

_SEEN = """#!{python}
import os, sys
with open({file!r}, "ab") as seen:
    seen.write(repr((sys.argv, dict(os.environ))).encode())
    for name in sys.argv[1:]:
        if os.path.isfile(name):
            seen.write(open(name, "rb").read())
"""
"""Stands for a pager or an editor: notes down everything that it is given."""


class Servers:
    """Serves on a loop of its own, in a thread."""

    def __init__(self, canaries: Canaries) -> None:
        self.echoes: list[Echo] = []
        """The systems."""
        self._canaries = canaries
        self._ready: Future[Mapping[str, Any]] = Future()
        self._loop = asyncio.new_event_loop()
        self._over = asyncio.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def start(self) -> Mapping[str, Any]:
        """The connections' tables, each with its secret in it, when all are served."""
        self._thread.start()
        return self._ready.result(60)

    def stop(self) -> None:
        """End them."""
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(30)

    def _serve(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._run())

    async def _run(self) -> None:
        async with AsyncExitStack() as stack:
            try:
                tables = {system.type: await self._begin(stack, system) for system in every_system()}
                tables["proxy"] = {"url": await self._listen(stack, "proxy", _refuse, [])}
            except BaseException as error:
                self._ready.set_exception(error)
                raise
            self._ready.set_result(tables)
            await self._over.wait()

    async def _begin(self, stack: AsyncExitStack, system: Any) -> Mapping[str, Any]:
        simulator = system.make_simulator(SystemClock())
        secret = self._canaries.plant(system.type, is_special=system.type == "talend")
        setter = getattr(simulator, "set_password", None) or simulator.set_secret
        setter(secret)
        url = await self._listen(stack, system.type, simulator, [secret])
        table = {
            "type": system.type,
            "environment": system.environment,
            **CREDENTIALS[system.type](url, simulator),
        }
        return {**table, _SECRET_KEYS[system.type]: secret}

    async def _listen(self, stack: AsyncExitStack, name: str, system: Any, own: Sequence[str]) -> str:
        echo = Echo(name, system, self._canaries, own)
        self.echoes.append(echo)
        return (await stack.enter_async_context(FaultyServer(echo))).url


def _refuse(request: httpx.Request) -> httpx.Response:
    """A proxy that lets nobody through, and says who asked."""
    received = "; ".join(f"{name}: {value}" for name, value in request.headers.items())
    return httpx.Response(
        407, json={"message": f"who is {received}?"}, headers={"proxy-authenticate": "Basic"}
    )


class SecretWorld:
    """Files, systems and processes of one round."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        """Where all its files are."""
        self.canaries = Canaries()
        """Every secret, by its place."""
        self.state = folder / "state"
        """Where nightdeck keeps things."""
        self.seen = folder / "seen by other programs"
        """What pagers were given."""
        self.servers = Servers(self.canaries)
        """The systems."""
        for name in ("home", "bin", "tmp", "config", "fake", "cwd"):
            (folder / name).mkdir()
        self.environment: dict[str, str] = {}
        """What nightdeck is started with."""
        self.arguments: dict[int, bytes] = {}
        """What every process was started with, by its number."""
        self.helpers: dict[int, bytes] = {}
        """The environment of helper processes."""

    @contextmanager
    def running(self) -> Iterator[None]:
        """Serve the systems, with a config for all of them."""
        tables = self.servers.start()
        try:
            self._write(tables)
            with self._watching():
                yield
        finally:
            self.servers.stop()

    def is_known_place(self, path: Path) -> bool:
        """Whether the user put secrets into this file, or a job of hers did."""
        place = path.relative_to(self.folder).parts
        return place[0] in ("config", "fake") or (
            place[:2] == ("state", "connections") and path.name == "log"
        )

    def _write(self, tables: Mapping[str, Any]) -> None:
        plant, folder = self.canaries.plant, self.folder
        connections = {name: dict(table) for name, table in tables.items() if name != "proxy"}
        secrets = {name: connections[name].pop(key) for name, key in _SECRET_KEYS.items()}
        connections["talend"]["password"] = secrets["talend"]
        connections["informatica"]["password"] = {"env": "CANARY_IICS"}
        connections["enos"]["app_secret"] = {"command": ["cat", "enos.secret"]}
        connections["bmc"]["access_secret_key"] = {"file": "bmc.secret"}
        connections["airflow"]["password"] = {"file": "airflow.secret"}
        connections["slurm"]["token"] = {"command": ["cat", "slurm.secret"]}
        connections["datameer"]["password"] = {"keyring": "nightdeck/ops"}
        self._file("config/enos.secret", secrets["enos"] + "\n")
        self._file("config/airflow.secret", secrets["airflow"] + "\n")
        self._file("config/slurm.secret", f"SLURM_JWT={secrets['slurm']}\n")
        self._file("config/bmc.secret", secrets["bmc"] + "\n")
        self._file("fake/password", secrets["datameer"])
        self._file("fake/keyring/__init__.py", _KEYRING.format(file=str(folder / "fake" / "password")))
        self._file("fake/keyring/errors.py", "class KeyringError(Exception): pass")
        proxy, host = tables["proxy"]["url"], tables["datameer"]["url"]
        inside = plant("userinfo of a proxy")
        connections["through-proxy"] = {
            **connections["datameer"],
            "password": plant("behind a proxy"),
            "proxy": proxy.replace("//", f"//ops:{quote(inside)}@"),
        }
        connections["through-proxy-2"] = {
            **connections["datameer"],
            "password": plant("behind another proxy"),
            "proxy": proxy,
            "proxy_username": "ops",
            "proxy_password": {"env": "CANARY_PROXY"},
        }
        connections["with-userinfo"] = {
            **connections["datameer"],
            "password": plant("a wrong password"),
            "url": host.replace("//", f"//ops:{plant('userinfo of an address')}@"),
        }
        connections["with-query"] = {
            **connections["datameer"],
            "password": {"file": "nowhere"},
            "url": f"{host}/x?token={plant('query of an address')}",
        }
        papers = Papers(folder / "config" / "papers")
        keys = papers.client(password=plant("another key's password"))
        connections["with-key"] = {
            **connections["datameer"],
            "url": host.replace("http:", "https:"),
            **keys,
            "client_key_password": plant("password of a key"),
        }
        connections["refused"] = {
            "type": "bmc",
            "url": tables["bmc"]["url"],
            "access_key": plant("access key"),
            "access_secret_key": plant("refused secret"),
            "tenant_id": "1",
        }
        connections["misspelt"] = {
            "type": "talend",
            "url": host,
            "usrname": "x",
            "passwrd": plant("a wrong key"),
        }
        connections["here"] = {"type": "local", "refresh": 1, "job": self._jobs()}
        config = {
            "ui": {"timezone": "UTC"},
            "notifications": {
                "targets": [{"env": "CANARY_HOOK"}, f"ntfys://ops:{plant('a target')}@127.0.0.1/x"]
            },
            "connections": connections,
        }
        self._file("config/config.toml", tomli_w.dumps(config))
        self._other_programs()
        self.environment = {
            **{name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ},
            "HOME": str(folder / "home"), "TMPDIR": str(folder / "tmp"), "TERM": "xterm-256color",
            "NIGHTDECK_CONFIG": str(folder / "config" / "config.toml"),
            "NIGHTDECK_STATE_DIR": str(self.state),
            "PYTHONPATH": os.pathsep.join((str(ROOT), str(folder / "fake"))),
            "PAGER": str(folder / "bin" / "pager"), "EDITOR": str(folder / "bin" / "pager"),
            "CANARY_IICS": secrets["informatica"],
            "CANARY_PROXY": plant("password of a proxy"),
            "CANARY_HOOK": f"ntfys://127.0.0.1/{plant('path of a target')}",
            "CANARY_JOB": plant("environment of a job", is_special=True),
        }  # fmt: skip
        self.environment["PATH"] = f"{folder / 'bin'}{os.pathsep}{self.environment.get('PATH', '')}"

    def _jobs(self) -> list[Mapping[str, Any]]:
        literal = self.canaries.plant("literal of a job")
        says = f"import os\nfor form in {[make('SECRET') for make in FORMS.values()]!r}: pass\n"
        lines = [f"ERROR cannot log in with {make(literal)} today" for make in FORMS.values()]
        self._file(
            "config/says.py",
            says + f"print('begin')\nfor line in {lines!r}: print(line)\n"
            "print('from the environment', os.environ['TOKEN'])\nraise SystemExit(3)\n",
        )
        secrets = {"TOKEN": {"env": "CANARY_JOB"}, "LITERAL": {"literal": literal}}
        return [
            {
                "name": "say them all",
                "command": [sys.executable, str(self.folder / "config" / "says.py")],
                "env": secrets,
            },
            {
                "name": "quiet",
                "command": 'test "$DB_PASSWORD" && sleep 0.2',
                "env": secrets,
                "param": [{"name": "DB_PASSWORD", "default": ""}, {"name": "DAY", "default": "1"}],
            },
        ]

    def _other_programs(self) -> None:
        for name in ("pager", "lnav"):
            path = self.folder / "bin" / name
            path.write_text(_SEEN.format(python=sys.executable, file=str(self.seen)))
            path.chmod(0o755)

    def _file(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=stat.S_IRUSR | stat.S_IWUSR)
        path.write_text(text)

    @contextmanager
    def _watching(self) -> Iterator[None]:
        """Note down the arguments of every process that is started, and the environment of our helpers."""
        over = threading.Event()

        def watch() -> None:
            own = psutil.Process()
            while not over.wait(0.1):
                for child in own.children(recursive=True):
                    self._note(child.pid)

        thread = threading.Thread(target=watch, daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join(10)

    def _note(self, pid: int) -> None:
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes()
            self.arguments[pid] = self.arguments.get(pid, b"") + (
                b"" if words in self.arguments.get(pid, b"") else words
            )
            if b"scan_child" in words or b"count_child" in words:
                self.helpers[pid] = Path(f"/proc/{pid}/environ").read_bytes()
        except OSError:
            return


def json_lines(text: str) -> list[Any]:
    """The documents of JSON lines; other lines are left out."""
    found = []
    for line in text.splitlines():
        try:
            found.append(json.loads(line))
        except ValueError:
            continue
    return found

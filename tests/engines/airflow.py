"""A real Airflow on loopback: its server, its reader of DAGs and its scheduler, in a folder of their own.

Its database is PostgreSQL, as where people run it. On SQLite, which has one writer at a time, two changes
that meet stop the server for half a minute: it writes its audit log within its event loop, which waits for
the change of somebody else, which for its part waits for the event loop (seen in 3.3.2).
"""

from __future__ import annotations

import json
import secrets
import shutil
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

import httpx
import psutil

from tests.engines import airflow_install, postgres
from tests.engines.engine import Facts, RealEngine, free_port
from tests.engines.processes import PAUSE_S

DAGS = Path(__file__).with_name("airflow_dags")
"""DAGs of every sort."""

LAST_DAGS = ("case00_idle", "quick")
"""One of each file."""

LAST_LOOKS = 3
"""So many looks in a row that find no process of it tell that there is none."""

LOOPBACK = "127.0.0.1"
"""The only address that is listened on."""

PARTS = ("metadatabase", "scheduler", "dag_processor")
"""What has to be healthy; the one that waits for triggers is not run."""

CONFIG = """\
[core]
dags_folder = {folder}/dags
executor = LocalExecutor
parallelism = 8
load_examples = False
dags_are_paused_at_creation = False
simple_auth_manager_users = admin:admin,viewer:viewer
simple_auth_manager_passwords_file = {folder}/passwords.json
fernet_key =

[api]
host = {loopback}
port = {port}
workers = 1
base_url = {url}
secret_key = {secret}

[api_auth]
jwt_secret = {secret}

[database]
sql_alchemy_conn = postgresql+psycopg2://postgres@/postgres?host={folder}/postgres
check_migrations = False

[logging]
base_log_folder = {folder}/logs/tasks

[scheduler]
scheduler_idle_sleep_time = 0.5

[dag_processor]
refresh_interval = 5
min_file_process_interval = 600

[usage_data_collection]
enabled = False
"""


class Airflow(RealEngine):
    """Airflow 3 with PostgreSQL and processes of this machine as its workers."""

    name: ClassVar[str] = "airflow"
    title: ClassVar[str] = "Airflow"

    dags: ClassVar[Sequence[Path]] = (DAGS,)
    """Folders with the files that define its DAGs."""

    patience_s: ClassVar[float] = 180.0
    """Seconds until what has not started never will."""

    @classmethod
    def missing(cls) -> Sequence[str]:
        """Its own packages are all there, or none; and what its database lacks."""
        own = () if airflow_install.is_installed() else ("apache-airflow-core",)
        return (*own, *postgres.missing())

    @classmethod
    def install(cls) -> None:
        """Fetch it from the package index, and its database with apt-get."""
        postgres.install(cls.title, "`make test-engines ENGINES=slurm` does without Airflow")
        airflow_install.install()

    def start(self) -> Facts:
        """Make its files and its database, and start its three parts."""
        self.seconds: dict[str, float] = {}
        self.began = time.monotonic()
        facts = self._prepare()
        # Without the second one the title of a process is written over the variables that mark it as ours.
        self.services.environment |= {"AIRFLOW_HOME": str(self.folder), "SPT_NOENV": "1"}
        program = airflow_install.PLACE / "bin" / "airflow"
        postgres.start(self.services)
        self._took("database")
        # The server needs no tables before it listens, and as long to load as the making of them takes.
        self.services.start("api-server", program, "api-server")
        self.services.run(program, "db", "migrate")
        self._took("migrate")
        # Nothing begins by itself before somebody asks for it, so the server needs no head start.
        self.services.start("dag-processor", program, "dag-processor")
        self.services.start("scheduler", program, "scheduler", "--skip-serve-logs")
        self.services.wait_until(lambda: is_healthy(facts), "a healthy Airflow", self.patience_s)
        self._took("start")
        self.services.wait_until(lambda: self.is_read(facts), "every DAG", self.patience_s)
        self._took("read DAGs")
        return facts

    def is_read(self, facts: Facts) -> bool:
        """Whether all DAGs are stored: those of a file come together."""
        return all(ask(facts, "GET", f"/api/v2/dags/{dag}").status_code == 200 for dag in LAST_DAGS)

    def clear(self) -> None:
        """Kill it: asked to end, it waits for tasks and for open connections, and nothing of it is kept."""
        looks = 0
        while looks < LAST_LOOKS:
            left = [process for process in self.services.living() if not _is_database(process)]
            # What is just turning into another program bears no mark for a moment, so one look is not enough.
            looks = 0 if left else looks + 1
            for process in left:
                with suppress(psutil.NoSuchProcess):
                    process.kill()
            time.sleep(PAUSE_S)

    @classmethod
    def introduce(cls, facts: Facts) -> str:
        """Its address, its accounts and a connection's table."""
        return (
            f"{facts['url']}  (admin: {facts['admin']}, viewer: {facts['viewer']})\n"
            f"DAGs: {facts['dags']}\n\n"
            f'[connections.airflow]\ntype = "airflow"\nurl = "{facts["url"]}"\n'
            f'username = "admin"\npassword = "{facts["admin"]}"\n'
        )

    def _prepare(self) -> Facts:
        port = free_port()
        url = f"http://{LOOPBACK}:{port}"
        passwords = {name: secrets.token_urlsafe(12) for name in ("admin", "viewer")}
        for dags in self.dags:
            shutil.copytree(dags, self.folder / "dags", dirs_exist_ok=True)
        (self.folder / "passwords.json").write_text(json.dumps(passwords), encoding="utf-8")
        words = {
            "folder": self.folder,
            "url": url,
            "port": port,
            "loopback": LOOPBACK,
        }
        config = CONFIG.format(**words, secret=secrets.token_hex(32))
        (self.folder / "airflow.cfg").write_text(config, encoding="utf-8")
        return {"url": url, **passwords, "folder": str(self.folder), "dags": str(self.folder / "dags")}

    def _took(self, step: str) -> None:
        self.seconds[step] = round(time.monotonic() - self.began - sum(self.seconds.values()), 1)


def _is_database(process: psutil.Process) -> bool:
    """Whether it ends by itself when it is asked to, as all of the others are gone."""
    with suppress(psutil.NoSuchProcess):
        return process.name() == postgres.NAME
    return False


def is_healthy(facts: Facts) -> bool:
    """Whether all its parts work."""
    try:
        answer = httpx.get(f"{facts['url']}/api/v2/monitor/health", timeout=10)
    except httpx.HTTPError:
        return False
    if answer.status_code != 200:
        return False
    parts: Mapping[str, Any] = answer.json()
    return all(parts[name]["status"] == "healthy" for name in PARTS)


@cache
def token_at(url: str, username: str, password: str) -> str:
    """A token that is good for a day."""
    answer = httpx.post(f"{url}/auth/token", json={"username": username, "password": password}, timeout=60)
    return str(answer.raise_for_status().json()["access_token"])


def token_of(facts: Facts, account: str = "admin") -> str:
    """A token of one of its accounts; each process of the tests asks for it once."""
    return token_at(facts["url"], account, facts[account])


def ask(facts: Facts, method: str, path: str, account: str = "admin", **options: Any) -> httpx.Response:
    """Send it one request as one of its accounts."""
    headers = {"authorization": f"Bearer {token_of(facts, account)}"}
    return httpx.request(method, f"{facts['url']}{path}", headers=headers, timeout=60, **options)

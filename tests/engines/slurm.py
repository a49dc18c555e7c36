"""A real Slurm on this machine: a controller, a node, a REST server, all on 127.0.0.1, without systemd.

Seen with 22.05.8 of Debian 12. It runs as root, as a cluster's own daemons do; slurmrestd refuses root and
runs as the user `slurm` that Debian's package makes.
"""

from __future__ import annotations

import secrets
import socket
import subprocess
from collections.abc import Sequence
from pathlib import Path
from textwrap import dedent

from tests.engines import slurm_install
from tests.engines.engine import Facts, RealEngine, free_port, is_open

API = "v0.0.38"
"""The version of the REST interface that 22.05 has."""

TOKEN_SECONDS = 12 * 3600
"""How long the token that is told stays good."""

NODE_CPUS = 32
"""What the node is said to have: so many tests can have a job under way."""

MOST_JOBS = 20_000
"""So many jobs the controller keeps in mind."""

_CONF = """
    ClusterName=nightdeck
    SlurmctldHost={host}(127.0.0.1)
    SlurmctldPort={ctld_port}
    SlurmdPort={slurmd_port}
    SlurmUser=root
    SlurmdUser=root
    AuthType=auth/munge
    AuthInfo=cred_expire=5,socket={folder}/munge.socket
    AuthAltTypes=auth/jwt
    AuthAltParameters=jwt_key={folder}/jwt.key
    CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
    StateSaveLocation={folder}/state
    SlurmdSpoolDir={folder}/spool
    SlurmctldPidFile={folder}/slurmctld.pid
    SlurmdPidFile={folder}/slurmd.pid
    ProctrackType=proctrack/linuxproc
    TaskPlugin=task/none
    JobAcctGatherType=jobacct_gather/none
    MpiDefault=none
    MailProg=/bin/true
    SelectType=select/cons_tres
    SelectTypeParameters=CR_CPU
    SlurmdParameters=config_overrides
    ReturnToService=2
    MinJobAge=3600
    MaxJobCount={most_jobs}
    MaxArraySize=10001
    KillWait=5
    InactiveLimit=0
    SchedulerParameters=batch_sched_delay=0,sched_interval=2,bf_interval=2,max_rpc_cnt=0
    {accounting}
    NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} RealMemory=16000 State=UNKNOWN
    PartitionName=debug Nodes={host} Default=YES MaxTime=INFINITE State=UP OverSubscribe=FORCE:4
    PartitionName=night Nodes={host} MaxTime=1-00:00:00 State=UP OverSubscribe=FORCE:4
    PartitionName=closed Nodes={host} MaxTime=INFINITE State=DOWN
"""

_DATABASE_CONF = """
    AuthType=auth/munge
    AuthInfo=socket={folder}/munge.socket
    AuthAltTypes=auth/jwt
    AuthAltParameters=jwt_key={folder}/jwt.key
    DbdHost={host}
    DbdAddr=127.0.0.1
    DbdPort={dbd_port}
    CommunicationParameters=NoInAddrAny
    SlurmUser=root
    PidFile={folder}/slurmdbd.pid
    StorageType=accounting_storage/mysql
    StorageHost=localhost
    StorageUser=root
    StorageLoc=slurm_acct_db
"""


class Slurm(RealEngine):
    """Slurm, from Debian's packages."""

    name = "slurm"
    title = "Slurm"

    def __init__(self, folder: Path | None = None, *, has_history: bool = False) -> None:
        """Make its folder.

        Args:
            folder: Where it runs; a new one when None.
            has_history: Run what keeps the history of jobs as well: slurmdbd, over a MariaDB of its own.
        """
        super().__init__(folder)
        self.has_history = has_history
        self._host = socket.gethostname().partition(".")[0]
        self._ports = {name: free_port() for name in ("ctld", "slurmd", "rest", "dbd")}
        self.services.environment["SLURM_CONF"] = str(self._file("slurm.conf"))

    @classmethod
    def missing(cls) -> Sequence[str]:
        """Packages, and the rights to start them."""
        return slurm_install.needs(slurm_install.PACKAGES)

    @classmethod
    def install(cls) -> None:
        """With apt-get, as root."""
        slurm_install.install(slurm_install.PACKAGES)

    def start(self) -> Facts:
        """Start munge, the controller, the node and the REST server, in this order."""
        self._write_files()
        self._start_munge()
        if self.has_history:
            self._start_history()
        self.services.start("slurmd", "slurmd", "-D", "-N", self._host, place=self._file("spool"))
        self.start_controller()
        token = self.services.run("scontrol", "token", f"lifespan={TOKEN_SECONDS}").strip().partition("=")[2]
        self._start_rest()
        return {
            "folder": str(self.folder),
            "conf": str(self._file("slurm.conf")),
            "url": self._url,
            "api": API,
            "username": "root",
            "token": token,
            "version": self.services.run("sinfo", "--version").split()[-1],
            "history": "yes" if self.has_history else "",
        }

    def start_controller(self, *options: str) -> None:
        """Start slurmctld and wait until it gives work to the node."""
        self.services.start("slurmctld", "slurmctld", "-D", *options)
        self.services.wait_until(self._is_idle, "the node is idle")

    @classmethod
    def introduce(cls, facts: Facts) -> str:
        """The commands' environment, the REST server, and the two tables for a config file."""
        return dedent(f"""\
            Slurm {facts["version"]} runs in {facts["folder"]}: one node, partitions debug, night and closed.

            its commands, in any shell:
              export SLURM_CONF={facts["conf"]}
              sinfo; squeue; sbatch --wrap 'echo hello'

            over REST:
              export SLURM_JWT={facts["token"]}
              curl -H X-SLURM-USER-NAME:{facts["username"]} -H X-SLURM-USER-TOKEN:$SLURM_JWT \\
                {facts["url"]}/slurm/{facts["api"]}/jobs

            for nightdeck, in a config file (with SLURM_CONF or SLURM_JWT set as above):
              [connections.slurm]
              type = "slurm"

              [connections.slurm-rest]
              type = "slurm"
              url = "{facts["url"]}"
              username = "{facts["username"]}"
              token = {{ env = "SLURM_JWT" }}""")

    def clear(self) -> None:
        """End the jobs that run: their processes are no children of the daemons."""
        if self._file("slurmctld.pid").exists():
            for state in ("RUNNING", "SUSPENDED"):
                self._try("scancel", "--quiet", f"--state={state}")

    @property
    def _url(self) -> str:
        return f"http://127.0.0.1:{self._ports['rest']}"

    def _file(self, name: str) -> Path:
        return self.folder / name

    def _write_files(self) -> None:
        for name in ("state", "spool", "logs"):
            self._file(name).mkdir(exist_ok=True)
        accounting = f"""\
    AccountingStorageType=accounting_storage/slurmdbd
    AccountingStorageHost=127.0.0.1
    AccountingStoragePass={self.folder}/munge.socket
    AccountingStoragePort={self._ports["dbd"]}"""
        places = {
            "folder": self.folder,
            "host": self._host,
            "cpus": NODE_CPUS,
            "most_jobs": MOST_JOBS,
            "accounting": accounting.strip() if self.has_history else "",
            **{f"{name}_port": port for name, port in self._ports.items()},
        }
        self._file("slurm.conf").write_text(dedent(_CONF).format(**places), encoding="utf-8")
        for name in ("jwt.key", "munge.key"):
            self._file(name).touch(0o600)
            self._file(name).write_bytes(secrets.token_bytes(128))
        if self.has_history:
            self._file("slurmdbd.conf").touch(0o600)
            self._file("slurmdbd.conf").write_text(dedent(_DATABASE_CONF).format(**places), encoding="utf-8")

    def _start_munge(self) -> None:
        kinds = {"key-file": "key", "socket": "socket", "pid-file": "pid", "seed-file": "seed"}
        files = [f"--{option}={self._file('munge.' + end)}" for option, end in kinds.items()]
        self.services.start("munged", "munged", "--foreground", "--num-threads=2", *files)
        self.services.wait_until(self._file("munge.socket").exists, "munged has its socket")

    def _start_rest(self) -> None:
        plugins = f"openapi/{API}" + (f",openapi/db{API}" if self.has_history else "")
        command = ["slurmrestd", "-a", "rest_auth/jwt", "-s", plugins, self._url.removeprefix("http://")]
        self.services.start(
            "slurmrestd",
            *("runuser", "-u", "slurm", "--", *command),
            environment={"SLURM_JWT": "daemon"},
        )
        self.services.wait_until(lambda: is_open(self._ports["rest"]), "slurmrestd listens")

    def _start_history(self) -> None:
        folder, own_socket = self._file("mysql"), self._file("mysql.socket")
        if not folder.exists():
            first = ("--no-defaults", "--auth-root-authentication-method=normal", "--user=root")
            self.services.run("mariadb-install-db", *first, f"--datadir={folder}")
        options = ("--skip-networking", f"--datadir={folder}", f"--socket={own_socket}", "--user=root")
        self.services.start("mariadbd", "mariadbd", "--no-defaults", *options)
        self.services.wait_until(own_socket.exists, "mariadbd has its socket")
        self.services.start("slurmdbd", "slurmdbd", "-D", environment={"MYSQL_UNIX_PORT": str(own_socket)})
        self.services.wait_until(lambda: is_open(self._ports["dbd"]), "slurmdbd listens")
        self.services.run("sacctmgr", "-i", "add", "cluster", "nightdeck")

    def _is_idle(self) -> bool:
        return self.services.run("sinfo", "--noheader", "--format=%t", "--partition=debug").strip() == "idle"

    def _try(self, *command: str) -> None:
        environment = self.services.environment
        subprocess.run(command, env=environment, capture_output=True, timeout=30, check=False)

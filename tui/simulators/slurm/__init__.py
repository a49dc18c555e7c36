"""A simulated Slurm: one cluster on a clock, and in front of it slurmrestd and the commands.

    cluster = Cluster(clock, folder, {"nightly": printing("loading"), "bad": failing("no such table")})
    server = SlurmServer(cluster)  # a callable, as `httpx.MockTransport` takes it
    Console(cluster).run(Typed("sbatch", ["--job-name=nightly", "--wrap=true"], folder))

It runs no script: a plan says what the script of a job does. Made from what Slurm 22.05.8 was seen to
answer, and from Slurm's own sources for the newer forms (`newer()`) and the accounting.
"""

from tui.simulators.slurm import accounting, batch, control, listing  # each of them adds its commands
from tui.simulators.slurm.cluster import Cluster, Partition, someone
from tui.simulators.slurm.console import COMMANDS, Console, Ended, Typed
from tui.simulators.slurm.job import Job, Request
from tui.simulators.slurm.plan import Plan, broken, failing, printing
from tui.simulators.slurm.server import TOKEN, SlurmServer
from tui.simulators.slurm.vocabulary import USER, Behaviour, JobState, newer

__all__ = [
    "COMMANDS",
    "TOKEN",
    "USER",
    "Behaviour",
    "Cluster",
    "Console",
    "Ended",
    "Job",
    "JobState",
    "Partition",
    "Plan",
    "Request",
    "SlurmServer",
    "Typed",
    "accounting",
    "batch",
    "broken",
    "control",
    "failing",
    "listing",
    "newer",
    "printing",
    "someone",
]

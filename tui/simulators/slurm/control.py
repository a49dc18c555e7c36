"""`scontrol`, played."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.simulators.slurm.console import Console, Ended, Typed, command
from tui.simulators.slurm.controltext import config_text, job_text, partition_text, steps_text
from tui.simulators.slurm.meta import release_of
from tui.simulators.slurm.options import minutes
from tui.simulators.slurm.submission import changed
from tui.simulators.slurm.vocabulary import HELD, NODE, Refused

if TYPE_CHECKING:
    from collections.abc import Callable

_PLAIN = frozenset({"-o", "--oneliner", "-d", "--details", "-a", "--all", "-Q", "--quiet"})


@command("scontrol")
def scontrol(console: Console, typed: Typed) -> Ended:
    """Look at what the controller knows, or change it."""
    is_short = any(word in {"-o", "--oneliner"} for word in typed.words)
    words = [word for word in typed.words if word not in _PLAIN]
    if words and words[0] in {"-V", "--version", "version"}:
        return Ended(out=f"slurm {release_of(console.cluster.behaviour)}\n")
    if not words:
        return Ended(1, err="scontrol: no command\n")
    action = _ACTIONS.get(words[0])
    if action is None:
        return Ended(1, err=f"invalid keyword: {words[0]}\n")
    ended = action(console, typed, words[1:])
    if is_short:
        return Ended(ended.code, " ".join(ended.out.split()) + "\n", ended.err)
    return ended


def _show(console: Console, typed: Typed, words: list[str]) -> Ended:
    kind, names = words[0] if words else "", words[1:]
    if kind == "config":
        return Ended(out=config_text(console, typed))
    if kind in {"partition", "partitions"}:
        return Ended(out=partition_text(console.cluster, names))
    if kind in {"job", "jobs", "step", "steps"}:
        try:
            found = [job for name in names for job in console.cluster.find(name)]
        except Refused as refused:
            return Ended(1, err=f"slurm_load_jobs error: {refused.fault}\n")
        jobs = found if names else list(console.cluster.jobs.values())
        if not jobs:
            return Ended(out="No jobs in the system\n")
        text = steps_text if kind.startswith("step") else job_text
        return Ended(out="".join(text(console, typed, job) for job in jobs))
    return Ended(1, err=f"invalid entity:{kind} for keyword:show\n")


def _write(console: Console, typed: Typed, words: list[str]) -> Ended:
    del typed
    if len(words) != 3 or words[0] != "batch_script" or words[2] != "-":
        return Ended(1, err="invalid write argument\n")
    try:
        script = console.cluster.find(words[1])[0].request.script
    except Refused as refused:
        # It ends well all the same (seen in 22.05.8).
        return Ended(err=f"job script retrieval failed: {refused.fault}\n")
    return Ended(out=script)


def _each(words: list[str], act: Callable[[str], None], *, after: str = "slurm_suspend error: ") -> Ended:
    """Do something to each job of a list of ids."""
    err, code = "", 0
    for text in ",".join(words).split(","):
        try:
            act(text)
        except Refused as refused:
            code = 1
            if "_" in text:
                err += f"{text}: {refused.fault}\n"
            else:
                err += f"{refused.fault} for job {text}\n"
                err += f"{after}{refused.fault}\n" if after else ""
    return Ended(code, err=err)


def _hold(console: Console, typed: Typed, words: list[str]) -> Ended:
    del typed
    return _each(words, lambda text: console.cluster.set_hold(text, console.user, HELD))


def _release(console: Console, typed: Typed, words: list[str]) -> Ended:
    del typed
    return _each(words, lambda text: console.cluster.set_hold(text, console.user, ""))


def _requeue(console: Console, typed: Typed, words: list[str]) -> Ended:
    del typed
    return _each(words, lambda text: console.cluster.requeue(text, console.user), after="")


def _requeue_hold(console: Console, typed: Typed, words: list[str]) -> Ended:
    del typed
    return _each(words, lambda text: console.cluster.requeue(text, console.user, is_held=True), after="")


def _update(console: Console, typed: Typed, words: list[str]) -> Ended:
    del typed
    keys = {key.lower(): value for key, _, value in (word.partition("=") for word in words)}
    job_id = keys.pop("jobid", keys.pop("job", ""))
    told: dict[str, object] = {}
    for name, key in (("comment", "comment"), ("jobname", "name"), ("name", "name")):
        if name in keys:
            told[key] = keys[name]
    if "timelimit" in keys:
        told["time_limit"] = minutes(keys["timelimit"])
    try:
        console.cluster.change(job_id, console.user, lambda job: changed(job, told))
    except Refused as refused:
        return Ended(1, err=f"slurm_update error: {refused.fault}\n")
    return Ended()


def _ping(console: Console, typed: Typed, words: list[str]) -> Ended:
    del console, typed, words
    return Ended(out=f"Slurmctld(primary) at {NODE} is UP\n")


_ACTIONS: dict[str, Callable[[Console, Typed, list[str]], Ended]] = {
    "hold": _hold,
    "ping": _ping,
    "release": _release,
    "requeue": _requeue,
    "requeuehold": _requeue_hold,
    "show": _show,
    "uhold": _hold,
    "update": _update,
    "write": _write,
}

"""A server that wishes us ill, before each of the systems' adapters: memory, words, and life afterwards."""

from __future__ import annotations

import asyncio
import base64
import json
import random
import subprocess
import sys
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Any

import httpx

from tests.reliability.figures import Figure
from tests.support.faults import RAW, FaultyServer
from tests.support.hostile_answers import LOGS, RECORDS, TOKENS, VALUES, WIRE, Answer
from tests.support.stand_ins import every_system
from tui.core.clock import SystemClock
from tui.simulators.demo_credentials import CREDENTIALS

MIB = 1024 * 1024

USUAL_BOUND = 640 * MIB
"""Bytes by which nightdeck may grow before hostile answers: one has 32 MiB, and is bytes, text and values."""

RECORDS_BOUND = 1536 * MIB
"""Bytes by which it may grow before listings that are as large as they can be."""

SYSTEMS = ("talend", "bmc", "enos", "informatica", "datameer", "airflow", "slurm")
"""The types of the systems."""

AT_ONCE = 2
"""Systems that are attacked at the same time, each with a nightdeck of its own."""

LONG_S = 30.0
"""Seconds for answers that take their time to be made."""

LONGEST_MESSAGE = 600
"""Characters of an error that can be read."""

_MISTAKE = "this is a mistake in nightdeck"
_ALL = ("sweep", "check", "runs", "tasks", "parameters", "raw", "log", "trigger")
_SLOW = ("sweep", "trigger")
_LOOKS = ("sweep", "runs", "tasks", "parameters", "raw")
_HAVE_LOGIN = frozenset({"bmc", "enos", "informatica", "airflow"})
_HAVE_LOGS = frozenset({"talend", "enos", "informatica", "datameer", "airflow"})


def _is_login(request: httpx.Request) -> bool:
    path = request.url.path
    return path.startswith(("/ims/", "/apim-token-service", "/auth/")) or path.lower().endswith("/login")


def _is_log(request: httpx.Request) -> bool:
    url = request.url
    if url.path.endswith("/metaServlet"):
        return bool(json.loads(base64.b64decode(url.query))["actionName"] == "taskLog")
    if "/logs/" in url.path:
        return True
    return url.path.endswith(("/sessionLog", "/file-job")) or url.params.get("action") == "getLog"


def _is_work(request: httpx.Request) -> bool:
    return not _is_login(request)


@dataclass(frozen=True)
class Attack:
    """One sort of hostile answer, and what is done before it."""

    name: str
    make: Callable[[], Answer]
    """The answer, anew for each try."""
    does: Sequence[str]
    """What nightdeck does meanwhile."""
    when: Callable[[httpx.Request], bool] = _is_work
    """Which requests are answered so."""
    bound: int = USUAL_BOUND
    """Bytes by which nightdeck may grow."""
    systems: frozenset[str] = frozenset(SYSTEMS)
    """To which systems it can be done."""
    timeout_s: float = 1.0
    """How long nightdeck waits: what takes long to make needs more, what never ends less."""


def _always(answer: Answer) -> Callable[[], Answer]:
    return lambda: answer


def attacks() -> list[Attack]:
    """Everything that is tried."""
    found = [
        Attack(name, _always(answer), _SLOW if "drips" in name else _ALL)
        for name, answer in {**WIRE, **VALUES}.items()
    ]
    found += [
        Attack(name, make, (*_LOOKS, "sweep", "log"), bound=RECORDS_BOUND, timeout_s=LONG_S)
        for name, make in RECORDS.items()
    ]
    found += [
        Attack(name, _always(answer), ("log",), _is_log, RECORDS_BOUND, _HAVE_LOGS, LONG_S)
        for name, answer in LOGS.items()
    ]
    found += [
        Attack(name, _always(answer), ("log_in", "check"), when=_is_login, systems=_HAVE_LOGIN)
        for name, answer in TOKENS.items()
    ]
    return found


class HostileSystem:
    """A simulated system that is hostile to some requests, as long as it is told to be."""

    def __init__(self, simulator: Callable[[httpx.Request], Any]) -> None:
        self._simulator = simulator
        self.attack: Attack | None = None
        self._answer: Answer | None = None

    def begin(self, attack: Attack | None) -> None:
        """Be hostile in one way, or be good again."""
        self._answer = attack.make() if attack is not None else None
        self.attack = attack

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        found = self._simulator(request)
        response: httpx.Response = await found if asyncio.iscoroutine(found) else found
        attack, answer = self.attack, self._answer
        if attack is None or answer is None or not attack.when(request):
            return response
        body = await response.aread()
        # Large ones take seconds to be made: others are served meanwhile.
        return httpx.Response(200, extensions={RAW: await asyncio.to_thread(answer, body)})


@dataclass
class Sighting:
    """What was seen of one attack on one system."""

    system: str
    attack: Attack
    grown: int = 0
    """Bytes by which it grew at the most, compared with its size before the first attack."""
    block_s: float = 0.0
    """How long the loop stood still at the most."""
    outcomes: Sequence[Mapping[str, Any]] = ()
    faults: list[str] = field(default_factory=list)
    """What should not have been."""


class Child:
    """A nightdeck in a process of its own."""

    def __init__(self, process: subprocess.Popen[str], table: Mapping[str, Any]) -> None:
        self._process = process
        self._tell(table)
        self.begin = self.do("warm_up", *_ALL)["after"]
        """How large it is when it has seen everything once."""

    def do(self, *what: str) -> dict[str, Any]:
        """Let it do things."""
        self._tell({"do": what})
        line = self._pipe(self._process.stdout).readline()
        found: dict[str, Any] = json.loads(line)
        return found

    def _tell(self, value: Mapping[str, Any]) -> None:
        pipe = self._pipe(self._process.stdin)
        pipe.write(json.dumps(value) + "\n")
        pipe.flush()

    def _pipe(self, pipe: IO[str] | None) -> IO[str]:
        assert pipe is not None
        return pipe


@contextmanager
def _child(table: Mapping[str, Any]) -> Iterator[Child]:
    program = [sys.executable, "-m", "tests.reliability.hostile_child"]
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        program, cwd=root, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        try:
            yield Child(process, table)
        finally:
            if process.stdin is not None:
                process.stdin.close()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()


@contextmanager
def _served(kind: str) -> Iterator[tuple[HostileSystem, Mapping[str, Any]]]:
    """One system on a socket, in a thread of its own."""
    demo = next(replace(system, is_shaky=False) for system in every_system() if system.type == kind)
    ready, ends = threading.Event(), asyncio.Event()
    found: list[Any] = []

    async def serve() -> None:
        async with AsyncExitStack() as stack:
            simulator = demo.make_simulator(SystemClock())
            system = HostileSystem(simulator)
            server = await stack.enter_async_context(FaultyServer(system))
            table = {"type": kind, **CREDENTIALS[kind](server.url, simulator)}
            found.extend((system, table, asyncio.get_running_loop()))
            ready.set()
            await ends.wait()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    ready.wait()
    system, table, loop = found
    try:
        yield system, table
    finally:
        system.begin(None)
        loop.call_soon_threadsafe(ends.set)
        thread.join()


def try_out(kind: str, chosen: Sequence[Attack]) -> Iterator[Sighting]:
    """Attack a nightdeck that speaks to one system, in one way after the other."""
    for timeout_s in sorted({attack.timeout_s for attack in chosen}):
        some = [attack for attack in chosen if attack.timeout_s == timeout_s]
        yield from _try_out(kind, timeout_s, some)


def _try_out(kind: str, timeout_s: float, chosen: Sequence[Attack]) -> Iterator[Sighting]:
    with _served(kind) as (system, table), _child({**table, "timeout": timeout_s}) as child:
        for attack in chosen:
            sighting = Sighting(kind, attack)
            system.begin(attack)
            seen = child.do(*attack.does)
            system.begin(None)
            sighting.grown = max(0, seen["peak"] - child.begin)
            sighting.block_s = seen["longest_block_s"]
            sighting.outcomes = seen["outcomes"]
            sighting.faults += _faults(attack, seen["outcomes"], sighting.grown)
            # Who seems to show wrong credentials waits for the user, who would open the connection anew.
            is_locked = any(outcome["kind"] == "Unauthorized" for outcome in seen["outcomes"])
            again = ("log_in", "runs") if is_locked else ("sweep", "log_in", "runs")
            after = child.do(*again)["outcomes"]
            sighting.faults += [
                f"afterwards {each['what']}: {each['message']}" for each in after if each["kind"] != "ok"
            ]
            yield sighting


def _faults(attack: Attack, outcomes: Sequence[Mapping[str, Any]], grown: int) -> Iterator[str]:
    if grown > attack.bound:
        yield f"grew by {grown / MIB:,.0f} MiB"
    for each in outcomes:
        told = f"{each['what']}: {each['kind']} {each['message']}"
        if each["kind"] in {"hangs", "unforeseen"} or _MISTAKE in each["hint"]:
            yield told[:200]
        elif each["kind"] != "ok" and not each["hint"]:
            yield f"no hint: {told[:200]}"
        elif len(each["message"]) > LONGEST_MESSAGE or not each["message"].isprintable():
            yield f"unreadable: {told[:200]}"


def campaign(size: int) -> Sequence[Figure]:
    """So many attacks, each on one system; all that there are, at the most.

    Args:
        size: How many.
    """
    every = [(kind, attack) for attack in attacks() for kind in SYSTEMS if kind in attack.systems]
    random.Random(1).shuffle(every)
    by_system: defaultdict[str, list[Attack]] = defaultdict(list)
    for kind, attack in every[:size]:
        by_system[kind].append(attack)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        seen = pool.map(lambda item: list(try_out(*item)), by_system.items())
        return figures_of([sighting for some in seen for sighting in some])


def figures_of(seen: Sequence[Sighting]) -> Sequence[Figure]:
    """What was seen, counted."""
    small = [each for each in seen if each.attack.bound == USUAL_BOUND]
    large = [each for each in seen if each.attack.bound != USUAL_BOUND]
    found = []
    for bound, some in ((USUAL_BOUND, small), (RECORDS_BOUND, large)):
        if some:
            most = max(some, key=lambda each: each.grown)
            found.append(
                Figure(
                    f"a hostile answer costs at most {bound // MIB} MiB of memory, is told in plain words, "
                    "and the connection works again afterwards",
                    tried=len(some),
                    broken=sum(bool(each.faults) for each in some),
                    detail=f"most memory: {most.grown / MIB:,.0f} MiB ({most.system}, {most.attack.name}); "
                    f"longest block of the loop: {max(each.block_s for each in some) * 1000:,.0f} ms",
                )
            )
    return found

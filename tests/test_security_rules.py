"""The rules of a safe program that can be read off the source: what it never calls, starts or listens on."""

from __future__ import annotations

import ast
import re
import tomllib
from functools import cache
from pathlib import Path

import psutil

from tests.support.real_world import RealWorld, is_ready

ROOT = Path(__file__).parent.parent
SOURCES = sorted((ROOT / "tui").rglob("*.py"))

NEVER_CALLED = {"eval", "exec", "compile", "breakpoint", "input"}
NEVER_IMPORTED = {
    *("pickle", "shelve", "dill", "yaml", "xmlrpc", "telnetlib", "ftplib"),
    *("http.server", "socketserver", "wsgiref", "wsgiref.simple_server"),
}
NEVER_NAMED = {
    *("os.system", "os.popen", "subprocess.getoutput", "subprocess.getstatusoutput", "tempfile.mktemp"),
    *("asyncio.create_subprocess_shell", "asyncio.start_server", "asyncio.start_unix_server"),
    *("socket.create_server",),
}
"""What would start a shell, guess a temporary name, or listen."""

NEVER_ASKED = {"listen", "create_server", "create_unix_server"}
"""Methods of sockets and loops that would listen."""

UNPACKING = {"tui/logs/scan_child.py"}
"""Files that load what Python packed: what their own parent has written."""

SHELLS = {
    "tui/adapters/local/commands.py",  # the user's own command, as the config has it
    "tui/adapters/local/isolated.py",  # our own launcher and supervisor
    "tui/engine/shown_call.py",  # starts nothing: it shows the call of a local command
    "tui/logs/counting.py",  # our own child process
    "tui/logs/scanning.py",  # our own child process
    "tui/ui/piping.py",  # the command that the user typed
    "tui/ui/takeaway.py",  # tells lnav the line to go to
}
"""Files that hand a text to a shell, an interpreter or a viewer."""

WRITERS = {
    *("write_text", "write_bytes", "mkdir", "makedirs", "mkfifo", "copyfile", "copy2", "copytree", "link"),
    *("mkstemp", "mkdtemp", "NamedTemporaryFile", "TemporaryDirectory", "SpooledTemporaryFile"),
}
"""Methods and functions that make a file or a folder."""

WRITING = {
    "tui/core/private_files.py",  # the one place
    "tui/ui/editing.py",  # writes again to a file that it has made there
    "tui/adapters/local/launch.py",  # opens a file again, in a process that imports next to nothing
    "tui/engine/damage.py",  # lengthens the history file, which is there, so that it can be read
}
"""Files that may use them."""

STARTING = {"run", "Popen", "call", "check_call", "check_output", "create_subprocess_exec"}
_LAST_NAMES = NEVER_ASKED | {name.rpartition(".")[2] for name in NEVER_NAMED}

FEWEST_WORDS = 2
"""A reason has at least so many."""

_EXCUSE = re.compile(r"# noqa: ([A-Z0-9, ]*\bS\d+[A-Z0-9, ]*)(.*)")


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))


def test_the_linter_looks_for_what_is_unsafe_everywhere_but_in_tests() -> None:
    ruff = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["ruff"]["lint"]
    assert "S" in ruff["select"]
    assert not [rule for rule in ruff["ignore"] if re.fullmatch(r"S\d*", rule)]
    places = ruff["per-file-ignores"].items()
    relaxed = {place for place, rules in places for rule in rules if re.fullmatch(r"S\d*", rule)}
    assert relaxed == {"tests/**"}


def test_each_exception_has_a_reason() -> None:
    without = [
        f"{name_of(path)}:{number}: say why after {excuse[0]!r}"
        for path in SOURCES
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if (excuse := _EXCUSE.search(line)) and len(excuse[2].strip(" -").split()) < FEWEST_WORDS
    ]
    assert without == []


def test_nothing_that_runs_a_text_as_code_is_called() -> None:
    found = set()
    for path in SOURCES:
        for node in nodes(path):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                found |= {f"{name_of(path)}: {name}" for name in NEVER_CALLED & {node.func.id}}
            if isinstance(node, ast.Attribute) and node.attr in _LAST_NAMES:
                name = ast.unparse(node)
                found |= (
                    {f"{name_of(path)}: {name}"} if name in NEVER_NAMED or node.attr in NEVER_ASKED else set()
                )
            if isinstance(node, ast.keyword) and node.arg == "shell" and not _is_false(node.value):
                found.add(f"{name_of(path)}: shell=")
    assert found == set()


def test_everything_is_written_in_one_place() -> None:
    """What is made elsewhere may be open to others, half, or somewhere else."""
    found = set()
    for path in SOURCES:
        if name_of(path) in WRITING:
            continue
        for node in nodes(path):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in WRITERS
            ):
                found.add(f"{name_of(path)}: {node.func.attr}")
            if isinstance(node, ast.Call) and _is_writing_open(node):
                found.add(f"{name_of(path)}: {ast.unparse(node)}")
            if isinstance(node, ast.Attribute) and node.attr == "O_CREAT":
                found.add(f"{name_of(path)}: O_CREAT")
    assert found == set()


def test_nothing_that_unpacks_objects_is_imported() -> None:
    imported: dict[str, set[str]] = {}
    for path in SOURCES:
        for node in nodes(path):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                imported.setdefault(name, set()).add(name_of(path))
    assert not NEVER_IMPORTED & set(imported)
    assert imported.get("marshal", set()) <= {*UNPACKING, "tui/logs/scanning.py"}


def test_programs_are_started_by_words_and_never_by_a_line() -> None:
    found = set()
    for path in SOURCES:
        for node in nodes(path):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            is_start = node.func.attr in STARTING and "subprocess" in ast.unparse(node.func)
            if is_start and isinstance(node.args[0], ast.Constant | ast.JoinedStr | ast.BinOp):
                found.add(f"{name_of(path)}:{node.lineno}")
    assert found == set()


def test_only_named_places_hand_a_text_to_a_shell() -> None:
    with_text = {
        name_of(path)
        for path in SOURCES
        for node in nodes(path)
        if isinstance(node, ast.List | ast.Tuple)
        and any(isinstance(item, ast.Constant) and item.value == "-c" for item in node.elts)
    }
    assert with_text <= SHELLS


def test_nobody_can_speak_to_the_running_program(tmp_path: Path) -> None:
    world = RealWorld(tmp_path)
    try:
        with world.start("demo") as terminal:
            terminal.wait_for(lambda: is_ready(terminal))
            ours = [psutil.Process(terminal.pid), *psutil.Process(terminal.pid).children(recursive=True)]
            sockets = [socket for process in ours for socket in process.net_connections("inet")]
            assert sockets == [], "the demo speaks to made-up systems inside of the program"
    finally:
        world.close()


def _is_writing_open(call: ast.Call) -> bool:
    """Whether it is an `open` of a file for writing, other than `os.open`."""
    name = ast.unparse(call.func)
    if name.rpartition(".")[2] not in {"open", "fdopen"} or name in {"os.open", "os.fdopen"}:
        return False
    modes = [*call.args[:2], *(keyword.value for keyword in call.keywords if keyword.arg == "mode")]
    texts = [mode.value for mode in modes if isinstance(mode, ast.Constant) and isinstance(mode.value, str)]
    return any(re.fullmatch(r"[rwxabt+]*[wxa+][rwxabt+]*", text) for text in texts)


def _is_false(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value is False

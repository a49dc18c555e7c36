"""The house rules that no linter knows: sizes, one subject a file, imports that must stay deferred."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "tui"

LONGEST_FILE = 400
LONGEST_FUNCTION = 50
LONGEST_CLASS = 300
BROAD_CATCHES = {"tui/engine/poller.py", "tui/engine/actions.py"}
VAGUE_WORDS = ("manager", "helper", "utils", "util", "misc", "common")

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)

SOURCES = sorted(PACKAGE.rglob("*.py"))


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def _nodes(path: Path) -> Sequence[ast.AST]:
    """What matters here of a file: its definitions and what it catches, at any depth."""
    kept = (*_DEFINITIONS, ast.ExceptHandler)
    return [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, kept)]


@pytest.mark.parametrize("path", SOURCES, ids=_name)
def test_a_file_has_one_subject_and_its_parts_fit_on_a_screen_or_few(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) < LONGEST_FILE
    nodes = [node for node in _nodes(path) if isinstance(node, _DEFINITIONS)]
    too_long = [
        f"{node.name}: {_length(node)} lines"
        for node in nodes
        if _length(node) >= (LONGEST_CLASS if isinstance(node, ast.ClassDef) else LONGEST_FUNCTION)
    ]
    assert not too_long
    names = {path.stem} | {node.name for node in nodes if isinstance(node, ast.ClassDef)}
    vague = [name for name in names if any(word in name.lower() for word in VAGUE_WORDS)]
    assert not vague


def _length(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> int:
    return (node.end_lineno or 0) - node.lineno + 1


def test_only_the_poller_and_the_action_boundary_catch_everything() -> None:
    catching = {
        _name(path)
        for path in SOURCES
        for node in _nodes(path)
        if isinstance(node, ast.ExceptHandler)
        and (
            node.type is None
            or (isinstance(node.type, ast.Name) and node.type.id in {"Exception", "BaseException"})
        )
    }
    assert catching <= BROAD_CATCHES


def _loaded_by(statement: str) -> set[str]:
    program = f"{statement}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize(
    ("statement", "forbidden"),
    [
        ("import tui.cli", {"textual", "httpx", "pydantic", "rich"}),
        (
            "import tui.engine.engine, tui.engine.view, tui.engine.query",
            {"textual", "httpx", "pydantic", "rich"},
        ),
        ("import tui.ui.app", {"httpx", "pydantic", "psutil", "tomli_w"}),
        ("import tui.registry; tui.registry.adapter_names()", {"tui.adapters.local", "httpx", "pydantic"}),
        ("import tui.adapters.local", {"httpx", "textual", "tui.transport.client"}),
    ],
)
def test_heavy_imports_stay_deferred(statement: str, forbidden: set[str]) -> None:
    assert not _loaded_by(statement) & forbidden

"""A system is added by one file and one test file: those of CONTRIBUTING.md, in a checkout of their own."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FILES = re.compile(r"<!-- file: (\S+) -->\n```python\n(.*?)```\n", re.DOTALL)
COPIED = ("tui", "tests", "themes", "pyproject.toml", "sample_config.toml", ".importlinter")
CONFIG = """
[connections.shelf-1]
type = "shelf"
url = "http://127.0.0.1:9"
token = "t0ken-of-the-shelf"
"""


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the code with the two files in it, and nothing else changed."""
    folder = tmp_path_factory.mktemp("checkout")
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / name)
    texts = dict(FILES.findall((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")))
    assert list(texts) == ["tui/adapters/shelf.py", "tests/adapters/test_shelf.py"]
    for path, text in texts.items():
        assert not (folder / path).exists()
        (folder / path).write_text(text, encoding="utf-8")
    (folder / "config.toml").write_text(CONFIG)
    return folder


def run(checkout: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """A program of this Python, which finds the copy's code before the checkout's own."""
    inherited = {name: text for name, text in os.environ.items() if not name.startswith("PYTEST")}
    state = str(checkout / "state")
    environment = {**inherited, "PYTHONPATH": str(checkout), "NIGHTDECK_STATE_DIR": state}
    return subprocess.run(
        [sys.executable, *words], cwd=checkout, env=environment, capture_output=True, text=True, check=False
    )


def nightdeck(checkout: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return run(checkout, "-m", "tui", "--config", "config.toml", *words)


def test_it_keeps_every_contract(checkout: Path) -> None:
    done = run(checkout, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/adapters/test_shelf.py")
    assert done.returncode == 0, done.stdout[-3000:]
    passed = re.search(r"(\d+) passed", done.stdout)
    assert passed is not None
    assert int(passed[1]) > 100


def test_it_is_listed_with_what_it_can_do(checkout: Path) -> None:
    listed = json.loads(nightdeck(checkout, "adapters", "-o", "json").stdout)
    assert {"type": "shelf", "title": "Shelf", "can": ["logs", "trigger"], "refresh_s": 15.0} in listed


def test_the_config_accepts_it_and_its_own_keys(checkout: Path) -> None:
    jobs = nightdeck(checkout, "jobs")
    assert (jobs.returncode, jobs.stdout.splitlines()[1:]) == (3, [])
    assert "shelf-1: " in jobs.stderr
    assert "unknown type" not in jobs.stderr
    schema = json.loads(nightdeck(checkout, "config", "schema").stdout)
    assert "shelf" in json.dumps(schema)


def test_a_wrong_key_of_it_is_told_with_its_line(checkout: Path) -> None:
    (checkout / "wrong.toml").write_text(f'{CONFIG}tokn = "x"\n')
    told = run(checkout, "-m", "tui", "--config", "wrong.toml", "jobs").stderr
    assert "did you mean 'token'?" in told


CHECKS: Sequence[tuple[str, ...]] = (
    ("-m", "ruff", "check", "tui/adapters/shelf.py", "tests/adapters/test_shelf.py"),
    ("-m", "ruff", "format", "--check", "tui/adapters/shelf.py", "tests/adapters/test_shelf.py"),
    ("-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/test_architecture.py", "-k", "shelf"),
)


@pytest.mark.parametrize("words", CHECKS, ids=["lint", "format", "architecture"])
def test_it_reads_like_the_rest(checkout: Path, words: tuple[str, ...]) -> None:
    done = run(checkout, *words)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_layers_hold(checkout: Path) -> None:
    program = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    done = run(checkout, "-c", program, "--no-cache")
    assert done.returncode == 0, done.stdout + done.stderr

"""What runs before the first paint loads nothing heavy."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

HEAVY = {"pydantic", "textual", "httpx", "rich", "tomli_w", "hypothesis", "sqlite3", "keyring"}


def loaded_by(statement: str) -> set[str]:
    program = f"{statement}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize(
    "module", ["document", "paths", "files", "statefile", "finding", "problems", "syntax"]
)
def test_importing_it_loads_the_standard_library_alone(module: str) -> None:
    assert not loaded_by(f"import tui.config.{module}") & HEAVY


def test_reading_config_and_state_loads_the_standard_library_alone() -> None:
    statement = (
        "from tui.config.finding import read_config\n"
        "from tui.config.statefile import load_ui_state\n"
        "from tui.config.paths import user_themes_dir, shipped_themes_dir\n"
        "document, _ = read_config()\n"
        "assert document.line_of(('ui', 'theme'))\n"
        "load_ui_state()\n"
    )
    assert not loaded_by(statement) & HEAVY


def test_loading_the_config_imports_no_adapter() -> None:
    loaded = loaded_by("from tui.config.load import load_config\nload_config()")
    assert not {name for name in loaded if name.startswith("tui.adapters")}
    assert not loaded & (HEAVY - {"pydantic"})

"""`make test-lowest`: the tests with the oldest version of each dependency that `pyproject.toml` allows.

Needs a package index and some minutes. What pictures show, and how fast it is, belongs to pinned versions.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from packaging.requirements import Requirement

from tests.supply.pins import ROOT, extras, lowest, runtime

TESTS = (
    *("tests/core", "tests/config", "tests/transport", "tests/cli", "tests/engine/test_engine.py"),
    *("tests/engine/test_telling.py", "tests/adapters/test_talend.py", "tests/adapters/test_local.py"),
    *("tests/ui/test_dashboard.py", "tests/ui/test_job_table.py", "tests/ui/test_log_view.py"),
    *("tests/ui/test_pty.py", "tests/ui/test_run_chart.py", "tests/ui/test_exporting.py"),
)
"""What touches every dependency: requests, retries, models, screen, chart, notifications, processes."""


def main() -> int:
    """Install the oldest versions into a folder of their own, and run the tests with them."""
    oldest = lowest([*runtime(), *_tested_extras()])
    sys.stdout.write(" ".join(f"{name}=={number}" for name, number in sorted(oldest.items())) + "\n")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        constraints = folder / "lowest.txt"
        constraints.write_text("".join(f"{name}=={number}\n" for name, number in oldest.items()))
        python = folder / "venv" / "bin" / "python"
        pip = (str(python), "-m", "pip", "install", "--quiet")
        project = ("--editable", str(ROOT), "--group", f"{ROOT}/pyproject.toml:dev")
        for step in (
            (sys.executable, "-m", "venv", str(folder / "venv")),
            (*pip, "--upgrade", "pip"),
            (*pip, "--constraint", str(constraints), *project),
            (str(python), "-m", "pytest", "--quiet", "-p", "no:cacheprovider", *(sys.argv[1:] or TESTS)),
        ):
            code = subprocess.run(step, check=False, cwd=ROOT).returncode
            if code:
                return code
    return 0


def _tested_extras() -> list[Requirement]:
    """The extras whose tests run with the dependencies of development."""
    return [wanted for wanted in extras() if wanted.name != "keyring"]


if __name__ == "__main__":
    sys.exit(main())

"""`make audit`: whether a version that we pin is known to be vulnerable. Needs the network.

It never says that all is well unless each pin was looked up.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any, NamedTuple

from tests.supply.pins import ROOT


class Verdict(NamedTuple):
    """What came of it."""

    told: str
    """In words."""
    code: int
    """0 when nothing is known against any pin, 1 when something is, 2 when that could not be found out."""


def verdict(output: str, complaint: str) -> Verdict:
    """What pip-audit has found out.

    Args:
        output: What it printed, as JSON.
        complaint: What it complained of.
    """
    try:
        looked_up: list[dict[str, Any]] = json.loads(output)["dependencies"]
    except (ValueError, KeyError, TypeError):
        last = next((line.strip() for line in reversed(complaint.splitlines()) if line.strip()), "no answer")
        return Verdict(f"the vulnerability service could not be asked, nothing is known: {last[:200]}", 2)
    skipped = sorted(package["name"] for package in looked_up if "skip_reason" in package)
    if skipped or not looked_up:
        listed = ", ".join(skipped[:5]) + (", …" if len(skipped) > 5 else "")
        count = f"{len(skipped)} of {len(looked_up)} packages"
        return Verdict(f"the vulnerability service knows nothing of {count}: {listed}", 2)
    bad = [
        f"{package['name']} {package['version']}: {known['id']}, mended in {_mended(known)}"
        for package in looked_up
        for known in package["vulns"]
    ]
    if bad:
        return Verdict("\n".join(bad), 1)
    return Verdict(f"{len(looked_up)} pinned packages, nothing is known against any of them", 0)


def main() -> int:
    """Ask the service and tell the verdict."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pip_audit", "--requirement", str(ROOT / "constraints.txt")),
            *("--no-deps", "--disable-pip", "--progress-spinner", "off", "--format", "json"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    told, code = verdict(done.stdout, done.stderr)
    (sys.stderr if code else sys.stdout).write(f"make audit: {told}\n")
    return code


def _mended(known: dict[str, Any]) -> str:
    return " or ".join(known.get("fix_versions") or ()) or "no version yet"


if __name__ == "__main__":
    sys.exit(main())

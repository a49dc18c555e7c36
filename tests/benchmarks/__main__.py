"""Runs the benchmarks in turn, each in a process of its own: `python -m tests.benchmarks [NAME ...]`."""

from __future__ import annotations

import argparse
import platform
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent
NAMES = tuple(sorted(path.stem.removeprefix("bench_") for path in FOLDER.glob("bench_*.py")))
QUICK = {
    "start": ["--quick"],
    "idle": ["--quick"],
    "view": ["--repeat", "5", "1000", "10000"],
    "table": ["1000"],
    "systems": ["--quick"],
    "engines": ["--quick"],
    "wire": ["--quick"],
    "log": ["--quick"],
}


def main() -> int:
    """Run what was asked for and print it; returns 1 when one of them failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"some of: {', '.join(NAMES)}")
    parser.add_argument("--quick", action="store_true", help="less of each, in a few minutes")
    args = parser.parse_args()
    unknown = set(args.names) - set(NAMES)
    if unknown:
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}")
    print(f"{platform.platform()}, Python {platform.python_version()}\n", flush=True)
    codes = []
    for name in args.names or NAMES:
        print(f"## {name}\n", flush=True)
        options = QUICK.get(name, []) if args.quick else []
        done = subprocess.run([sys.executable, "-m", f"tests.benchmarks.bench_{name}", *options], check=False)
        codes.append(done.returncode)
        print(flush=True)
    return int(any(codes))


if __name__ == "__main__":
    sys.exit(main())

"""Real engines by hand: `python -m tests.engines up slurm` starts one and stays until Ctrl-C."""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path
from types import FrameType

from tests.engines.engine import ENGINES, CannotInstall, load_engine


def main() -> int:
    """Install engines, or start one and stay."""
    parser = argparse.ArgumentParser(prog="python -m tests.engines", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    up = commands.add_parser("up", help="start an engine, say how to reach it, stop it on Ctrl-C")
    up.add_argument("engine", choices=list(ENGINES))
    up.add_argument("--folder", type=Path, help="where it runs and is kept; by default one that goes with it")
    install = commands.add_parser("install", help="install what engines need")
    install.add_argument("engine", nargs="+", choices=list(ENGINES))
    args = parser.parse_args()
    try:
        return _up(args.engine, args.folder) if args.command == "up" else _install(args.engine)
    except CannotInstall as problem:
        print(f"test-engines: {problem}", file=sys.stderr)
        return 1


def _install(names: list[str]) -> int:
    for name in names:
        engine = load_engine(name)
        if missing := engine.missing():
            print(f"installing for {engine.title}: {', '.join(missing)}", flush=True)
            engine.install()
        if missing := engine.missing():
            raise CannotInstall(f"{engine.title} still lacks {', '.join(missing)}")
    return 0


def _up(name: str, folder: Path | None) -> int:
    engine_type = load_engine(name)
    if missing := engine_type.missing():
        raise CannotInstall(
            f"{engine_type.title} lacks {', '.join(missing)}: python -m tests.engines install {name}"
        )
    signal.signal(signal.SIGTERM, _interrupt)
    engine = engine_type(folder)
    try:
        print(f"starting {engine.title} in {engine.folder} …", flush=True)
        print(f"\n{engine.introduce(engine.up())}\n\nCtrl-C stops it.", flush=True)
        signal.pause()
    except KeyboardInterrupt:
        print(f"\nstopping {engine.title} …", flush=True)
    finally:
        engine.down()
    return 0


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())

"""The three ways to have nightdeck: from a wheel, as an editable install, and as a checkout."""

from __future__ import annotations

import json
import site
import subprocess
import sys
import tomllib
import venv
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.real_world import ROOT, RealWorld, is_ready, is_sane, row_of
from tui import __version__

_WHERE = """
import tui
from tui.config.paths import sample_config_path, shipped_themes_dir
print(tui.__file__, sample_config_path(), shipped_themes_dir(), sep="\\n")
"""
THEMES = sorted(path.name for path in (ROOT / "themes").glob("*.toml"))


def build_wheel(folder: Path) -> Path:
    """Build it with what is installed here; nothing is fetched."""
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    [wheel] = folder.glob("*.whl")
    return wheel


def make_environment(folder: Path) -> Path:
    """A fresh environment that borrows the libraries of this one, though not nightdeck itself; its Python."""
    venv.create(folder, with_pip=False, symlinks=True)
    [packages] = folder.glob("lib/python*/site-packages")
    # What a .pth file adds comes last, and the .pth files in there are not read.
    (packages / "libraries.pth").write_text("\n".join(site.getsitepackages()))
    return folder / "bin" / "python"


def install(python: Path, *what: str) -> None:
    """Install something without its libraries and without an index."""
    pip = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(python),
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
    ]
    subprocess.run([*pip, *what], check=True, capture_output=True, timeout=120)


@contextmanager
def installed_world(tmp_path: Path, program: Path | None) -> Iterator[RealWorld]:
    """A world for an installed program, or for the checkout when None."""
    world = RealWorld(tmp_path, (str(program),) if program is not None else (sys.executable, "-m", "tui"))
    if program is not None:
        world.environment["PYTHONPATH"] = None
    try:
        yield world
    finally:
        world.close()


def see_that_it_works(world: RealWorld) -> None:
    """Ask it what it is and what the sample's jobs are, and open the dashboard over them."""
    assert world.run("--version").stdout == f"nightdeck {__version__}\n"
    assert world.run("config", "path").stdout.strip() == str(world.config_file)
    assert world.run("adapters").returncode == 0
    jobs = json.loads(world.run("jobs", "-o", "json").stdout)
    sample = tomllib.loads((ROOT / "sample_config.toml").read_text())
    assert {job["name"] for job in jobs} == {job["name"] for job in sample["connections"]["here"]["job"]}
    with world.start() as terminal:
        terminal.wait_for(lambda: is_ready(terminal) and row_of(terminal, "rebuild search index"))
        terminal.press("q")
        assert terminal.wait_exit() == 0
        assert is_sane(terminal)


def where(python: str | Path, world: RealWorld) -> list[Path]:
    """Package, sample and themes as this Python finds them."""
    environment = {name: value for name, value in world.environment.items() if value is not None}
    command = [str(python), "-c", _WHERE]
    done = subprocess.run(
        command, cwd=world.folder, env=environment, check=True, capture_output=True, text=True, timeout=60
    )
    return [Path(line).resolve() for line in done.stdout.splitlines()]


def test_a_wheel_has_everything_and_runs_in_a_fresh_environment(tmp_path: Path) -> None:
    wheel = build_wheel(tmp_path / "dist")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    ours = {path.relative_to(ROOT).as_posix() for path in (ROOT / "tui").rglob("*") if path.is_file()}
    assert {name for name in ours if "__pycache__" not in name} <= names
    assert {name.split("/")[0] for name in names} == {"tui", f"nightdeck-{__version__}.dist-info"}

    python = make_environment(tmp_path / "environment")
    install(python, str(wheel))
    with installed_world(tmp_path, python.with_name("nightdeck")) as world:
        package, sample, themes = where(python, world)
        for path in (package, sample, themes):
            assert path.is_relative_to(tmp_path / "environment")
        assert sample.read_bytes() == (ROOT / "sample_config.toml").read_bytes()
        assert sorted(path.name for path in themes.iterdir()) == THEMES
        see_that_it_works(world)


def test_an_editable_install_uses_the_checkout(tmp_path: Path) -> None:
    python = make_environment(tmp_path / "environment")
    install(python, "--no-build-isolation", "--editable", str(ROOT))
    with installed_world(tmp_path, python.with_name("nightdeck")) as world:
        assert where(python, world) == [
            ROOT / "tui" / "__init__.py",
            ROOT / "sample_config.toml",
            ROOT / "themes",
        ]
        assert world.run("--version").stdout == f"nightdeck {__version__}\n"
        assert len(json.loads(world.run("jobs", "-o", "json").stdout)) > 1


def test_a_checkout_runs_as_it_is(tmp_path: Path) -> None:
    with installed_world(tmp_path, None) as world:
        assert where(sys.executable, world)[1:] == [ROOT / "sample_config.toml", ROOT / "themes"]
        assert world.run("--version").stdout == f"nightdeck {__version__}\n"

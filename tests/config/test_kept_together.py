"""The small files of the state folder: two nightdecks at once, damage, later versions and full disks."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pytest

from tui.config import keptfile, past_filters, placefile, statefile, viewfile
from tui.config.keptfile import SPOILT, set_aside_now
from tui.config.past_filters import keep_filter, load_filters
from tui.config.past_texts import COMMANDS, SEARCHES
from tui.config.placefile import Place, load_place, save_place
from tui.config.statefile import UiState, load_ui_state, save_ui_state
from tui.config.viewfile import change_view_file, load_view_file

LEFT_AT = datetime(2026, 11, 28, 3, 12, 5, tzinfo=UTC)


class Kind(NamedTuple):
    """One kind of file: how it is kept and read back."""

    name: str
    keep: Callable[[str, Path], object]
    load: Callable[[Path], Sequence[str]]
    """The texts that were kept."""
    is_shared: bool = True
    """Whether each change adds to what another nightdeck has kept; else the last one counts."""


def keep_view(text: str, folder: Path) -> None:
    change_view_file(lambda kept: kept.with_view({"name": text, "query": "state:failed"}), folder)


def load_views(folder: Path) -> Sequence[str]:
    return [view["name"] for view in load_view_file(folder).views]


def load_queries(folder: Path) -> Sequence[str]:
    place = load_place(folder)
    return [place.query] if place is not None else []


KINDS = {
    kind.name: kind
    for kind in (
        Kind(past_filters.FILE_NAME, keep_filter, load_filters),
        Kind(viewfile.FILE_NAME, keep_view, load_views),
        Kind("searches.toml", SEARCHES.keep, SEARCHES.load),
        Kind("commands.toml", COMMANDS.keep, COMMANDS.load),
        Kind(
            statefile.FILE_NAME,
            lambda text, folder: save_ui_state(UiState(query=text), folder),
            lambda folder: [text for text in (load_ui_state(folder).query,) if text],
            is_shared=False,
        ),
        Kind(
            placefile.FILE_NAME,
            lambda text, folder: save_place(Place(LEFT_AT, query=text), folder),
            load_queries,
            is_shared=False,
        ),
    )
}

SHARED = [name for name, kind in KINDS.items() if kind.is_shared]
each_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS.keys())


@pytest.fixture(autouse=True)
def nothing_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keptfile, "_told", {})


def run_apart(program: str, *words: str) -> subprocess.Popen[str]:
    """A process of its own that knows this module."""
    text = f"import sys\nfrom pathlib import Path\nfrom tests.config.test_kept_together import *\n{program}"
    pipe = subprocess.PIPE
    return subprocess.Popen([sys.executable, "-c", text, *words], stdin=pipe, stdout=pipe, text=True)


WRITING = """
folder, who, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
# Nobody presses keys as fast as these three write.
keptfile._PATIENCE_S = 30.0
print("ready", flush=True)
sys.stdin.readline()
for number in range(count):
    for name in SHARED:
        KINDS[name].keep(f"name:{who}{number}", folder)
"""


def test_two_nightdecks_that_write_at_once_forget_nothing_of_each_other(tmp_path: Path) -> None:
    folder, count = tmp_path / "state", 8
    writers = [run_apart(WRITING, str(folder), who, str(count)) for who in ("a", "b", "c")]
    for writer in writers:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write("\n")
        writer.stdin.flush()
    for writer in writers:
        writer.communicate(timeout=60)
        assert writer.returncode == 0
    wanted = {f"name:{who}{number}" for who in "abc" for number in range(count)}
    for name in SHARED:
        assert set(KINDS[name].load(folder)) == wanted, name
    assert {path.name for path in folder.iterdir()} == {*SHARED, keptfile.LOCK_NAME}


def test_a_lock_that_somebody_keeps_is_not_waited_for_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keptfile, "_PATIENCE_S", 0.02)
    with keptfile.taking_turns(tmp_path):
        assert keep_filter("name:x", tmp_path) == ("name:x",)


def garble(path: Path) -> None:
    path.write_bytes(b"\xff\xfe\x00garbage")


def make_large(path: Path) -> None:
    path.write_text("x" * (2 << 20))


def put_folder_there(path: Path) -> None:
    path.unlink()
    path.mkdir()
    (path / "precious").touch()


def put_pipe_there(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


@each_kind
@pytest.mark.parametrize("spoil", [garble, make_large, put_folder_there, put_pipe_there])
def test_what_cannot_be_read_is_set_aside_and_told_and_never_written_over(
    tmp_path: Path, kind: Kind, spoil: Callable[[Path], None]
) -> None:
    kind.keep("name:old", tmp_path)
    spoil(tmp_path / kind.name)
    before = (tmp_path / kind.name).lstat()
    assert list(kind.load(tmp_path)) == []
    aside = (tmp_path / f"{kind.name}{SPOILT}").lstat()
    assert (aside.st_ino, aside.st_size) == (before.st_ino, before.st_size)
    told = set_aside_now()[kind.name]
    assert told.endswith(f"was set aside as {kind.name}{SPOILT}")
    assert "could not be read (" in told
    kind.keep("name:new", tmp_path)
    assert list(kind.load(tmp_path)) == ["name:new"]
    assert set(set_aside_now()) == {kind.name}


@each_kind
def test_what_is_missing_or_in_no_folder_is_no_trouble(tmp_path: Path, kind: Kind) -> None:
    (tmp_path / "file").touch()
    for folder in (tmp_path / "gone", tmp_path / "file"):
        assert list(kind.load(folder)) == []
    assert set_aside_now() == {}


@pytest.mark.parametrize("name", [name for name in KINDS if name.endswith(".toml")])
def test_what_a_later_version_keeps_beside_it_does_no_harm(tmp_path: Path, name: str) -> None:
    kind = KINDS[name]
    kind.keep("name:old", tmp_path)
    path = tmp_path / name
    path.write_text(f'later = {{ a = 1, b = ["x"] }}\n{path.read_text()}\n[later_table]\nx = 1\n')
    assert list(kind.load(tmp_path)) == ["name:old"]
    assert set_aside_now() == {}


def test_what_a_later_version_keeps_beside_the_views_stays(tmp_path: Path) -> None:
    keep_view("mine", tmp_path)
    path = tmp_path / viewfile.FILE_NAME
    path.write_text(f'layout = ["x", 1]\n{path.read_text()}later = true\n[pinned]\nfirst = "mine"\n')
    keep_view("other", tmp_path)
    change_view_file(lambda kept: kept.without_view("mine").with_columns("other", ("name",)), tmp_path)
    kept = load_view_file(tmp_path)
    assert kept.others == {"layout": ["x", 1], "later": True, "pinned": {"first": "mine"}}
    assert load_views(tmp_path) == ["other"]


FULL = """
import resource
from tui.core.errors import ConfigError
folder = Path(sys.argv[1])
for kind in KINDS.values():
    kind.keep("name:old", folder)
before = {name: (folder / name).read_bytes() for name in KINDS}
most = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
for room in (0, 8):
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, most))
    for kind in KINDS.values():
        try:
            kind.keep("name:new", folder)
            print("kept", kind.name)
        except ConfigError as error:
            assert "cannot be kept in" in str(error) and "free some space" in str(error), error
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    assert {name: (folder / name).read_bytes() for name in KINDS} == before
    assert {path.name for path in folder.iterdir()} == {*KINDS, keptfile.LOCK_NAME}
for kind in KINDS.values():
    kind.keep("name:new", folder)
    assert kind.load(folder)[0 if kind.name != viewfile.FILE_NAME else -1] == "name:new"
print("healed")
"""


def test_a_full_disk_leaves_every_file_as_it_was_and_no_part_of_another(tmp_path: Path) -> None:
    child = run_apart(FULL, str(tmp_path / "state"))
    out, _ = child.communicate(timeout=60)
    assert (out, child.returncode) == ("healed\n", 0)

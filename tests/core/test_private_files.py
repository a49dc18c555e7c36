"""Everything that is written is private whatever the umask, whole or not there, and never through a link."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tui.core.own_folder import OwnFolder, sweep_folders
from tui.core.private_files import (
    PART,
    PART_SUFFIX,
    create,
    create_in_use,
    make_folder,
    make_new_folder,
    open_lock,
    refuse_foreign,
    sweep,
    whole_file,
    write_all,
    write_new,
    write_whole,
)

OLD, NEW = b"old and whole\n", b"new and whole, and longer\n"
STRANGER = 54321
"""A user that nobody is."""


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def save(path: Path, content: bytes) -> None:
    """Write a new file piece by piece."""
    with whole_file(path) as descriptor:
        for start in range(0, len(content), 5):
            write_all(descriptor, content[start : start + 5])


def make_file(path: Path) -> None:
    os.close(create(path))


def make_lock(path: Path) -> None:
    os.close(open_lock(path))


def give_away(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let something belong to somebody else than us."""
    if os.geteuid() == 0:
        os.chown(path, STRANGER, STRANGER, follow_symlinks=False)
    else:
        monkeypatch.setattr(os, "geteuid", lambda: STRANGER)


@pytest.fixture(params=[0, 0o022, 0o077, 0o777], ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


class TestModes:
    @pytest.mark.parametrize("make", [make_file, make_lock, lambda path: save(path, NEW)])
    def test_a_file_is_its_owners_whatever_the_umask(
        self, tmp_path: Path, umask: int, make: Callable[[Path], None]
    ) -> None:
        make(tmp_path / "file")
        assert mode_of(tmp_path / "file") == 0o600

    @pytest.mark.parametrize("write", [write_whole, write_new])
    def test_so_is_one_that_is_written_at_once(
        self, tmp_path: Path, umask: int, write: Callable[[Path, bytes], None]
    ) -> None:
        write(tmp_path / "file", NEW)
        assert (mode_of(tmp_path / "file"), names(tmp_path)) == (0o600, ["file"])

    def test_a_file_that_others_could_read_can_no_more_when_it_is_replaced(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch(0o666)
        (tmp_path / "file").chmod(0o666)
        write_whole(tmp_path / "file", NEW)
        assert mode_of(tmp_path / "file") == 0o600

    def test_folders_are_their_owners_with_those_above(self, tmp_path: Path, umask: int) -> None:
        make_folder(tmp_path / "a" / "b" / "c")
        make_new_folder(tmp_path / "d")
        found = [mode_of(tmp_path / name) for name in ("a", "a/b", "a/b/c", "d")]
        assert found == [0o700] * 4

    def test_a_folder_of_our_own_is_private_and_gone_afterwards(self, tmp_path: Path, umask: int) -> None:
        with OwnFolder(tmp_path / "state") as folder:
            save(folder.path / "copy", NEW)
            assert mode_of(folder.path) == mode_of(folder.path.parent) == 0o700
        assert names(tmp_path / "state") == []

    @pytest.mark.parametrize("make", [make_file, make_lock, make_new_folder, lambda path: save(path, NEW)])
    def test_nobody_else_can_read_it_for_a_moment(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Callable[[Path], None]
    ) -> None:
        seen: list[int] = []
        open_, mkdir, chmod = os.open, os.mkdir, os.chmod

        def opened(path: str, flags: int, mode: int = 0o777) -> int:
            descriptor = open_(path, flags, mode)
            if flags & os.O_CREAT:
                seen.append(os.fstat(descriptor).st_mode)
            return descriptor

        def made(path: str, mode: int = 0o777) -> None:
            mkdir(path, mode)
            seen.append(Path(path).stat().st_mode)

        def changed(path: str, mode: int) -> None:
            chmod(path, mode)
            seen.append(mode)

        monkeypatch.setattr(os, "open", opened)
        monkeypatch.setattr(os, "mkdir", made)
        monkeypatch.setattr(os, "chmod", changed)
        monkeypatch.setattr(os, "fchmod", lambda _, mode: seen.append(mode))
        before = os.umask(0)
        try:
            make(tmp_path / "new")
        finally:
            os.umask(before)
        assert seen
        assert not [mode for mode in seen if mode & 0o077]


class TestLinks:
    """Somebody has put a link where we are going to write."""

    @pytest.fixture(params=["file", "folder", "nothing"])
    def target(self, request: pytest.FixtureRequest, tmp_path: Path) -> Path:
        """What it leads to, outside of where we write."""
        kind: str = request.param
        target = tmp_path / "precious" / kind
        target.parent.mkdir()
        if kind == "file":
            target.write_bytes(OLD)
        elif kind == "folder":
            target.mkdir()
        return target

    @pytest.fixture
    def link(self, tmp_path: Path, target: Path) -> Iterator[Path]:
        link = tmp_path / "shared" / "link"
        link.parent.mkdir()
        link.symlink_to(target)
        before = [(path, path.is_file() and path.read_bytes()) for path in target.parent.rglob("*")]
        yield link
        assert [(path, path.is_file() and path.read_bytes()) for path in target.parent.rglob("*")] == before

    @pytest.mark.parametrize("write", [write_new, save])
    def test_a_new_file_is_not_written_through_it(
        self, link: Path, write: Callable[[Path, bytes], None]
    ) -> None:
        with pytest.raises(FileExistsError):
            write(link, NEW)
        assert link.is_symlink()

    def test_a_file_that_is_replaced_takes_its_place(self, link: Path) -> None:
        write_whole(link, NEW)
        assert not link.is_symlink()
        assert link.read_bytes() == NEW

    @pytest.mark.parametrize("make", [make_file, make_lock])
    def test_a_file_that_is_opened_is_an_error(self, link: Path, make: Callable[[Path], None]) -> None:
        with pytest.raises(OSError, match=r"exists|symbolic links"):
            make(link)

    def test_one_to_nowhere_makes_no_folder(self, link: Path, target: Path) -> None:
        if target.is_dir():
            make_folder(link)  # the user's own link to another disk
        else:
            with pytest.raises(OSError, match=r"exists|Not a directory"):
                make_folder(link)

    @pytest.mark.parametrize("write", [write_new, write_whole, save])
    def test_one_in_the_place_of_a_file_that_is_being_written(
        self, link: Path, monkeypatch: pytest.MonkeyPatch, write: Callable[[Path, bytes], None]
    ) -> None:
        monkeypatch.setattr(os, "urandom", lambda size: b"x" * size)
        link.rename(link.with_name(f"{PART}{os.getpid()}-{(b'x' * 8).hex()}{PART_SUFFIX}"))
        with pytest.raises(FileExistsError):
            write(link, NEW)
        assert not link.exists()

    def test_one_in_the_place_of_a_folder_of_our_own(
        self, link: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(os, "urandom", lambda size: b"x" * size)
        link.rename(link.with_name(f"nightdeck-{os.getpid()}-{(b'x' * 8).hex()}"))
        with pytest.raises(FileExistsError):
            OwnFolder(link.parent)

    def test_one_that_looks_like_a_leftover_is_left_alone(self, link: Path) -> None:
        left = link.rename(link.with_name(f"{PART}1-{'a' * 16}{PART_SUFFIX}"))
        folder = link.with_name(f"nightdeck-1-{'a' * 16}")
        folder.symlink_to(left.readlink())
        sweep(link.parent, PART, PART_SUFFIX)
        sweep_folders(link.parent)
        assert left.is_symlink()
        assert folder.is_symlink()


class TestStrangers:
    def test_a_folder_of_somebody_else_is_not_used(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        folder = tmp_path / "state"
        make_folder(folder)
        give_away(folder, monkeypatch)
        with pytest.raises(PermissionError, match="belongs to another user"):
            make_folder(folder)
        with pytest.raises(PermissionError):
            OwnFolder(folder)

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root can make what belongs to others")
    def test_nor_one_that_their_link_leads_to(self, tmp_path: Path) -> None:
        (tmp_path / "ours").mkdir(0o700)
        (tmp_path / "link").symlink_to("ours")
        refuse_foreign(tmp_path / "link")
        os.chown(tmp_path / "link", STRANGER, STRANGER, follow_symlinks=False)
        with pytest.raises(PermissionError):
            refuse_foreign(tmp_path / "link")

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root can make what belongs to others")
    @pytest.mark.parametrize("kind", ["link", "folder"])
    @pytest.mark.parametrize("is_open", [True, False])
    def test_nor_one_below_what_they_may_have_put_there(
        self, tmp_path: Path, kind: str, is_open: bool
    ) -> None:
        shared, elsewhere = tmp_path / "shared", tmp_path / "elsewhere"
        elsewhere.mkdir()
        make_folder(shared)
        if kind == "link":
            (shared / "connections").symlink_to(elsewhere)
        else:
            (shared / "connections").mkdir()
        os.chown(shared / "connections", STRANGER, STRANGER, follow_symlinks=False)
        shared.chmod(0o1777 if is_open else 0o755)
        if is_open:
            with pytest.raises(PermissionError, match="belongs to another user"):
                make_folder(shared / "connections" / "here" / "quick")
            assert names(elsewhere) == []
        else:
            make_folder(shared / "connections" / "here" / "quick")

    def test_a_lock_of_somebody_else_is_not_waited_for(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        make_lock(tmp_path / "lock")
        give_away(tmp_path / "lock", monkeypatch)
        with pytest.raises(PermissionError, match="belongs to another user"):
            open_lock(tmp_path / "lock")

    def test_what_they_have_left_is_theirs(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        left = tmp_path / f"{PART}1-{'a' * 16}{PART_SUFFIX}"
        folder = tmp_path / f"nightdeck-1-{'a' * 16}"
        left.write_bytes(OLD)
        folder.mkdir()
        for path in (left, folder):
            give_away(path, monkeypatch)
        sweep(tmp_path, PART, PART_SUFFIX)
        sweep_folders(tmp_path)
        assert left.exists()
        assert folder.exists()


class TestWholeness:
    @pytest.mark.parametrize("step", ["write", "fsync", "replace"])
    def test_a_failure_leaves_the_old_file(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
    ) -> None:
        (tmp_path / "file").write_bytes(OLD)
        monkeypatch.setattr(os, step, fail)
        with pytest.raises(OSError, match="No space"):
            write_whole(tmp_path / "file", NEW)
        assert (tmp_path / "file").read_bytes() == OLD
        assert names(tmp_path) == ["file"]

    @pytest.mark.parametrize("step", ["write", "fsync"])
    @pytest.mark.parametrize("write", [write_new, save])
    def test_a_failure_leaves_no_new_file(
        self,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        write: Callable[[Path, bytes], None],
        step: str,
    ) -> None:
        monkeypatch.setattr(os, step, fail)
        with pytest.raises(OSError, match="No space"):
            write(tmp_path / "file", NEW)
        assert names(tmp_path) == []

    def test_nothing_is_there_before_it_is_whole(self, tmp_path: Path) -> None:
        with whole_file(tmp_path / "file") as descriptor:
            write_all(descriptor, NEW)
            assert not (tmp_path / "file").exists()
            assert len(names(tmp_path)) == 1
        assert names(tmp_path) == ["file"]

    def test_who_gives_up_leaves_nothing(self, tmp_path: Path) -> None:
        def give_up() -> None:
            with whole_file(tmp_path / "file") as descriptor:
                write_all(descriptor, NEW)
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            give_up()
        assert names(tmp_path) == []

    def test_somebody_who_was_faster_keeps_the_file(self, tmp_path: Path) -> None:
        def be_slow() -> None:
            with whole_file(tmp_path / "file") as descriptor:
                write_all(descriptor, NEW)
                (tmp_path / "file").write_bytes(OLD)

        with pytest.raises(FileExistsError):
            be_slow()
        assert (tmp_path / "file").read_bytes() == OLD
        assert names(tmp_path) == ["file"]


class TestSweeping:
    def test_what_a_kill_left_is_taken_away_by_the_next_writer(self, tmp_path: Path) -> None:
        program = (
            "import os, signal, sys; from pathlib import Path\n"
            "from tui.core.own_folder import OwnFolder\n"
            "from tui.core.private_files import whole_file, write_all\n"
            "folder = OwnFolder(Path(sys.argv[1]))\n"
            "with whole_file(Path(sys.argv[1]) / 'file') as descriptor:\n"
            "    write_all(descriptor, b'half of i')\n"
            "    os.kill(os.getpid(), signal.SIGKILL)\n"
        )
        subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=False)
        assert len(names(tmp_path)) == 2
        write_new(tmp_path / "other", NEW)
        sweep_folders(tmp_path)
        assert names(tmp_path) == ["other"]

    def test_what_is_in_use_stays(self, tmp_path: Path) -> None:
        with OwnFolder(tmp_path) as folder, whole_file(tmp_path / "file") as descriptor:
            write_new(tmp_path / "other", OLD)
            sweep_folders(tmp_path)
            assert folder.path.is_dir()
            write_all(descriptor, NEW)
        assert (tmp_path / "file").read_bytes() == NEW

    def test_what_others_might_have_named_so_stays(self, tmp_path: Path) -> None:
        for name in ("nightdeck-checkout", "nightdeck-1", f"nightdeck-1-{'a' * 17}", "nightdeck-1-x"):
            (tmp_path / name).mkdir()
        (tmp_path / f"{PART}notes.txt").write_bytes(OLD)
        before = names(tmp_path)
        sweep_folders(tmp_path)
        sweep(tmp_path, PART, PART_SUFFIX)
        assert names(tmp_path) == before

    def test_one_who_sweeps_at_that_very_moment_costs_a_name(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        made, is_first = os.fstat, iter([True, True])

        def swept(descriptor: int) -> os.stat_result:
            if next(is_first, False):
                for path in tmp_path.iterdir():
                    path.unlink()
            return made(descriptor)

        monkeypatch.setattr(os, "fstat", swept)
        path, descriptor = create_in_use(tmp_path, "a-", ".b")
        os.close(descriptor)
        assert names(tmp_path) == [path.name]

    def test_a_folder_that_is_missing_has_nothing_to_sweep(self, tmp_path: Path) -> None:
        sweep(tmp_path / "missing", PART, PART_SUFFIX)
        sweep_folders(tmp_path / "missing")
        assert names(tmp_path) == []


def fail(*_: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def refuse_links(*args: object) -> None:
    raise OSError(95, "Operation not supported")


@pytest.mark.parametrize("has_links", [True, False])
def test_a_new_file_is_whole_and_for_the_owner_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_links: bool
) -> None:
    if not has_links:
        monkeypatch.setattr(os, "link", refuse_links)
    write_new(tmp_path / "new", b"content")
    assert (tmp_path / "new").read_bytes() == b"content"
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["new"]


@pytest.mark.parametrize("has_links", [True, False])
def test_a_file_that_is_there_is_never_replaced_by_a_new_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_links: bool
) -> None:
    if not has_links:
        monkeypatch.setattr(os, "link", refuse_links)
    (tmp_path / "old").write_bytes(b"old")
    with pytest.raises(FileExistsError):
        write_new(tmp_path / "old", b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["old"]
    assert (tmp_path / "old").read_bytes() == b"old"


def test_a_folder_in_the_way_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "folder" / "inside").mkdir(parents=True)
    with pytest.raises(IsADirectoryError):
        write_whole(tmp_path / "folder", b"content")
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]

"""The records of local runs: what can't be read, or was written by a later version, costs only itself."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from tests.adapters.local_case import assert_gone, finish, key_of, open_adapter, see
from tui.adapters.local import slots
from tui.core.state import State


@pytest.fixture
async def folder(tmp_path: Path) -> AsyncIterator[Path]:
    """Where runs are kept; everything started from it is gone afterwards."""
    yield tmp_path / "runs"
    await assert_gone(tmp_path)


def put_folder_there(path: Path) -> None:
    path.unlink()
    path.mkdir()


def garble(path: Path) -> None:
    path.write_bytes(b"\xa5" * path.stat().st_size)


@pytest.mark.parametrize("name", ["spec.json", "status", "log"])
@pytest.mark.parametrize("spoil", [put_folder_there, garble, Path.unlink])
async def test_a_file_that_cannot_be_read_costs_what_was_in_it(
    folder: Path, name: str, spoil: Callable[[Path], object]
) -> None:
    """The other runs are told as ever, and the job can be started again."""
    jobs = ({"name": "job", "command": "true"}, {"name": "other", "command": "exit 3"})
    first = open_adapter(folder, *jobs)
    good = await finish(first, "job")
    await finish(first, "other")
    spoilt = await finish(first, "job")
    spoil(folder / "job" / spoilt.run_id / name)
    later = open_adapter(folder, *jobs)
    runs = {run.key.run_id: run for run in await later.list_runs(key_of("job"))}
    assert runs[good.run_id].state is State.SUCCEEDED
    # A status of which nothing makes sense is no success.
    assert (runs[spoilt.run_id].state is State.SUCCEEDED) is (name != "status")
    assert (await see(later, "other")).last_result is State.FAILED
    again = await finish(later, "job")
    assert again.run_id > spoilt.run_id
    assert again.last_result is State.SUCCEEDED


async def test_what_a_later_version_records_beside_it_does_no_harm(folder: Path) -> None:
    job = {"name": "job", "command": "exit 3"}
    seen = await finish(open_adapter(folder, job), "job")
    run = folder / "job" / seen.run_id
    spec = json.loads((run / "spec.json").read_bytes())
    (run / "spec.json").write_text(json.dumps({**spec, "later": {"a": [1]}, "timeout_s": "soon"}))
    with (run / "status").open("ab") as status:
        status.write(b"another line of a later version".ljust(slots.SIZE) + b"\n")
    (run / "artefacts").mkdir()
    (told,) = await open_adapter(folder, job).list_runs(key_of("job"))
    assert (told.state, told.exit_code, told.triggered_by) == (State.FAILED, 3, spec["triggered_by"])

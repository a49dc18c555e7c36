"""Secrets of local jobs: in the command's variables, and nowhere else."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.adapters.local_case import assert_gone, finish, key_of, open_adapter, printed
from tui.adapters.local.settings import LocalSettings
from tui.core.adapter import AdapterContext
from tui.core.clock import SystemClock
from tui.core.errors import ActionRefused, ConfigError
from tui.core.keys import RunKey
from tui.core.redaction import Redactor
from tui.core.settings import SecretRef

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tui.adapters.local import LocalAdapter

SECRET = "hunter2-Hunter2"
JOB = {
    "name": "job",
    "command": 'echo "got $DB_PASSWORD on $DAY"',
    "param": [{"name": "DB_PASSWORD"}, {"name": "DAY", "default": "1"}],
}


@pytest.fixture
async def folder(tmp_path: Path) -> AsyncIterator[Path]:
    """Where runs are kept; everything started from it is gone afterwards."""
    yield tmp_path / "runs"
    await assert_gone(tmp_path)


def records_of(folder: Path) -> list[bytes]:
    """Everything that is written down of runs, but for what they said themselves."""
    return [path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.name != "log"]


async def test_a_value_under_the_name_of_a_secret_is_given_to_the_command_and_not_written_down(
    folder: Path,
) -> None:
    adapter = open_adapter(folder, JOB)
    job = await finish(adapter, "job", DB_PASSWORD=SECRET, DAY="2")
    run = RunKey("here", "job", job.run_id)
    assert await printed(adapter, run, "got") == f"got {SECRET} on 2\n"
    records = records_of(folder)
    assert records
    assert not any(SECRET.encode() in record for record in records)
    (seen,) = await adapter.list_runs(key_of("job"))
    assert seen.params == {"DB_PASSWORD": "•••", "DAY": "2"}


async def test_a_value_that_is_a_known_secret_is_not_written_down_under_any_name(folder: Path) -> None:
    adapter = open_adapter(folder, JOB)
    adapter.context.redactor.add(SECRET)
    await finish(adapter, "job", DAY=f"x{SECRET}")
    (seen,) = await adapter.list_runs(key_of("job"))
    assert seen.params["DAY"] == "•••"


async def test_a_run_whose_secrets_were_not_kept_is_not_repeated_with_a_mask(folder: Path) -> None:
    adapter = open_adapter(folder, JOB)
    job = await finish(adapter, "job", DB_PASSWORD=SECRET)
    with pytest.raises(ActionRefused, match="DB_PASSWORD was not kept") as caught:
        await adapter.rerun(RunKey("here", "job", job.run_id))
    assert "trigger it" in caught.value.hint
    assert len(await adapter.list_runs(key_of("job"))) == 1
    second = await finish(adapter, "job", DAY="3")
    await adapter.rerun(RunKey("here", "job", second.run_id))


def adapter_with(folder: Path, asked: list[str], **env: SecretRef) -> LocalAdapter:
    """An adapter whose secrets are counted when they are fetched."""
    from tui.adapters.local import LocalAdapter

    redactor = Redactor()

    def resolve(ref: SecretRef) -> str:
        asked.append(str(ref.env or ref.file or ref.command or ref.keyring))
        if ref.env == "MISSING":
            raise ConfigError("it is not set", hint="set it")
        redactor.add(f"secret of {asked[-1]}")
        return f"secret of {asked[-1]}"

    settings = LocalSettings.model_validate({"type": "local", "job": [{**JOB, "env": env}]})
    context = AdapterContext(SystemClock(), resolve, None, redactor, folder)  # type: ignore[arg-type]
    return LocalAdapter("here", settings, context)


async def test_secrets_at_hand_are_known_at_once_and_others_when_a_log_is_opened(folder: Path) -> None:
    asked: list[str] = []
    adapter = adapter_with(
        folder,
        asked,
        GONE=SecretRef(env="MISSING"),
        VARIABLE=SecretRef(env="TOKEN"),
        FILE=SecretRef(file="token.txt"),
        COMMAND=SecretRef(command=("pass", "show")),
    )
    await adapter.open()
    assert sorted(asked) == ["MISSING", "TOKEN", "token.txt"]
    assert adapter.context.redactor.hide("secret of TOKEN") == "•••"
    run = RunKey("here", "job", "r1")
    await adapter.know_secrets(run)
    await adapter.know_secrets(run)
    assert asked[3:] == ["('pass', 'show')"]

"""The table of a local connection: what is understood, and what is refused with which words."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from pydantic import ValidationError

from tui.adapters.local.settings import LocalSettings
from tui.core.command_job import CommandJob, JobParameter
from tui.core.settings import SecretRef


def job(**keys: object) -> CommandJob:
    return CommandJob.model_validate({"name": "load", "command": "true", **keys})


def local(*jobs: dict[str, object]) -> LocalSettings:
    return LocalSettings.model_validate({"type": "local", "job": jobs})


def test_a_table_from_a_config_file() -> None:
    text = """
    type = "local"
    [[job]]
    name = "Load orders"
    command = "make load"
    cwd = "~/etl"
    env = { PORT = 8080, DB_PASSWORD = { env = "DB" } }
    timeout = "10m"
    tags = ["nightly"]
    path = "warehouse/load"
    [[job.param]]
    name = "DAY"
    default = "today"
    """
    settings = LocalSettings.model_validate(tomllib.loads(text))
    (load,) = settings.job
    assert (load.id, load.timeout, load.grace, load.keep_runs) == ("load-orders", 600.0, 10.0, 1000)
    assert load.env == {"PORT": "8080", "DB_PASSWORD": SecretRef(env="DB")}
    assert load.param[0].default == "today"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Load orders!", "load-orders"),
        ("  --a__b--  ", "a-b"),
        ("Größe laden", "größe-laden"),
        ("日次", "日次"),
        ("../../etc/passwd", "etc-passwd"),
        ("2026", "2026"),
    ],
)
def test_the_id_is_a_slug_of_the_name(name: str, expected: str) -> None:
    assert job(name=name).id == expected


@pytest.mark.parametrize("name", ["!!!", "…", "x" * 190, "日" * 100])
def test_a_name_without_a_usable_slug_gets_a_short_id_of_its_own(name: str) -> None:
    made = job(name=name).id
    assert 0 < len(made.encode()) <= 80
    assert "/" not in made
    assert made != job(name=name[:-1] + "?!").id


def test_two_jobs_must_not_share_an_id() -> None:
    with pytest.raises(ValidationError, match="'A b' and 'a-b' both get the id 'a-b': rename one"):
        local({"name": "A b", "command": "true"}, {"name": "a-b", "command": "true"})


@pytest.mark.parametrize(("given", "seconds"), [(5, 5.0), (0.5, 0.5), ("90s", 90.0), ("1h30m", 5400.0)])
def test_spans_are_seconds_or_text(given: object, seconds: float) -> None:
    assert job(timeout=given).timeout == seconds
    assert job(grace=given).grace == seconds


@pytest.mark.parametrize(
    ("keys", "problem"),
    [
        ({"name": ""}, "at least 1 character"),
        ({"command": ""}, "is empty"),
        ({"command": "  \n"}, "is empty"),
        ({"command": []}, "at least 1 item"),
        ({"command": "a\0b"}, "NUL"),
        ({"command": ["a", "b\0"]}, "NUL"),
        ({"cwd": "etl"}, "must be absolute or start with ~"),
        ({"timeout": "soon"}, "no span of time"),
        ({"timeout": 0}, "greater than or equal to 0.1"),
        ({"grace": -1}, "greater than or equal to 0"),
        ({"keep_runs": 0}, "greater than or equal to 1"),
        ({"env": {"A=B": "x"}}, "no name of an environment variable"),
        ({"env": {"": "x"}}, "no name of an environment variable"),
        ({"progress": "("}, "no regular expression"),
        ({"progress": r"\d+%"}, "needs one group"),
        ({"param": [{"name": "A B"}]}, "should match pattern"),
        ({"param": [{"name": "A"}, {"name": "A"}]}, "two parameters are called A"),
        ({"partition": "debug"}, "Extra inputs are not permitted"),
    ],
)
def test_what_is_refused(keys: dict[str, object], problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        job(**keys)


def test_a_secret_is_not_in_the_repr() -> None:
    given = job(env={"PASSWORD": {"literal": "hunter2"}})
    assert "hunter2" not in repr(given)


@pytest.mark.parametrize("model", [LocalSettings, CommandJob, JobParameter])
def test_every_key_is_documented_in_the_schema(model: type[Any]) -> None:
    properties = model.model_json_schema()["properties"]
    assert [name for name, found in properties.items() if not found.get("description")] == []


def test_the_schema_lets_a_span_be_a_number_or_text() -> None:
    found = str(CommandJob.model_json_schema()["properties"]["timeout"])
    assert "number" in found
    assert "string" in found

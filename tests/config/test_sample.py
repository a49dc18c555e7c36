from __future__ import annotations

import re
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import jsonschema
import pytest
from pydantic import BaseModel

from tui.config import sample as sample_module
from tui.config.document import read_document
from tui.config.effective import effective_settings, toml_lines
from tui.config.json_schema import config_schema
from tui.config.load import check_document, load_config
from tui.config.paths import config_path, sample_config_path
from tui.config.sample import sample_text, write_sample
from tui.config.schema import Config
from tui.core.errors import ConfigError
from tui.registry import adapter_names, load_adapter


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    arguments = get_args(annotation)
    if not arguments and isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in arguments:
        yield from models_in(argument)


def models_below(model: type[BaseModel], seen: set[type[BaseModel]]) -> Iterator[type[BaseModel]]:
    if model not in seen:
        seen.add(model)
        yield model
        for field in model.model_fields.values():
            for inner in models_in(field.annotation):
                yield from models_below(inner, seen)


def name_of(model: type[BaseModel]) -> str:
    return model.__name__


def documented_models() -> list[type[BaseModel]]:
    seen: set[type[BaseModel]] = set()
    roots: list[type[BaseModel]] = [Config, *(load_adapter(name).Settings for name in adapter_names())]
    return [model for root in roots for model in models_below(root, seen)]


@pytest.mark.parametrize("model", documented_models(), ids=name_of)
def test_every_key_of_every_table_is_documented(model: type[BaseModel]) -> None:
    text = sample_text()
    missing = [
        key
        for key in model.model_fields
        if not re.search(rf"(?m)(^(# )?|\{{ ){key} = ", text)
        and not re.search(rf"(?m)^(# )?\[+([\w.]+\.)?{key}\b", text)
    ]
    assert not missing


@pytest.mark.parametrize("model", documented_models(), ids=name_of)
def test_every_key_has_a_docstring(model: type[BaseModel]) -> None:
    assert not [key for key, field in model.model_fields.items() if not field.description]


def test_the_sample_works_as_it_stands() -> None:
    loaded = check_document(read_document(sample_config_path()))
    assert loaded.problems == ()
    for table in loaded.config.connections.values():
        load_adapter(table["type"]).Settings.model_validate(table)


def test_what_is_in_effect_can_be_shown_as_a_config_that_means_the_same(home: Path) -> None:
    original = load_config()
    models = {name: load_adapter(raw["type"]).Settings for name, raw in original.config.connections.items()}
    again = home / "again.toml"
    again.write_text("\n".join(toml_lines(effective_settings(original, models))), encoding="utf-8")
    shown = load_config(again)
    assert shown.problems == ()
    for name, model in models.items():
        tables = (original.config.connections[name], shown.config.connections[name])
        assert model.model_validate(tables[0]) == model.model_validate(tables[1])


def test_the_defaults_that_the_sample_tells_are_the_defaults() -> None:
    config = check_document(read_document(sample_config_path())).config
    assert config.ui == Config().ui
    assert config.notifications == Config().notifications


def sample_jobs() -> list[dict[str, Any]]:
    jobs: list[dict[str, Any]] = read_document(sample_config_path()).raw["connections"]["here"]["job"]
    return jobs


@pytest.mark.parametrize("job", sample_jobs(), ids=lambda job: str(job["name"]))
def test_the_samples_commands_are_plain_shell(job: dict[str, Any]) -> None:
    done = subprocess.run(["sh", "-n", "-c", job["command"]], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_sample_shows_every_kind_of_job() -> None:
    jobs = {job["name"]: job for job in sample_jobs()}
    assert sum(bool(job.get("on_open")) for job in jobs.values()) >= 4
    assert any("timeout" in job for job in jobs.values())
    assert any("param" in job for job in jobs.values())
    assert any("progress" in job for job in jobs.values())
    failing = subprocess.run(
        ["sh", "-c", jobs["export orders"]["command"].replace("sleep", ":")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert failing.returncode == 1
    assert "ORA-12541: TNS:no listener" in failing.stderr
    much = subprocess.run(
        ["sh", "-c", jobs["verify checksums"]["command"]], capture_output=True, text=True, check=True
    )
    assert len(much.stdout.splitlines()) == 50_001


def test_the_sample_fits_the_schema() -> None:
    schema = config_schema({name: load_adapter(name).Settings for name in adapter_names()})
    jsonschema.Draft202012Validator(schema).validate(read_document(sample_config_path()).raw)


def test_writing_the_sample_begins_a_config_for_the_owner_alone(home: Path) -> None:
    path = write_sample()
    assert path == config_path() == home / ".config" / "nightdeck" / "config.toml"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert path.read_text(encoding="utf-8") == sample_text()
    assert [file.name for file in path.parent.iterdir()] == ["config.toml"]
    assert not load_config().is_embedded_default


def test_writing_the_sample_never_overwrites(home: Path) -> None:
    path = home / "mine.toml"
    path.write_text("mine")
    with pytest.raises(ConfigError, match=r"there is a config file mine\.toml already"):
        write_sample("mine.toml")
    assert path.read_text() == "mine"


def test_writing_the_sample_never_follows_a_link(home: Path) -> None:
    (home / "mine.toml").symlink_to(home / "elsewhere.toml")
    with pytest.raises(ConfigError, match="already"):
        write_sample("mine.toml")
    assert not (home / "elsewhere.toml").exists()


def test_a_file_that_appears_meanwhile_is_left_alone(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def appear(path: Path, content: bytes) -> None:
        raise FileExistsError(path)

    monkeypatch.setattr(sample_module, "write_new", appear)
    with pytest.raises(ConfigError, match="already"):
        write_sample()


def test_a_full_disk_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(path: Path, content: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(sample_module, "write_new", fail)
    with pytest.raises(ConfigError, match="cannot be written: No space left on device"):
        write_sample()

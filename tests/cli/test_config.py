from __future__ import annotations

import json
import stat
import tomllib
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from tests.support.cli import World
from tui.config.paths import sample_config_path

SECRET = "hunter22-correct-horse"


def test_the_path_is_printed_whether_the_file_is_there_or_not(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert world.run("config", "path").out == f"{world.config}\n"
    assert world.run("config", "path", "--config", "other.toml").out == f"{world.folder / 'other.toml'}\n"
    monkeypatch.delenv("NIGHTDECK_CONFIG")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(world.folder / "xdg"))
    ended = world.run("config", "path")
    assert (ended.code, ended.out) == (0, f"{world.folder / 'xdg' / 'nightdeck' / 'config.toml'}\n")
    assert "`nightdeck config init` begins one" in ended.err


def test_init_writes_the_commented_sample_for_the_user_alone(world: World) -> None:
    path = world.folder / "new" / "config.toml"
    ended = world.run("config", "init", "--config", str(path))
    assert (ended.code, ended.out, ended.err) == (0, f"{path}\n", "")
    assert path.read_text(encoding="utf-8") == sample_config_path().read_text(encoding="utf-8")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert world.run("jobs", "--config", str(path), "--connection", "here").code == 0


def test_init_never_writes_over_a_file(world: World) -> None:
    world.add_config("# mine")
    ended = world.run("config", "init")
    assert (ended.code, ended.out) == (2, "")
    assert world.config.read_text(encoding="utf-8") == "# mine\n"


def test_init_where_nothing_can_be_written_is_one_line(world: World) -> None:
    ended = world.run("config", "init", "--config", str(world.config / "below" / "a" / "file.toml"))
    assert (ended.code, ended.out, len(ended.talk)) == (2, "", 1)


def test_show_prints_what_is_in_effect_as_toml_with_its_sources(world: World) -> None:
    world.add_config('[ui]\ntime = "absolute"')
    world.add_local(a="true")
    ended = world.run("config", "show")
    assert (ended.code, ended.err) == (0, "")
    assert 'time = "absolute"  # config.toml:2' in ended.out
    assert 'theme = "nightdeck-dark"  # default' in ended.out
    assert tomllib.loads(ended.out)["connections"]["here"]["job"][0]["command"] == "true"


def test_show_in_json_has_one_record_a_setting(world: World) -> None:
    world.add_config('[ui]\ntime = "absolute"')
    records = world.run("config", "show", "-o", "json").json
    assert {"table": "[ui]", "key": "time", "value": "absolute", "source": "config.toml:2"} in records
    assert all(list(record) == ["table", "key", "value", "source"] for record in records)
    rows = world.run("config", "show", "-o", "csv").csv
    assert len(rows) == len(records) == len(world.run("config", "show", "-o", "jsonl").jsonl)


@pytest.mark.parametrize("output", ["table", "json", "jsonl", "csv"])
def test_show_never_tells_a_secret(world: World, output: str) -> None:
    world.add_local(a="true")
    world.add_config(f'env = {{ DB_PASSWORD = {{ literal = "{SECRET}" }} }}')
    world.add_config(f'[connections.typo]\ntype = "local"\npasswrd = "{SECRET}"')
    ended = world.run("config", "show", "-o", output)
    assert SECRET not in ended.out + ended.err
    assert "passwrd" in ended.out


def test_show_tells_what_is_wrong_to_the_last_key_and_what_holds(world: World) -> None:
    world.add_config('[ui]\nthem = "x"\n[connections.here]\ntype = "local"\ncolour = "red"')
    world.add_config('[connections.typo]\ntype = "lokal"')
    ended = world.run("config", "show")
    assert ended.code == 2
    assert [line.split(":")[1] for line in ended.talk] == ["2", "5", "7"]
    assert "[connections.here]" in ended.out


def test_the_schema_is_one_and_the_sample_obeys_it(world: World) -> None:
    ended = world.run("config", "schema")
    assert (ended.code, ended.err) == (0, "")
    schema = json.loads(ended.out)
    Draft202012Validator.check_schema(schema)
    sample = tomllib.loads(sample_config_path().read_text(encoding="utf-8"))
    assert list(Draft202012Validator(schema).iter_errors(sample)) == []
    assert list(Draft202012Validator(schema).iter_errors({"ui": {"them": "x"}}))


@pytest.mark.parametrize("doing", ["path", "init", "schema"])
def test_an_output_is_chosen_for_settings_alone(world: World, doing: str) -> None:
    ended = world.run("config", doing, "-o", "json", "--config", "new.toml")
    assert (ended.code, ended.out) == (2, "")
    assert not Path("new.toml").exists()

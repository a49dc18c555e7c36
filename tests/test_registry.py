from __future__ import annotations

import importlib
import json
import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType

import pytest

from tui import registry
from tui.adapters.local import LocalAdapter
from tui.core.errors import ConfigError
from tui.registry import adapter_names, is_adapter_name, load_adapter

ROOT = Path(__file__).parent.parent


def offer(monkeypatch: pytest.MonkeyPatch, **points: str) -> None:
    """Pretend that installed packages offer these adapters."""
    offered = [EntryPoint(name, value, registry.ENTRY_POINTS) for name, value in points.items()]

    def entry_points(*, group: str) -> list[EntryPoint]:
        return [point for point in offered if point.group == group]

    monkeypatch.setattr("importlib.metadata.entry_points", entry_points)


def publish(monkeypatch: pytest.MonkeyPatch, name: str, **attributes: object) -> None:
    module = ModuleType(name)
    module.__dict__.update(attributes)
    monkeypatch.setitem(sys.modules, name, module)


def refusal(type_name: str) -> str:
    with pytest.raises(ConfigError) as caught:
        load_adapter(type_name)
    return str(caught.value)


def test_the_names_are_the_folders_listing() -> None:
    folder = ROOT / "tui" / "adapters"
    listed = {path.stem for path in folder.iterdir() if path.stem not in {"__init__", "__pycache__"}}
    assert set(adapter_names()) >= listed
    assert "local" in adapter_names()


def test_telling_the_names_imports_no_adapter() -> None:
    program = (
        "import json, sys\nfrom tui.registry import adapter_names\nadapter_names()\n"
        "print(json.dumps(sorted(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
    )
    loaded = set(json.loads(done.stdout))
    assert not {name for name in loaded if name.startswith("tui.adapters")}
    assert not loaded & {"pydantic", "httpx", "textual"}


def test_loading_one_imports_its_class() -> None:
    assert load_adapter("local") is LocalAdapter


def test_a_shipped_name_is_known_without_looking_at_other_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    def entry_points(*, group: str) -> list[EntryPoint]:
        raise AssertionError(group)

    monkeypatch.setattr("importlib.metadata.entry_points", entry_points)
    assert is_adapter_name("local")
    assert load_adapter("local") is LocalAdapter


def test_a_name_is_known_when_any_package_offers_it(monkeypatch: pytest.MonkeyPatch) -> None:
    offer(monkeypatch, theirs="their_adapter")
    assert is_adapter_name("theirs")
    assert not is_adapter_name("nobodys")


def test_an_unknown_type_is_told_with_the_nearest_one() -> None:
    assert refusal("lokal").startswith("unknown type 'lokal', did you mean 'local'? (there are ")
    assert refusal("zzz").startswith("unknown type 'zzz' (there are ")
    for strange in ("", "__init__", "_private", "local.settings", "../core"):
        assert refusal(strange).startswith(f"unknown type {strange!r}")


@pytest.mark.parametrize("value", ["their_adapter:TheirAdapter", "their_adapter"])
def test_another_package_can_offer_an_adapter(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    offer(monkeypatch, theirs=value)
    publish(monkeypatch, "their_adapter", TheirAdapter=LocalAdapter, ADAPTER=LocalAdapter)
    assert "theirs" in adapter_names()
    assert load_adapter("theirs") is LocalAdapter


def test_our_own_adapters_come_first(monkeypatch: pytest.MonkeyPatch) -> None:
    offer(monkeypatch, local="no.such.module")
    assert list(adapter_names()).count("local") == 1
    assert load_adapter("local") is LocalAdapter


@pytest.mark.parametrize("value", ["no.such.module", "their_adapter:Gone", "not a name"])
def test_a_package_that_cannot_be_imported_is_told(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    offer(monkeypatch, theirs=value)
    publish(monkeypatch, "their_adapter")
    told = refusal("theirs")
    assert told.startswith("the adapter 'theirs' cannot be loaded: ")
    assert told.endswith("(install again the package that it came with)")


@pytest.mark.parametrize("text", ["1 +", "raise RuntimeError('first\\nsecond')", "undefined", "1 / 0"])
def test_a_package_that_fails_while_it_is_imported_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str
) -> None:
    (tmp_path / "broken_adapter.py").write_text(text)
    monkeypatch.syspath_prepend(str(tmp_path))
    offer(monkeypatch, theirs="broken_adapter")
    told = refusal("theirs")
    assert told.startswith("the adapter 'theirs' cannot be loaded: ")
    assert "\n" not in told


@pytest.mark.parametrize("offered", [None, 5, "text", dict, LocalAdapter.__mro__[1]])
def test_what_is_no_adapter_is_told(monkeypatch: pytest.MonkeyPatch, offered: object) -> None:
    offer(monkeypatch, theirs="their_adapter")
    publish(monkeypatch, "their_adapter", ADAPTER=offered)
    assert "no complete adapter class" in refusal("theirs")


def test_an_import_that_the_interpreter_stumbled_over_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    import_module = importlib.import_module

    def stumbling(name: str) -> ModuleType:
        asked.append(name)
        if len(asked) == 1:
            raise SystemError("AST constructor recursion depth mismatch")
        return import_module(name)

    monkeypatch.setattr(importlib, "import_module", stumbling)
    assert load_adapter("local") is LocalAdapter
    assert asked == ["tui.adapters.local"] * 2

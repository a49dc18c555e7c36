from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any, ClassVar, Literal

import pytest

from tests.support.clock import FakeClock
from tui import registry, wiring
from tui.config.load import load_config
from tui.core.adapter import Adapter, AdapterContext
from tui.core.errors import ConfigError, NightdeckError, NotFound
from tui.core.keys import JobKey
from tui.core.models import Check, HealthStatus, Job, Run
from tui.core.redaction import MASK
from tui.core.settings import ConnectionSettings, SecretRef
from tui.core.state import State
from tui.engine.store import Store
from tui.logs.error_rules import RULES, ErrorRule
from tui.wiring import (
    Session,
    SessionOptions,
    adapter_models,
    build_session,
    check_connections,
    check_fully,
    connection_models,
)

SECRET = "hunter22-correct-horse"


class VaultSettings(ConnectionSettings):
    """A made-up system's table."""

    type: Literal["vault"]
    """The type."""
    password: SecretRef
    """The secret."""
    token: SecretRef | None = None
    """Another one, fetched when needed."""


class VaultAdapter(Adapter):
    """A made-up system that tells which secret it got."""

    type_name: ClassVar[str] = "vault"
    title: ClassVar[str] = "Vault"
    Settings: ClassVar[type[ConnectionSettings]] = VaultSettings
    opened: ClassVar[list[VaultAdapter]] = []

    def __init__(self, connection: str, settings: ConnectionSettings, context: AdapterContext) -> None:
        super().__init__(connection, settings, context)
        assert isinstance(settings, VaultSettings)
        self.vault = settings
        self.password = ""

    async def open(self) -> None:
        self.password = self.context.resolve(self.vault.password)
        self.opened.append(self)

    async def check(self) -> Check:
        return Check(self.connection)

    async def list_jobs(self) -> AsyncIterator[Sequence[Job]]:
        yield [Job(self.connection, "vault", "1", "one", State.SUCCEEDED, self.context.clock.now())]

    async def list_runs(self, job: JobKey, limit: int = 50) -> Sequence[Run]:
        return []


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a state folder in it, and a made-up system beside the shipped ones."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NIGHTDECK_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setattr(VaultAdapter, "opened", [])

    def load(type_name: str) -> type[Adapter]:
        return VaultAdapter if type_name == "vault" else registry.load_adapter(type_name)

    monkeypatch.setattr(wiring, "load_adapter", load)
    names = sorted({*registry.adapter_names(), "vault"})
    monkeypatch.setattr(wiring, "adapter_names", lambda: names)
    monkeypatch.setattr(wiring, "is_adapter_name", lambda name: name in names)
    return tmp_path


def session_of(folder: Path, text: str, **options: Any) -> Session:
    (folder / "config.toml").write_text(text, encoding="utf-8")
    return build_session(SessionOptions(config_path="config.toml", clock=FakeClock(), **options))


async def failures_of(session: Session) -> dict[str, NightdeckError]:
    try:
        await session.engine.history.open()
        return await session.engine.sweep_all()
    finally:
        await session.engine.aclose()


VAULT = '[connections.safe]\ntype = "vault"\npassword = { env = "VAULT_PASSWORD" }\n'
LOCAL = '[connections.here]\ntype = "local"\n'


async def test_a_connection_is_opened_with_its_settings_and_secret(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VAULT_PASSWORD", SECRET)
    session = session_of(folder, VAULT)
    assert await failures_of(session) == {}
    (adapter,) = VaultAdapter.opened
    assert adapter.password == SECRET
    assert adapter.context.state_dir == folder / "state" / "connections" / "safe"
    assert adapter.context.redactor is session.redactor
    assert session.redactor.mask(SECRET) == MASK
    assert set(session.engine.store.jobs) == {JobKey("safe", "1")}


async def test_a_missing_secret_breaks_its_connection_alone(folder: Path) -> None:
    failures = await failures_of(session_of(folder, VAULT + LOCAL))
    assert list(failures) == ["safe"]
    assert str(failures["safe"]) == (
        "config.toml:3: [connections.safe] password is not available: "
        "the environment variable VAULT_PASSWORD is not set "
        "(export VAULT_PASSWORD=… before starting nightdeck)"
    )


async def test_a_secret_that_was_mended_is_read_anew(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    session = session_of(folder, VAULT)
    await session.engine.history.open()
    assert "safe" in await session.engine.sweep_all()
    monkeypatch.setenv("VAULT_PASSWORD", SECRET)
    session.engine.refresh("safe")
    assert await failures_of(session) == {}


async def test_a_refused_table_tells_its_first_problem(folder: Path) -> None:
    text = f'[connections.safe]\ntype = "vault"\npasswrd = "{SECRET}"\n{LOCAL}'
    failures = await failures_of(session_of(folder, text))
    assert list(failures) == ["safe"]
    assert failures["safe"].message == (
        "config.toml:1: [connections.safe] the key 'password' is missing (and 1 more)"
    )
    assert SECRET not in str(failures)


async def test_a_broken_connection_is_shown_as_broken_and_the_others_run(folder: Path) -> None:
    text = f'[connections.lost]\nurl = "x"\n[connections.typo]\ntype = "lokal"\n{LOCAL}'
    session = session_of(folder, text)
    assert session.problem_lines == [
        "config.toml:1: [connections.lost] the key 'type' is missing",
        "config.toml:4: [connections.typo] unknown type 'lokal', did you mean 'local'?",
    ]
    failures = await failures_of(session)
    assert {name: error.message for name, error in failures.items()} == {
        "lost": session.problem_lines[0],
        "typo": session.problem_lines[1],
    }
    health = session.engine.store.health
    assert {name: health[name].status for name in health} == {
        "lost": HealthStatus.BROKEN,
        "typo": HealthStatus.BROKEN,
        "here": HealthStatus.OK,
    }


def test_nothing_is_imported_while_the_session_is_built(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def load(type_name: str) -> type[Adapter]:
        raise AssertionError(f"{type_name} was imported")

    monkeypatch.setattr(wiring, "load_adapter", load)
    session = session_of(folder, VAULT + LOCAL)
    assert list(session.config.connections) == ["safe", "here"]


@pytest.mark.parametrize(
    ("ui", "option", "is_read_only"),
    [("", False, False), ("[ui]\nread_only = true\n", False, True), ("", True, True)],
)
def test_read_only_comes_from_the_config_or_the_command_line(
    folder: Path, ui: str, option: bool, is_read_only: bool
) -> None:
    session = session_of(folder, ui + LOCAL, is_read_only=option)
    assert session.engine.is_read_only is is_read_only


async def test_only_the_connections_that_were_asked_for_take_part(folder: Path) -> None:
    session = session_of(folder, VAULT + LOCAL, connections=("here",))
    assert await failures_of(session) == {}
    assert set(session.engine.store.health) == {"here"}


def test_a_connection_that_is_not_there_is_told(folder: Path) -> None:
    with pytest.raises(NotFound, match="there is no connection 'hree', did you mean 'here'"):
        session_of(folder, VAULT + LOCAL, connections=("hree",))
    with pytest.raises(NotFound, match="there are here, safe"):
        session_of(folder, VAULT + LOCAL, connections=("zzz",))


def test_a_broken_connection_can_be_asked_for(folder: Path) -> None:
    session = session_of(folder, "[connections.lost]\n" + LOCAL, connections=("lost",))
    assert set(session.engine.store.health) == {"lost"}


def test_views_are_checked_with_the_query_language_and_the_columns(folder: Path) -> None:
    text = (
        '[[views]]\nname = "a"\nquery = "sate:failed"\nsort = "-endde"\ncolumns = ["name", "mesage"]\n'
        '[[views]]\nname = "b"\nquery = "state:failed"\nsort = "-ended,name"\ncolumns = ["message"]\n'
    )
    lines = session_of(folder, text + LOCAL).problem_lines
    assert [line.partition(" ")[0] for line in lines] == [
        "config.toml:3:",
        "config.toml:4:",
        "config.toml:5:",
    ]
    assert "query: " in lines[0]
    assert "sort: there is no column 'endde'" in lines[1]
    assert lines[2].endswith("columns: there is no column 'mesage', did you mean 'message'?")


async def test_literal_secrets_are_masked_before_anything_is_opened(folder: Path) -> None:
    session = session_of(folder, f'[connections.x]\ntype = "zzz"\npassword = "{SECRET}"\n')
    assert session.redactor.mask(f"said {SECRET}") == f"said {MASK}"
    await session.engine.aclose()


async def test_secrets_in_variables_are_masked_before_anything_is_opened(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("A_PASSWORD", "A_HOOK", "A_JOB"):
        monkeypatch.setenv(name, f"{SECRET}-{name}")
    session = session_of(
        folder,
        '[notifications]\ntargets = [{ env = "A_HOOK" }]\n'
        '[connections.x]\ntype = "zzz"\npassword = { env = "A_PASSWORD" }\n'
        '[connections.here]\ntype = "local"\n[[connections.here.job]]\nname = "a"\ncommand = "true"\n'
        'env = { DB = { env = "A_JOB" }, OTHER = { env = "NOT_SET" } }\n',
    )
    for name in ("A_PASSWORD", "A_HOOK", "A_JOB"):
        assert session.redactor.hide(f"said {SECRET}-{name}") == f"said {MASK}"
    await session.engine.aclose()


def test_a_store_that_is_on_the_screen_already_is_used(folder: Path) -> None:
    store = Store(FakeClock())
    session = session_of(folder, LOCAL, store=store)
    assert session.engine.store is store
    assert store.redactor is session.redactor


async def test_opening_that_is_cancelled_ends_a_command_that_fetches_a_secret(folder: Path) -> None:
    command = '["sh", "-c", "touch begun; sleep 600"]'
    text = f'[connections.safe]\ntype = "vault"\npassword = {{ command = {command} }}\n'
    session = session_of(folder, text)
    opening = asyncio.ensure_future(session.engine.adapter("safe"))
    await FakeClock().wait_until((folder / "begun").exists)
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    await session.engine.aclose()
    assert VaultAdapter.opened == []


def test_the_demo_needs_no_config_and_keeps_its_state_apart(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NIGHTDECK_CONFIG", "gone.toml")
    session = build_session(SessionOptions(is_demo=True, demo_jobs=25))
    assert session.problem_lines == []
    assert {"here", "talend-prod", "datameer"} < set(session.engine.store.health)
    assert session.engine.history.database.path.parent == folder / "state" / "demo"


async def test_the_demo_lists_as_many_jobs_as_were_asked_for(folder: Path) -> None:
    made_up = ("talend-prod", "iics-eu", "enos-cn", "bmc", "datameer")
    session = build_session(SessionOptions(is_demo=True, demo_jobs=25, connections=made_up))
    assert await failures_of(session) == {}
    assert len(session.engine.store.jobs) == 25


def test_a_config_that_cannot_be_read_is_an_error(folder: Path) -> None:
    with pytest.raises(ConfigError, match="not TOML"):
        session_of(folder, "x")
    with pytest.raises(ConfigError, match="there is no config file"):
        build_session(SessionOptions(config_path="gone.toml"))


def test_connections_are_checked_by_their_adapters_models(folder: Path) -> None:
    text = (
        '[connections.a]\ntype = "vault"\npassword = "x"\nport = 1\n[connections.b]\ntype = "gone"\n'
        '[connections.c]\ntype = "local"\n[[connections.c.job]]\nname = "x"\ncomand = "y"\n'
    )
    (folder / "config.toml").write_text(text)
    loaded = load_config("config.toml")
    assert [str(problem) for problem in check_fully(loaded).problems] == [
        "config.toml:4: [connections.a] unknown key 'port'",
        "config.toml:6: [connections.b] unknown type 'gone'",
        "config.toml:9: [[connections.c.job]] the key 'command' is missing",
        "config.toml:11: [[connections.c.job]] unknown key 'comand', did you mean 'command'?",
    ]
    assert [problem.line for problem in check_connections(loaded)] == [4, 9, 11]
    assert set(connection_models(loaded)) == {"a", "c"}
    assert adapter_models()["vault"] is VaultSettings


def test_an_adapter_that_cannot_be_loaded_is_a_problem_of_its_connections(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def load(type_name: str) -> type[Adapter]:
        raise ConfigError(f"the adapter {type_name!r} cannot be loaded", hint="install it again")

    loaded = session_of(folder, VAULT).loaded
    monkeypatch.setattr(wiring, "load_adapter", load)
    (problem,) = check_connections(loaded)
    assert str(problem) == "config.toml:2: [connections.safe] the adapter 'vault' cannot be loaded"
    assert connection_models(loaded) == {}
    assert adapter_models() == {}


@pytest.mark.parametrize("told", ['"true"', "1", '"yes"', "[]"])
def test_a_read_only_that_nobody_understands_refuses_every_action(folder: Path, told: str) -> None:
    session = session_of(folder, f"[ui]\nread_only = {told}\n")
    assert session.engine.is_read_only
    assert any("read_only" in line for line in session.problem_lines)


def test_the_users_rules_for_errors_reach_the_engine(folder: Path) -> None:
    text = (
        "[[error_rules]]\nid = 'loader'\npattern = 'LOAD-E\\d+ (?P<told>.*)'\n"
        "[[error_rules]]\nid = 'late'\npattern = 'too late: .*'\nrank = 'after'\n"
        "warning = true\nfirst = true\n"
        "[[error_rules]]\nid = 'chatter'\npattern = 'ORA-28002'\nnoise = true\n"
    )
    rules = session_of(folder, text + LOCAL).engine.error_rules
    assert rules is not None
    assert rules.rules == (
        ErrorRule("loader", ("load-e",), r"LOAD-E\d+ (?P<told>.*)"),
        *RULES,
        ErrorRule("late", ("too late:",), "too late: .*", is_first=True, is_warning=True),
    )
    assert rules.noise == ("ORA-28002",)
    assert session_of(folder, LOCAL).engine.error_rules is None

"""The composition root: from a config file to an engine over its connections."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from tui.config.connection import ConnectionTable
from tui.config.core_files import forbid_core_files
from tui.config.finding import read_sample
from tui.config.load import Loaded, check_document, load_config, view_problems
from tui.config.masking import secret_texts, variables_in
from tui.config.open_files import allow_open_files
from tui.config.paths import SPOOL_FOLDER, state_dir
from tui.config.problems import listed, nearest_word
from tui.config.schema import NotificationsSection
from tui.config.secrets import SecretSource
from tui.core.adapter import Adapter, AdapterContext
from tui.core.clock import Clock, SystemClock
from tui.core.errors import ConfigError, NotFound
from tui.core.redaction import Redactor
from tui.engine.columns import parse_sort
from tui.engine.connection import ConnectionSpec
from tui.engine.engine import Engine
from tui.engine.history import History
from tui.engine.query import parse_query
from tui.engine.shown_columns import parse_columns
from tui.engine.store import Store
from tui.registry import adapter_names, is_adapter_name, load_adapter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from tui.config.problems import Problem
    from tui.config.schema import Config, ErrorRuleTable
    from tui.core.settings import ConnectionSettings, SecretRef
    from tui.engine.telling import Targets
    from tui.logs.rule_set import RuleSet
    from tui.simulators.demo import DemoSystem, Running

DEMO_FOLDER = "demo"
"""Folder in the state folder where the demo keeps its own history, apart from that of real systems."""


@dataclass(frozen=True, slots=True)
class SessionOptions:
    """What the command line has to say about a session."""

    config_path: str | Path | None = None
    """The config file; the environment and the user's folder count when None."""
    connections: tuple[str, ...] = ()
    """Use only these; all when empty."""
    is_read_only: bool = False
    """Refuse every action, whatever the config says."""
    is_dry_run: bool = False
    """Do everything but send, whatever the config says."""
    is_demo: bool = False
    """Ignore the config: the sample's jobs and made-up systems, with a state of their own."""
    demo_jobs: int = 0
    """So many made-up jobs in the demo; 0 is a handful."""
    store: Store | None = None
    """A store that a screen shows already."""
    redactor: Redactor = field(default_factory=Redactor)
    """Learns every secret that the session comes to know."""
    clock: Clock | None = None
    """Where the time comes from; the machine's clock when None."""


@dataclass(frozen=True, slots=True)
class Session:
    """A config that has become an engine. Nothing was asked of a system yet."""

    engine: Engine
    """The engine over the connections, not started."""
    loaded: Loaded
    """The config as far as it can be used, and what is wrong with the rest."""
    redactor: Redactor
    """Masks every secret that was fetched or read."""

    @property
    def config(self) -> Config:
        """The config as far as it can be used."""
        return self.loaded.config

    @property
    def problems(self) -> Sequence[Problem]:
        """Everything in the config that is wrong and can be told without importing an adapter."""
        return self.loaded.problems

    @property
    def problem_lines(self) -> Sequence[str]:
        """The same, a line each."""
        return [str(problem) for problem in self.problems]


def build_session(options: SessionOptions) -> Session:
    """Read the config and build an engine over its connections; no adapter is imported yet.

    Raises:
        ConfigError: The config can't be read at all.
        NotFound: There is no connection of a name that was asked for.
    """
    forbid_core_files()
    clock = options.clock or SystemClock()
    loaded = check_document(read_sample()) if options.is_demo else load_config(options.config_path)
    loaded = _check_cheaply(loaded)
    redactor, store = options.redactor, options.store or Store(clock)
    store.redactor = redactor
    notifications = loaded.document.raw.get("notifications", {})
    for text in (
        *secret_texts(loaded.document.raw.get("connections", {})),
        *secret_texts(notifications, NotificationsSection),
    ):
        redactor.add(text)
    for name in variables_in(loaded.document.raw):
        # At once, for they are at hand: others may tell them, and programs that we start may be given them.
        redactor.add(os.environ.get(name, ""))
    folder = state_dir() / DEMO_FOLDER if options.is_demo else state_dir()
    history = History(folder, clock, redactor=redactor)
    is_dry_run = options.is_dry_run or _wants(loaded, "dry_run")
    lending = _Lending(clock, redactor, history, folder, is_dry_run)
    specs = list(_specs(loaded, options, lending))
    _ensure_known(options.connections, specs, loaded)
    allow_open_files(len(specs))
    engine = Engine(
        specs,
        store=store,
        history=history,
        clock=clock,
        read_only=options.is_read_only or _wants(loaded, "read_only"),
        dry_run=is_dry_run,
        redactor=redactor,
        spool_dir=folder / SPOOL_FOLDER,
        error_rules=_error_rules(loaded.config.error_rules),
    )
    if loaded.config.notifications.targets:
        engine.targets = _targets(loaded, redactor)
    return Session(engine, loaded, redactor)


def _error_rules(tables: Sequence[ErrorRuleTable]) -> RuleSet | None:
    """The built-in rules for errors in logs with the user's; None when there are no others."""
    if not tables:
        return None
    from tui.logs.rule_set import default_rules, own_rule

    before, after = (
        [
            own_rule(table.id, table.pattern, is_first=table.first, is_warning=table.warning)
            for table in tables
            if table.rank == rank and not table.noise
        ]
        for rank in ("before", "after")
    )
    noise = [table.pattern for table in tables if table.noise]
    return default_rules().with_extra(before, after, noise)


def _targets(loaded: Loaded, redactor: Redactor) -> Targets:
    """Those who are told of watched runs besides the user."""
    from tui.engine.telling import Targets

    source = SecretSource(redactor, loaded.document.path.parent)
    return Targets([partial(source.resolve, ref) for ref in loaded.config.notifications.targets], redactor)


def _wants(loaded: Loaded, key: str) -> bool:
    """Whether the config has a switch on that keeps us from acting; what nobody understands counts as on."""
    told = loaded.document.value_at(("ui", key))
    return told is not None and told is not False


def connection_models(loaded: Loaded) -> dict[str, type[ConnectionSettings]]:
    """For each connection whose adapter can be loaded, the model of its table; imports these adapters."""
    models = {}
    for table in connection_tables(loaded):
        try:
            models[table.name] = load_adapter(table.adapter_type).Settings
        except ConfigError:
            continue
    return models


def adapter_models() -> dict[str, type[ConnectionSettings]]:
    """For each adapter type the model of its connections' tables; imports every adapter that can be."""
    models = {}
    for name in adapter_names():
        try:
            models[name] = load_adapter(name).Settings
        except ConfigError:
            continue
    return models


def check_fully(loaded: Loaded) -> Loaded:
    """The config with everything that can be found wrong in it; imports the adapters that it needs."""
    return _check_cheaply(loaded).with_problems(check_connections(loaded))


def check_connections(loaded: Loaded) -> tuple[Problem, ...]:
    """What is wrong with the connections' own keys; imports the adapters that they need."""
    problems: list[Problem] = []
    for table in connection_tables(loaded):
        if not is_adapter_name(table.adapter_type):
            continue
        try:
            problems += table.problems(load_adapter(table.adapter_type).Settings)
        except ConfigError as error:
            problems.append(table.problem("type", error.message, hint=error.hint))
    return tuple(problems)


def connection_tables(loaded: Loaded) -> Iterator[ConnectionTable]:
    """The tables of all connections that may be usable."""
    for name, raw in loaded.config.connections.items():
        yield ConnectionTable(loaded.document, name, raw)


@dataclass(frozen=True, slots=True)
class _Lending:
    """What all connections of a session share."""

    clock: Clock
    redactor: Redactor
    history: History
    folder: Path
    is_dry_run: bool

    def context(self, name: str, resolve: Callable[[SecretRef], str]) -> AdapterContext:
        """What one connection's adapter gets."""
        return AdapterContext(
            clock=self.clock,
            resolve=resolve,
            memory=self.history.memory(name),
            redactor=self.redactor,
            state_dir=self.folder / "connections" / name,
            is_dry_run=self.is_dry_run,
        )


@dataclass(frozen=True, slots=True)
class _Opening:
    """Opens one connection's adapter, each time anew: a secret may have been mended meanwhile."""

    table: ConnectionTable
    lending: _Lending

    async def __call__(self) -> Adapter:
        source = SecretSource(self.lending.redactor, self.table.document.path.parent)
        try:
            adapter_type, settings, secrets = await asyncio.to_thread(self._prepare, source)
        except asyncio.CancelledError:
            source.give_up()
            raise

        def resolve(reference: SecretRef) -> str:
            return secrets.get(reference) or source.resolve(reference)

        name = self.table.name
        adapter = adapter_type(name, settings, self.lending.context(name, resolve))
        await adapter.open()
        return adapter

    def _prepare(
        self, source: SecretSource
    ) -> tuple[type[Adapter], ConnectionSettings, Mapping[SecretRef, str]]:
        """What takes its time, in a thread: the import, the check, commands that fetch secrets."""
        adapter_type = load_adapter(self.table.adapter_type)
        settings = self.table.settings(adapter_type.Settings, self.lending.redactor)
        return adapter_type, settings, self.table.fetch_secrets(settings, source)


def _specs(loaded: Loaded, options: SessionOptions, lending: _Lending) -> Iterator[ConnectionSpec]:
    for table in (*connection_tables(loaded), *_broken_tables(loaded)):
        if options.connections and table.name not in options.connections:
            continue
        problem = loaded.broken.get(table.name) or _type_problem(table)
        yield ConnectionSpec(
            name=table.name,
            type=table.adapter_type,
            environment=table.environment,
            is_read_only=table.is_read_only,
            is_insecure=table.is_insecure,
            refresh_s=table.refresh_s,
            fresh_s=table.fresh_s,
            open_adapter=_Opening(table, lending),
            problem=problem.as_error() if problem else None,
        )
    yield from _demo_specs(options, lending)


def _broken_tables(loaded: Loaded) -> Iterator[ConnectionTable]:
    for name in loaded.broken:
        raw = loaded.document.value_at(("connections", name))
        yield ConnectionTable(loaded.document, name, raw if isinstance(raw, dict) else {})


def _demo_specs(options: SessionOptions, lending: _Lending) -> Iterator[ConnectionSpec]:
    if not options.is_demo:
        return
    from tui.simulators.demo import make_demo

    for system in make_demo(options.demo_jobs):
        if options.connections and system.name not in options.connections:
            continue
        yield ConnectionSpec(
            name=system.name,
            type=system.type,
            environment=system.environment,
            is_read_only=False,
            is_insecure=False,
            refresh_s=system.refresh_s,
            open_adapter=_DemoOpening(system, lending),
        )


@dataclass(frozen=True, slots=True)
class _DemoOpening:
    """Opens the adapter of a system that exists in this process alone, and outlives each opening."""

    system: DemoSystem
    lending: _Lending
    made: list[Running] = field(default_factory=list)

    async def __call__(self) -> Adapter:
        adapter_type, settings = await asyncio.to_thread(self._prepare)
        source = SecretSource(self.lending.redactor, self.lending.folder)
        context = self.lending.context(self.system.name, source.resolve)
        context = replace(context, http_transport=self.made[0].transport)
        adapter = adapter_type(self.system.name, settings, context)
        await adapter.open()
        return adapter

    def _prepare(self) -> tuple[type[Adapter], ConnectionSettings]:
        """What takes its time, in a thread: the import, and making everything up."""
        adapter_type = load_adapter(self.system.type)
        if not self.made:
            self.made.append(self.system.make(self.lending.clock))
        return adapter_type, adapter_type.Settings.model_validate(dict(self.made[0].table))


def _ensure_known(wanted: Sequence[str], specs: Sequence[ConnectionSpec], loaded: Loaded) -> None:
    known = {*loaded.config.connections, *loaded.broken, *(spec.name for spec in specs)}
    for name in wanted:
        if name not in known:
            nearest = nearest_word(name, known)
            meant = f", did you mean {nearest!r}?" if nearest else ""
            there = listed(known)
            raise NotFound(
                f"there is no connection {name!r}{meant}",
                hint=f"there are {there}" if there else "see `nightdeck config show`",
            )


def _check_cheaply(loaded: Loaded) -> Loaded:
    """The config with what is wrong beyond its form and can be told without importing an adapter."""
    found = (_type_problem(table) for table in connection_tables(loaded))
    types = (problem for problem in found if problem is not None)
    return loaded.with_problems((*types, *_view_problems(loaded)))


def _type_problem(table: ConnectionTable) -> Problem | None:
    """What is wrong when no adapter has the connection's type."""
    if is_adapter_name(table.adapter_type):
        return None
    known = adapter_names()
    return table.problem(
        "type",
        f"unknown type {table.adapter_type!r}",
        nearest=nearest_word(table.adapter_type, known),
        hint=f"there are {', '.join(known)}",
    )


def _view_problems(loaded: Loaded) -> tuple[Problem, ...]:
    return view_problems(
        loaded,
        {
            "query": lambda view: parse_query(view.query),
            "sort": lambda view: parse_sort(view.sort) if view.sort else None,
            "columns": lambda view: parse_columns(view.columns),
        },
    )

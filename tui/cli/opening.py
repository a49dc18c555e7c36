"""Opening the dashboard: as little as possible before the first paint, everything else after it."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

from tui.config.finding import read_config
from tui.config.paths import (
    config_path,
    is_out_of_reach,
    is_there,
    shipped_themes_dir,
    shown,
    state_dir,
    user_themes_dir,
)
from tui.config.statefile import FILE_NAME as UI_STATE_NAME
from tui.config.statefile import SPOILT_NAME, UiState, load_ui_state
from tui.config.viewfile import ViewFile, load_view_file
from tui.core.clock import SystemClock
from tui.core.errors import ConfigError, NotFound
from tui.engine.first_screen import load_first_screen
from tui.engine.schema import FILE_NAME
from tui.engine.store import Store
from tui.ui.collector import hold_off
from tui.ui.views import ALL, BUILT_IN

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path
    from typing import Any

    from tui.config.document import Document
    from tui.ui.app import NightdeckApp
    from tui.ui.startup import Session, Startup

FIRST_SCREEN_ROWS = 200
"""Remembered rows that are read before the first paint: more than any terminal shows."""

PLAIN = cast(
    "argparse.Namespace",
    SimpleNamespace(
        config=None,
        connection=[],
        read_only=False,
        dry_run=False,
        query=[],
        view=None,
        ascii=False,
        slow_link=False,
    ),
)
"""What the parser makes of no words at all."""

CALM = {"TEXTUAL_ANIMATIONS": "none", "TEXTUAL_SMOOTH_SCROLL": "0"}
"""Textual reads these when it is imported: half a second of animation a key is nothing for a slow line."""

_UNABLE = frozenset({"", "dumb", "unknown"})
"""Types of terminals that can't move the cursor, or of which nobody says that they can."""


def open_dashboard(args: argparse.Namespace, *, is_demo: bool = False, demo_jobs: int = 0) -> int:
    """Open the dashboard and stay in it until the user leaves.

    Args:
        args: The parsed command line with its shared options.
        is_demo: Whether to show made-up systems instead of the configured ones.
        demo_jobs: How many jobs they have; 0 is a handful.

    Returns:
        The exit code.
    """
    document = None if is_demo else read_config(args.config)[0]
    _check_names(args, document)
    _require_terminal(args)
    _get_ready()
    folder = _state_folder()
    clock = SystemClock()
    store = Store(clock)
    if folder is not None and document is not None:
        names = _connection_names(args, document)
        remembered = load_first_screen(folder / FILE_NAME, FIRST_SCREEN_ROWS)
        store.upsert(job for job in remembered if job.connection in names)

    def open_session() -> Session:
        from tui.cli.session import session_options
        from tui.wiring import build_session

        return build_session(session_options(args, store=store, is_demo=is_demo, demo_jobs=demo_jobs))

    from tui.ui.app import NightdeckApp

    startup = _startup(args, document, None if is_demo else folder, is_demo=is_demo)
    return _run(NightdeckApp(startup, store, clock, open_session))


def open_files(args: argparse.Namespace, paths: Sequence[Path]) -> int:
    """Open files in the log viewer and stay in it until the user leaves.

    Args:
        args: The parsed command line with its shared options.
        paths: The files.

    Returns:
        The exit code.
    """
    document = read_config(args.config)[0]
    if not _has_terminal("the log viewer"):
        raise ConfigError("the log viewer needs a terminal", hint="`cat` and `zcat` print files anywhere")
    _get_ready()
    from tui.ui.file_app import FileApp

    args.query, args.view = [], None
    startup = _startup(args, document, _state_folder(), is_demo=False)._replace(first_steps=None)
    return _run(FileApp(startup, SystemClock(), paths))


def _get_ready() -> None:
    """Do what has to be done before the terminal library is imported."""
    hold_off()
    for name, value in CALM.items():
        os.environ.setdefault(name, value)


def _run(app: NightdeckApp) -> int:
    app.run(mouse=app.startup.has_mouse)
    if app.parting:
        from tui.cli.output import warn

        warn(app.parting)
    return app.return_code or 0


def _startup(
    args: argparse.Namespace, document: Document | None, folder: Path | None, *, is_demo: bool
) -> Startup:
    from tui.ui.startup import read_startup

    kept = load_ui_state(folder) if folder is not None else UiState()
    query = " ".join(args.query)
    overrides: dict[str, Any] = {
        "query": query or ("" if args.view else kept.query),
        "view": args.view or ("" if query else kept.view),
        "sort": "" if args.view else kept.sort,
        "kept": load_view_file(folder) if folder is not None else ViewFile(),
        "group": "" if args.view else kept.group,
        "folded": () if args.view else kept.folded,
        "are_all_folded": kept.are_all_folded and not args.view,
        "cursor": kept.cursor,
        "pane": kept.pane,
        "pane_side": kept.pane_side,
        "pane_shown": kept.pane_shown,
        "state_dir": folder,
        "themes_dirs": tuple(_themes_dirs()),
        "title": "demo" if is_demo else "",
        "config_file": _config_file(args),
        "first_steps": _first_steps_folder(),
        "recent": kept.recent,
    }
    if args.ascii or not _speaks_unicode():
        overrides["is_ascii"] = True
    if args.dry_run:
        overrides["is_dry_run"] = True
    if args.slow_link:
        overrides["slow_link"] = "on"
    if kept.theme:
        overrides["kept_theme"] = kept.theme
    raw: Mapping[str, Any] = document.raw if document is not None else {}
    return read_startup(raw, **overrides)


def _config_file(args: argparse.Namespace) -> str:
    """The config file as people read it, whether or not it exists yet."""
    try:
        return shown(config_path(args.config))
    except ConfigError:
        return ""


def _first_steps_folder() -> Path | None:
    """Where it will be kept that the first steps were shown; None when somebody has seen them."""
    folder = _state_folder()
    if folder is None or any(is_there(folder / name) for name in (UI_STATE_NAME, SPOILT_NAME)):
        return None
    return folder


def _check_names(args: argparse.Namespace, document: Document | None) -> None:
    """Refuse a query, view or connection that is wrong, while there is a command line to tell it on."""
    if args.query:
        from tui.cli.selection import read_query

        read_query(args.query)
    raw: Mapping[str, Any] = document.raw if document is not None else {}
    if args.view:
        tables = raw.get("views")
        own = [table for table in tables if isinstance(table, dict)] if isinstance(tables, list) else []
        built_in = (view.name for view in (*BUILT_IN, ALL))
        kept = (str(table["name"]) for table in load_view_file(_state_folder()).views)
        names = (*(str(table.get("name")) for table in own), *built_in, *kept)
        _require(args.view, "view", tuple(dict.fromkeys(names)))
    connections = raw.get("connections")
    if isinstance(connections, dict):
        for name in args.connection:
            _require(name, "connection", tuple(connections))


def _connection_names(args: argparse.Namespace, document: Document) -> set[str]:
    """The connections that are shown: what is remembered of others is of no interest any more."""
    tables = document.raw.get("connections")
    configured = set(tables) if isinstance(tables, dict) else set()
    return configured.intersection(args.connection) if args.connection else configured


def _require(name: str, what: str, known: Sequence[str]) -> None:
    if name not in known:
        from tui.config.problems import nearest_word

        nearest = nearest_word(name, known)
        meant = f", did you mean {nearest!r}?" if nearest else ""
        raise NotFound(f"there is no {what} {name!r}{meant}", hint=f"there are {', '.join(known)}")


def _require_terminal(args: argparse.Namespace) -> None:
    if _has_terminal("the dashboard"):
        return
    from tui.cli.arguments import COMMANDS
    from tui.config.problems import nearest_word

    hint = "`nightdeck jobs` prints the same jobs anywhere"
    if args.query and (command := nearest_word(args.query[0], COMMANDS)):
        hint = f"did you mean `nightdeck {command}`?"
    raise ConfigError("the dashboard needs a terminal", hint=hint)


def _has_terminal(what: str) -> bool:
    """Whether there is a terminal; one that can't be drawn on is refused."""
    if not (sys.stdout.isatty() and sys.stdin is not None and sys.stdin.isatty()):
        return False
    kind = os.environ.get("TERM", "")
    if kind in _UNABLE:
        raise ConfigError(
            f"{what} can't be drawn on a terminal of the type {kind or 'unknown'}",
            hint="set TERM to what it is, such as xterm-256color; `nightdeck jobs` needs no terminal",
        )
    return True


def _speaks_unicode() -> bool:
    return sys.stdout.encoding.lower().replace("_", "-") in {"utf-8", "utf8"}


def _themes_dirs() -> Iterator[Path]:
    yield shipped_themes_dir()
    with suppress(ConfigError):
        folder = user_themes_dir()
        if not is_out_of_reach(folder):
            yield folder


def _state_folder() -> Path | None:
    try:
        return state_dir()
    except ConfigError:
        return None

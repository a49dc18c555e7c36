"""The config: every problem to the last key, secrets that lie open, keys and themes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.cli.checks.finding import Finding, Status, finding_of_error, finding_of_problem
from tui.config.advice import secret_advice
from tui.config.load import Loaded, load_config
from tui.config.paths import config_path, shipped_themes_dir, shown, user_themes_dir
from tui.config.problems import problem_at
from tui.core.errors import ConfigError, NightdeckError
from tui.wiring import check_fully, connection_models

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path


def check_config(explicit: str | None) -> tuple[list[Finding], Loaded | None]:
    """What is right and wrong in the config, and the config when it can be read.

    Args:
        explicit: The file given with `--config`.
    """
    try:
        loaded = check_fully(load_config(explicit))
    except NightdeckError as error:
        return [finding_of_error("config", error)], None
    findings = [
        _summary(loaded),
        *(finding_of_problem("config", problem) for problem in loaded.problems),
        *(finding_of_problem("secrets", p) for p in secret_advice(loaded, connection_models(loaded))),
        *_check_keymap(loaded),
        *_check_themes(loaded),
    ]
    return findings, loaded


def broken_connections(loaded: Loaded | None) -> Collection[str]:
    """The connections of which the config itself tells already why they can't be used."""
    problems = loaded.problems if loaded is not None else ()
    return {problem.connection for problem in problems if problem.connection and not problem.is_warning}


def _summary(loaded: Loaded) -> Finding:
    count = len(loaded.config.connections) + len(loaded.broken)
    told = f"{shown(loaded.document.path)}, {count} connection{'s' if count != 1 else ''}"
    if not loaded.is_embedded_default:
        return Finding("config", Status.OK, told)
    hint = f"`nightdeck config init` writes {shown(config_path())}"
    return Finding("config", Status.OK, f"no file of yours: the shipped sample, {told}", hint)


def _check_keymap(loaded: Loaded) -> Iterator[Finding]:
    # The keys are known to the screen alone, which loads Textual.
    from tui.ui.keymap import resolve_keymap

    _, problems = resolve_keymap(loaded.config.ui.keymap, dict(loaded.config.keymap))
    for problem in problems:
        told = problem_at(loaded.document, (problem.table, problem.id), f"{problem.id}: {problem.message}")
        yield finding_of_problem("keymap", told)


def _check_themes(loaded: Loaded) -> Iterator[Finding]:
    """A theme that is chosen and can't be used is a failure; others of the user's are a warning."""
    from tui.ui.theme import load_theme, load_themes

    chosen = loaded.config.ui.theme
    folders = _theme_folders()
    try:
        load_theme(chosen, folders)
    except ConfigError as error:
        yield finding_of_error("theme", error)
    for problem in load_themes(folders)[1]:
        if problem.file.stem != chosen:
            yield Finding("theme", Status.WARNING, str(problem), problem.hint)


def _theme_folders() -> tuple[Path, ...]:
    try:
        return shipped_themes_dir(), user_themes_dir()
    except ConfigError:
        return (shipped_themes_dir(),)

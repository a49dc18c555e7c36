"""Loading the config: everything that can be used is used, and everything that can't is told in one line."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from tui.config.checking import DocumentCheck
from tui.config.finding import read_config
from tui.config.problems import Problem, problem_at
from tui.core.errors import NightdeckError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from tui.config.document import Document
    from tui.config.schema import Config, View


@dataclass(frozen=True, slots=True)
class Loaded:
    """A config as far as it can be used, and what is wrong with the rest."""

    config: Config
    """What holds; a key that was refused has its default."""
    document: Document
    """The file as it was read, with the line of each key."""
    problems: tuple[Problem, ...] = ()
    """What is wrong, in the order of the file."""
    broken: Mapping[str, Problem] = field(default_factory=dict)
    """Connections that can't be used at all, by name, and why; `config` has them not."""
    is_embedded_default: bool = False
    """Whether there is no config file, and the shipped sample is used."""

    def with_problems(self, problems: Iterable[Problem]) -> Loaded:
        """The same with more problems, in the order of the file."""
        together = sorted((*self.problems, *problems), key=lambda problem: problem.line or 0)
        return replace(self, problems=tuple(dict.fromkeys(together)))


def load_config(explicit: str | Path | None = None) -> Loaded:
    """Load the config file; the shipped sample when there is none and the user named none.

    Args:
        explicit: The file given with `--config`; the environment and the user's folder count when None.

    Raises:
        ConfigError: The file can't be read at all: it is missing, unreadable, or no TOML.
    """
    document, is_embedded = read_config(explicit)
    return replace(check_document(document), is_embedded_default=is_embedded)


def check_document(document: Document) -> Loaded:
    """Check everything but the connections' own keys, which only their adapters know."""
    check = DocumentCheck(document)
    config = check.config()
    return Loaded(config, document, broken=check.broken).with_problems(check.problems)


def view_problems(loaded: Loaded, checks: Mapping[str, Callable[[View], object]]) -> tuple[Problem, ...]:
    """What is wrong with the views beyond their form: queries that can't be read, unknown columns.

    Args:
        loaded: The config.
        checks: For a key of a view, what raises a NightdeckError when its value is wrong.
    """
    by_name = {view.name: view for view in loaded.config.views}
    tables = loaded.document.value_at(("views",))
    problems = []
    for index, table in enumerate(tables if isinstance(tables, list) else ()):
        view = by_name.pop(str(table.get("name")), None) if isinstance(table, dict) else None
        if view is None:
            continue
        for key, check in checks.items():
            try:
                check(view)
            except NightdeckError as error:
                message = f"{key}: {error.message}"
                problems.append(problem_at(loaded.document, ("views", index, key), message, hint=error.hint))
    return tuple(problems)

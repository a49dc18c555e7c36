"""The parts of the README that are made from the program; `python -m tests.support.readme` writes them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from tui.cli.adapters import CAPABILITIES
from tui.cli.arguments import COMMANDS
from tui.registry import adapter_names, load_adapter
from tui.ui.bindings import TABLE
from tui.ui.keymap import shown_key

README = Path(__file__).parents[2] / "README.md"
_PART = "<!-- {name}: made by python -m tests.support.readme -->\n{text}\n<!-- end of {name} -->"


def keys_table() -> str:
    """Every key of the default keymap."""
    lines = ["| key | what it does | id |", "|---|---|---|"]
    for binding in TABLE.values():
        if binding.keys and not binding.id.startswith("view_"):
            keys = " ".join(f"`{_cell(shown_key(key))}`" for key in binding.keys)
            lines.append(f"| {keys} | {_cell(binding.tooltip)} | {binding.id} |")
    lines.append("| `1` … `9` `0` | Show a saved view; 0 shows every job. | view_1 … view_9 view_all |")
    return "\n".join(lines)


def commands_table() -> str:
    """Every subcommand."""
    lines = ["| command | what it does |", "|---|---|"]
    return "\n".join([*lines, *(f"| `nightdeck {name}` | {summary} |" for name, summary in COMMANDS.items())])


def adapters_table() -> str:
    """Every system."""
    lines = ["| type | system | can |", "|---|---|---|"]
    return "\n".join([*lines, *map(_adapter_line, adapter_names())])


def _adapter_line(name: str) -> str:
    adapter = load_adapter(name)
    offered = ", ".join(word for word, mixin in CAPABILITIES.items() if issubclass(adapter, mixin))
    return f"| `{name}` | [{adapter.title}](docs/systems/{name}.md) | {offered} |"


def parts() -> Mapping[str, str]:
    """The generated parts by name."""
    return {"keys": keys_table(), "commands": commands_table(), "adapters": adapters_table()}


def with_parts(text: str) -> str:
    """The README with its generated parts as they should be."""
    for name, part in parts().items():
        pattern = re.compile(rf"<!-- {name}: .*?<!-- end of {name} -->", re.DOTALL)
        made = _PART.format(name=name, text=part)
        text = pattern.sub(lambda _, made=made: made, text)  # type: ignore[misc]
    return text


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    README.write_text(with_parts(README.read_text(encoding="utf-8")), encoding="utf-8")

"""`nightdeck adapters`: the systems that nightdeck speaks to, and what each can do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tui.cli.arguments import add_output_option
from tui.cli.exit_codes import ExitCode
from tui.cli.output import print_records, warn
from tui.cli.table import Field
from tui.core.capabilities import (
    CanDelete,
    CanHold,
    CanRerun,
    CanStop,
    CanTrigger,
    HasLogs,
    HasRaw,
    HasTasks,
    HasWebUrl,
)
from tui.core.errors import ConfigError
from tui.registry import adapter_names, load_adapter

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

CAPABILITIES: Mapping[str, type] = {
    "logs": HasLogs,
    "tasks": HasTasks,
    "trigger": CanTrigger,
    "stop": CanStop,
    "rerun": CanRerun,
    "hold": CanHold,
    "delete": CanDelete,
    "web": HasWebUrl,
    "raw": HasRaw,
}
"""What an adapter may offer, by the word that is printed."""

ADAPTER_KEYS = ("type", "title", "can", "refresh_s")
"""An adapter's keys in JSON and CSV: stable, in this order."""

_FIELDS = (
    Field("TYPE", lambda record: str(record["type"])),
    Field("SYSTEM", lambda record: str(record["title"])),
    Field("CAN", lambda record: " ".join(record["can"])),
    Field("REFRESH", lambda record: f"{record['refresh_s']:g} s", is_right=True),
)


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the output."""
    add_output_option(parser)


def run(args: argparse.Namespace) -> int:
    """Import each adapter and print what it offers."""
    records = []
    code = ExitCode.DONE
    for name in adapter_names():
        try:
            records.append(_record(name))
        except ConfigError as error:
            warn(str(error))
            code = ExitCode.USAGE
    print_records(records, args.output, _FIELDS, ADAPTER_KEYS)
    return code


def _record(name: str) -> dict[str, Any]:
    adapter = load_adapter(name)
    return {
        "type": name,
        "title": adapter.title,
        "can": [word for word, mixin in CAPABILITIES.items() if issubclass(adapter, mixin)],
        "refresh_s": adapter.default_refresh_s,
    }

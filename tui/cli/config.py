"""`nightdeck config path|init|show|schema`: where the config is, how to begin one, what is in effect."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tui.cli.exit_codes import ExitCode
from tui.cli.output import Field, print_records, warn
from tui.config.paths import config_path, is_config_named, sample_config_path

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

_SETTING_KEYS = ("table", "key", "value", "source")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add what to do."""
    doing = parser.add_subparsers(dest="doing", required=True, metavar="path|init|show|schema")
    doing.add_parser("path", help="print where the config file is looked for")
    doing.add_parser("init", help="write the commented sample to that place")
    show = doing.add_parser("show", help="print every setting in effect and where it comes from")
    show.add_argument("-o", "--output", choices=("table", "json", "jsonl", "csv"), default="table")
    doing.add_parser("schema", help="print a JSON Schema for editors")


def run(args: argparse.Namespace) -> int:
    """Do it."""
    doing: dict[str, Callable[[argparse.Namespace], int]] = {
        "path": _path,
        "init": _init,
        "show": _show,
        "schema": _schema,
    }
    return doing[args.doing](args)


def _path(args: argparse.Namespace) -> int:
    path = config_path(args.config)
    print(path)
    if not path.exists() and not is_config_named(args.config):
        warn(f"no such file yet: {sample_config_path()} is in effect; `nightdeck config init` begins one")
    return ExitCode.DONE


def _init(args: argparse.Namespace) -> int:
    from tui.config.sample import write_sample

    print(write_sample(args.config))
    return ExitCode.DONE


def _show(args: argparse.Namespace) -> int:
    from tui.config.effective import effective_settings, toml_lines
    from tui.config.load import load_config
    from tui.wiring import connection_models

    loaded = load_config(args.config)
    settings = effective_settings(loaded, connection_models(loaded))
    if args.output == "table":
        for line in toml_lines(settings):
            print(line)
    else:
        records = [{key: getattr(setting, key) for key in _SETTING_KEYS} for setting in settings]
        print_records(records, args.output, [Field("KEY", lambda record: str(record["key"]))], _SETTING_KEYS)
    for problem in loaded.problems:
        warn(str(problem))
    return ExitCode.USAGE if loaded.problems else ExitCode.DONE


def _schema(_args: argparse.Namespace) -> int:
    from tui.config.json_schema import config_schema
    from tui.wiring import adapter_models

    schema: dict[str, Any] = config_schema(adapter_models())
    print(json.dumps(schema, indent=2, ensure_ascii=False))
    return ExitCode.DONE

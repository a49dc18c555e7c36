"""`nightdeck config path|init|show|schema`: where the config is, how to begin one, what is in effect."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.cli.arguments import add_output_option, examples
from tui.cli.exit_codes import ExitCode
from tui.cli.output import print_json, print_records, warn
from tui.config.paths import config_path, is_config_named, sample_config_path
from tui.core.errors import ConfigError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

SETTING_KEYS = ("table", "key", "value", "source")
"""A setting's keys in JSON and CSV: stable, in this order."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add what to do."""
    parser.add_argument(
        "doing",
        metavar="path|init|show|schema",
        choices=tuple(_DOING),
        help="print where the file is looked for | write the commented sample there | "
        "print every setting in effect and where it comes from | print a JSON Schema for editors",
    )
    add_output_option(parser)
    parser.epilog = examples(
        "config init", "config show", "config show -o json", "config schema > schema.json"
    )


def run(args: argparse.Namespace) -> int:
    """Do it."""
    if args.output != "table" and args.doing != "show":
        raise ConfigError(f"config {args.doing} prints in one way", hint="-o is for `nightdeck config show`")
    return _DOING[args.doing](args)


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
    from tui.wiring import check_fully, connection_models

    loaded = check_fully(load_config(args.config))
    settings = effective_settings(loaded, connection_models(loaded))
    if args.output == "table":
        for line in toml_lines(settings):
            print(line)
    else:
        records = [{key: getattr(setting, key) for key in SETTING_KEYS} for setting in settings]
        print_records(records, args.output, (), SETTING_KEYS)
    for problem in loaded.problems:
        warn(str(problem))
    return ExitCode.USAGE if loaded.problems else ExitCode.DONE


def _schema(_args: argparse.Namespace) -> int:
    from tui.config.json_schema import config_schema
    from tui.wiring import adapter_models

    print_json(config_schema(adapter_models()), indent=2)
    return ExitCode.DONE


_DOING: dict[str, Callable[[argparse.Namespace], int]] = {
    "path": _path,
    "init": _init,
    "show": _show,
    "schema": _schema,
}

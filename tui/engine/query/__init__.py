"""The query language that the table's filter, the command line and the config share."""

from tui.engine.query.completion import Completion, complete, occurring_values
from tui.engine.query.context import QueryContext, elapsed_s, search_text
from tui.engine.query.language import ALL, Query, parse_query
from tui.engine.query.syntax import quote_value

__all__ = [
    "ALL",
    "Completion",
    "Query",
    "QueryContext",
    "complete",
    "elapsed_s",
    "occurring_values",
    "parse_query",
    "quote_value",
    "search_text",
]

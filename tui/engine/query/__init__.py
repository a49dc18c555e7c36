"""The query language that the table's filter, the command line and the config share.

What reads and completes queries is imported from `parser` and `completion` when somebody types one.
"""

from tui.engine.query.context import QueryContext, elapsed_s, search_text
from tui.engine.query.language import ALL, Query, parse_query
from tui.engine.query.syntax import quote_value

__all__ = [
    "ALL",
    "Query",
    "QueryContext",
    "elapsed_s",
    "parse_query",
    "quote_value",
    "search_text",
]

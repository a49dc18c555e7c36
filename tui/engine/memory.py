"""The few facts that an adapter keeps over restarts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tui.core.errors import NightdeckError

if TYPE_CHECKING:
    import sqlite3

    from tui.core.redaction import Redactor
    from tui.engine.database import Database


class ConnectionMemory:
    """One connection's facts, without secrets. Without a working file they last as long as the session.

    What is a word or a short number is left in them, for it may be an id.
    """

    def __init__(self, database: Database, connection: str, redactor: Redactor | None = None) -> None:
        self._database = database
        self._connection = connection
        self._redactor = redactor
        self._unsaved: dict[str, str] = {}

    async def load(self, key: str) -> Any:
        """The JSON-like value kept under the key, or None."""
        if key in self._unsaved:
            return json.loads(self._unsaved[key])

        def work(connection: sqlite3.Connection) -> str | None:
            query = "SELECT value FROM memory WHERE connection = ? AND key = ?"
            row = connection.execute(query, (self._connection, key)).fetchone()
            return row[0] if row else None

        try:
            text = await self._database.read(work)
            return json.loads(text) if text is not None else None
        except (NightdeckError, ValueError):
            return None

    async def save(self, key: str, value: Any) -> None:
        """Keep a JSON-like value under the key; None forgets it."""
        text = json.dumps(value)
        self._unsaved[key] = text if self._redactor is None else self._redactor.unmistakable.hide(text)
        values = dict(self._unsaved)

        def work(connection: sqlite3.Connection) -> None:
            connection.executemany(
                "INSERT OR REPLACE INTO memory (connection, key, value) VALUES (?, ?, ?)",
                [(self._connection, name, kept) for name, kept in values.items() if kept != "null"],
            )
            connection.executemany(
                "DELETE FROM memory WHERE connection = ? AND key = ?",
                [(self._connection, name) for name, kept in values.items() if kept == "null"],
            )

        try:
            await self._database.write(work)
        except NightdeckError:
            return
        for name, kept in values.items():
            if self._unsaved.get(name) == kept:
                del self._unsaved[name]

"""What the config says of an Airflow connection."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Self

from pydantic import field_validator, model_validator

from tui.core.settings import ConnectionSettings, SecretRef

if TYPE_CHECKING:
    from collections.abc import Iterable

_API_PATH = re.compile(r"/(?:api/v[12]|home|dags)/*\Z")
_LITERAL = re.compile(r"[^*?\[\]]+")


class AirflowSettings(ConnectionSettings):
    """The table of a connection to an Airflow 3."""

    url: str
    """Address of the API server, such as `https://airflow.example.com`; the same that shows the web pages."""
    username: str = ""
    """Name to log in with, together with `password`."""
    password: SecretRef | None = None
    """The user's password. It goes into the login alone, which gives a token for a day."""
    token: SecretRef | None = None
    """A ready access token, in place of a name and a password. When it ends, only a new one helps."""
    dags: tuple[str, ...] = ()
    """Patterns of the ids of DAGs to watch, such as `sales_*`; all DAGs when empty."""

    @field_validator("dags")
    @classmethod
    def _not_empty(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if any(not pattern.strip() for pattern in value):
            raise ValueError("one of them is empty")
        return tuple(pattern.strip() for pattern in value)

    @model_validator(mode="after")
    def _one_way_in(self) -> Self:
        if self.token is not None and (self.username or self.password is not None):
            raise ValueError("give either `token`, or `username` and `password`")
        if self.token is None and not (self.username and self.password is not None):
            raise ValueError("give `username` and `password`, or a `token`")
        return self

    @property
    def address(self) -> str:
        """The address of the server, also when that of its API or of a page was given."""
        return _API_PATH.sub("", self.url.strip().rstrip("/"))

    @property
    def page_address(self) -> str:
        """The address of the web pages."""
        return (self.web_url or self.address).strip().rstrip("/")

    @property
    def is_narrowed(self) -> bool:
        """Whether some DAGs may be left out."""
        return bool(self.dags or self.jobs or self.exclude)

    @property
    def search_word(self) -> str:
        """A part of every id that `dags` lets through, for the server to search by; empty for none.

        Several patterns are not searched for: older releases know no "or".
        """
        pieces = _LITERAL.findall(self.dags[0]) if len(self.dags) == 1 and "[" not in self.dags[0] else []
        return max(pieces, key=len, default="")

    def is_watched(self, dag_id: str, name: str) -> bool:
        """Whether a DAG is to be shown."""

        def fits(patterns: Iterable[str]) -> bool:
            return any(fnmatchcase(text, pattern) for pattern in patterns for text in (dag_id, name))

        if self.dags and not any(fnmatchcase(dag_id, pattern) for pattern in self.dags):
            return False
        return (not self.jobs or fits(self.jobs)) and not fits(self.exclude)

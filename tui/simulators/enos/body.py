"""What callers send: the query and the JSON body, read as strictly as the pages describe them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tui.simulators.enos.refusal import Refused
from tui.simulators.enos.vocabulary import Status

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_FIELDS = frozenset({"createTime", "updateTime", "startTime", "triggerTime", "endTime"})
_LATEST_MS = 253_370_764_800_000


@dataclass(frozen=True, slots=True)
class Sorter:
    """One field to sort by."""

    field: str
    """Which."""
    is_descending: bool
    """Whether the greatest comes first."""


@dataclass(frozen=True, slots=True)
class Pagination:
    """Which part of a list is wanted."""

    number: int | None = None
    """The page's number; None when nobody asked for pages."""
    size: int = 0
    """Rows of a page."""
    sorters: Sequence[Sorter] = ()
    """The order, most important first."""


@dataclass(frozen=True, slots=True)
class Arguments:
    """What a call says, beside who calls."""

    query: Mapping[str, str]
    """The parameters of the URL."""
    values: Mapping[str, object] = field(default_factory=dict)
    """The body."""

    def parameter(self, name: str) -> str:
        """A parameter of the URL that must be there."""
        value = self.query.get(name, "")
        if not value:
            raise Refused.parameter(f"{name} must not be empty")
        return value

    def text(self, name: str, *, may_be_empty: bool = True) -> str:
        """A text in the body that must be there."""
        value = self.values.get(name)
        if not isinstance(value, str) or not (value or may_be_empty):
            raise Refused.parameter(f"{name} must be a text")
        return value

    def whole(self, name: str) -> int:
        """A whole number in the body that must be there."""
        return _whole(self.values.get(name), name)

    def digits(self, name: str) -> str:
        """An id in the body, which is a number or its digits."""
        value = self.values.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        if isinstance(value, str) and value.isascii() and value.isdigit():
            return value
        raise Refused.parameter(f"{name} must be a number")

    def moment_ms(self, name: str) -> int:
        """Epoch milliseconds in the body."""
        value = self.whole(name)
        if not 0 <= value <= _LATEST_MS:
            raise Refused.parameter(f"{name} is out of range")
        return value

    def statuses(self) -> frozenset[int]:
        """The statuses of a search: a text of documented numbers with commas between them."""
        known = {str(int(status)): int(status) for status in Status}
        try:
            return frozenset(known[word.strip()] for word in self.text("status").split(","))
        except KeyError as error:
            raise Refused.parameter(f"status {error} is unknown") from None

    def pairs(self, name: str) -> Sequence[tuple[str, str]]:
        """Parameters in the body: a list of `{key, value}`, as the request's sample shows it."""
        value = self.values.get(name)
        if isinstance(value, list) and all(_is_pair(one) for one in value):
            return [(one["key"], one["value"]) for one in value]
        raise Refused.parameter(f"{name} must be a list of keys and values")

    def pagination(self, first_page: int) -> Pagination:
        """Which page is wanted.

        Args:
            first_page: The number of the first one.
        """
        value = self.values.get("pagination")
        if value is None:
            return Pagination()
        if not isinstance(value, dict):
            raise Refused.parameter("pagination must be an object")
        number, size = _whole(value.get("pageNo"), "pageNo"), _whole(value.get("pageSize"), "pageSize")
        if number < first_page or size <= 0:
            raise Refused.parameter("pagination is out of range")
        sorters = value.get("sorters")
        if sorters is None:
            sorters = []
        if not isinstance(sorters, list):
            raise Refused.parameter("sorters must be a list")
        return Pagination(number - first_page, size, [_sorter(one) for one in sorters])


def read_body(content: bytes) -> Mapping[str, object]:
    """The JSON object that a caller sent.

    Args:
        content: The body.

    Raises:
        Refused: When it is no such object.
    """
    try:
        values = json.loads(content)
    except ValueError:
        values = None
    if not isinstance(values, dict):
        raise Refused.parameter("The request is invalid")
    return values


def _whole(value: object, name: str) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise Refused.parameter(f"{name} must be a number")


def _sorter(value: object) -> Sorter:
    if not isinstance(value, dict) or value.get("field") not in _FIELDS:
        raise Refused.parameter("The sorter's field is invalid")
    if value.get("order") not in {"ASC", "DESC"}:
        raise Refused.parameter("The sorter's order is invalid")
    return Sorter(value["field"], value["order"] == "DESC")


def _is_pair(value: object) -> bool:
    return (
        isinstance(value, dict) and isinstance(value.get("key"), str) and isinstance(value.get("value"), str)
    )

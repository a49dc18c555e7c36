"""Several questions at once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

T = TypeVar("T")

AT_ONCE = 4
"""Questions at once whose answers may be large."""


async def together(*work: Awaitable[T]) -> list[T]:
    """The results in order, once all are there; raises the first failure, and leaves nobody behind."""
    results = await asyncio.gather(*work, return_exceptions=True)
    found: list[T] = []
    for result in results:
        if isinstance(result, BaseException):
            raise result
        found.append(result)
    return found


async def few_at_a_time(
    work: Sequence[Callable[[], Awaitable[T]]], size: Callable[[T], int], most: int
) -> list[T]:
    """The results in order, until they are too large together: then the rest is left out.

    Args:
        work: Asks the questions.
        size: How large a result is.
        most: How large they may be.
    """
    found: list[T] = []
    total = 0
    for start in range(0, len(work), AT_ONCE):
        if total > most:
            break
        results = await together(*(each() for each in work[start : start + AT_ONCE]))
        total += sum(map(size, results))
        found += results
    return found

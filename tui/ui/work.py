"""Work for a worker that may be replaced before it begins."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, ParamSpec

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

P = ParamSpec("P")


def later(
    function: Callable[P, Coroutine[Any, Any, object]], *args: P.args, **options: P.kwargs
) -> Callable[[], Any]:
    """The call, to be made by the worker itself: a coroutine that never starts would be complained about.

    Args:
        function: What is to be done.
        *args: Handed over to it.
        **options: Handed over to it.
    """
    return partial(function, *args, **options)

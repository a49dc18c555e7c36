"""Telling people elsewhere: targets such as a chat or a phone, reached through the apprise library."""

from __future__ import annotations

import asyncio
import importlib
import re
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from tui.core.errors import ConfigError, NightdeckError
from tui.core.redaction import MASK

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tui.core.redaction import Redactor

LIBRARY_HINT = 'pip install "nightdeck[notify]"'
"""How to get what sends."""

_LONGEST_REASON = 200
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]{0,30})://", re.IGNORECASE)
_NEVER_ANSWERED = "whoever sends it failed"
_FAULTS = (OSError, RuntimeError, ValueError, TypeError, LookupError, AttributeError, Warning)
"""What libraries raise when the network or an answer is odd; a thread has nobody to raise it to."""
_BETWEEN = re.compile(r"[/:@?&=+,#]+")
_SHORTEST_PART = 4
"""Shorter parts of an address tell nothing, and would mask ordinary words."""


class News(NamedTuple):
    """What is to be told."""

    title: str
    """A few words."""
    text: str
    """What happened."""
    is_bad: bool = False
    """Whether somebody has to look."""


class Sender(Protocol):
    """Reaches one target. Called in a thread, so it may take its time."""

    def __call__(self, url: str, news: News) -> str:
        """Tell it.

        Args:
            url: The target's address, with its token.
            news: What to tell.

        Returns:
            Why it could not be told; empty when it was.
        """
        ...


class Targets:
    """All targets of a config. None of them is ever in the way: each is told in a thread, and once."""

    def __init__(
        self, resolvers: Sequence[Callable[[], str]], redactor: Redactor, send: Sender | None = None
    ) -> None:
        """Reach targets.

        Args:
            resolvers: Each fetches one target's address, in a thread. Raises NightdeckError.
            redactor: Masks the addresses, for they hold tokens.
            send: Reaches a target; apprise when None.
        """
        self._resolvers = resolvers
        self._redactor = redactor
        self._send = send or send_by_apprise
        self._failing: set[int] = set()
        self._urls: dict[int, str] = {}

    def __len__(self) -> int:
        return len(self._resolvers)

    async def tell(self, news: News) -> Sequence[str]:
        """Tell all targets.

        Returns:
            What went wrong, a line each; a target that goes on failing is not complained about again.
        """
        loop = asyncio.get_running_loop()
        done: asyncio.Future[list[str]] = loop.create_future()

        def work() -> None:
            reasons = [_NEVER_ANSWERED] * len(self)
            try:
                for index in range(len(self)):
                    reasons[index] = self._told(index, news)
            finally:
                with suppress(RuntimeError):  # the program has ended meanwhile
                    loop.call_soon_threadsafe(_set_result, done, reasons)

        # A pool's thread would be waited for at the end of the program, however slow the target is.
        threading.Thread(target=work, name="tell targets", daemon=True).start()
        reasons = await done
        failing = {index for index, reason in enumerate(reasons) if reason}
        fresh = failing - self._failing
        self._failing = failing
        return [f"target {index + 1} was not told: {reasons[index]}" for index in sorted(fresh)]

    def _told(self, index: int, news: News) -> str:
        """Why a target could not be told; its address is fetched anew after that."""
        try:
            url = self._urls.get(index) or self._resolvers[index]()
            self._redactor.add(url)
            reason = without_address(self._send(url, news), url)
        except NightdeckError as error:
            reason = str(error)
        except _FAULTS as error:
            reason = f"{_NEVER_ANSWERED}: {type(error).__name__}"
        else:
            self._urls[index] = url
        if reason:
            self._urls.pop(index, None)
        return self._redactor.mask(reason)[:_LONGEST_REASON]


def send_by_apprise(url: str, news: News) -> str:
    """Tell one target through apprise; why that was not possible, or an empty string.

    Raises:
        ConfigError: The library is not installed, or knows no such target.
    """
    apprise = _apprise()
    plugin = _plugin(apprise, url)
    bearer = apprise.Apprise()
    bearer.add(plugin)
    kind = apprise.NotifyType.FAILURE if news.is_bad else apprise.NotifyType.INFO
    # Said to be text, it is escaped for whoever reads HTML or Markdown: names of jobs are not ours.
    with apprise.LogCapture(level=apprise.logging.WARNING, fmt="%(message)s") as said:
        is_told = bearer.notify(
            title=news.title, body=news.text, notify_type=kind, body_format=apprise.NotifyFormat.TEXT
        )
        complaints = said.getvalue().split("\n")
    if is_told:
        return ""
    words = " ".join(next((line for line in complaints if line.strip()), "").split())
    return f"{plugin.service_name} refused it" + (f": {words}" if words else "")


def examine_target(url: str) -> str:
    """What kind of target an address is, such as `ntfy`; nothing is sent.

    Raises:
        ConfigError: The library is not installed, or knows no such target.
    """
    return str(_plugin(_apprise(), url).service_name)


def without_address(text: str, url: str) -> str:
    """A text without any part of an address but its scheme: what looks like a host may be a token."""
    parts = _BETWEEN.split(url)[1:]
    for part in sorted(parts, key=len, reverse=True):
        if len(part) >= _SHORTEST_PART:
            text = text.replace(part, MASK)
    return text


def _apprise() -> Any:
    try:
        apprise = importlib.import_module("apprise")
    except ImportError:
        raise ConfigError(
            "telling targets needs a library that is not installed", hint=LIBRARY_HINT
        ) from None
    # It logs whole addresses; what it says is read where it is called, and goes nowhere else.
    apprise.logger.propagate = False
    return apprise


def _plugin(apprise: Any, url: str) -> Any:
    plugin = apprise.Apprise.instantiate(url.strip(), suppress_exceptions=True)
    if plugin is None:
        scheme = _SCHEME.match(url.strip())
        what = f"beginning with {scheme[1]}://" if scheme is not None else "without a scheme such as ntfy://"
        raise ConfigError(
            f"apprise knows no address {what}, or it is incomplete",
            hint="see https://github.com/caronc/apprise/wiki for the addresses of all services",
        )
    return plugin


def _set_result(done: asyncio.Future[list[str]], reasons: list[str]) -> None:
    if not done.done():
        done.set_result(reasons)

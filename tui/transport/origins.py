"""Which server an address belongs to, and whether it may have our credentials."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import quote

import httpx

from tui.core.errors import BadAnswer, ConfigError, NotFound

if TYPE_CHECKING:
    from collections.abc import Iterable

_PORTS = {"http": 80, "https": 443}
_LONGEST_ADDRESS = 8000
_LONGEST_LABEL = 63
_LONGEST_NAME = 254
"""With a dot at its end; no resolver takes longer ones."""


def parse_address(address: str, *, key: str = "url") -> httpx.URL:
    """The address of a system as configured. Raises ConfigError, without repeating credentials.

    Args:
        address: What the user wrote.
        key: The name of the setting, for the message.
    """
    try:
        url = httpx.URL(address.strip())
    except (httpx.InvalidURL, UnicodeError):
        url = httpx.URL("")
    if url.scheme not in _PORTS or not has_host(url):
        raise ConfigError(f"`{key}` is no address", hint="write it like https://host.example.com/path")
    if url.userinfo:
        raise ConfigError(
            f"`{key}` holds credentials",
            hint="give them by their own keys, so that they can be kept out of sight",
        )
    if url.query or url.fragment:
        raise ConfigError(f"`{key}` has a query", hint="leave out the query and the fragment")
    return url


def is_readable_on_the_way(address: str) -> bool:
    """Whether others could read what is sent there: it has no TLS, and leaves this machine."""
    try:
        url = httpx.URL(address.strip())
        return url.scheme == "http" and not _is_this_machine(url.host)
    except (httpx.InvalidURL, UnicodeError):
        return False


def has_host(url: httpx.URL) -> bool:
    """Whether the address names a host; httpx escapes what can't stand in a name, instead of refusing it."""
    try:
        # A name that is spelled in Latin letters is read only now; some can't be.
        host = url.host
    except UnicodeError:
        return False
    if ":" in host:
        return "%" not in host
    labels = url.raw_host.removesuffix(b".").split(b".")
    is_name = all(0 < len(label) <= _LONGEST_LABEL for label in labels)
    return is_name and len(url.raw_host) <= _LONGEST_NAME and "%" not in host


def _is_this_machine(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def host_label(url: httpx.URL) -> str:
    """The host for people, with the port when it is an unusual one."""
    host = f"[{url.host}]" if ":" in url.host else url.host
    return f"{host}:{url.port}" if url.port else host


def join(base: httpx.URL, path: str) -> str:
    """The address of a path below a base, whatever slashes they end and begin with; its query is kept."""
    if not path:
        return str(base)
    return f"{str(base).rstrip('/')}/{path.lstrip('/')}"


def segment(value: str) -> str:
    """An id as one segment of a path: no id, whatever the server made of it, can reach another path."""
    if value in {"", ".", ".."}:
        raise NotFound(f"{value!r} is no id", hint="pick the job from the list")
    return quote(value, safe="")


def destination(here: httpx.URL, location: str | None) -> httpx.URL | None:
    """Where a redirect leads, without the fragment and without a login that it names; None for nowhere.

    Args:
        here: Where the request went.
        location: What the server wrote.
    """
    if not location or len(location) > _LONGEST_ADDRESS:
        return None
    try:
        there = here.join(location)
    except (httpx.InvalidURL, ValueError):
        return None
    if there.scheme not in _PORTS or not has_host(there):
        return None
    return there.copy_with(fragment=None, username=None, password=None)


class Origins:
    """The servers that may have this connection's credentials.

    Args:
        base: The system's own address.
        others: Configured addresses of other servers that belong to it.

    Raises:
        ConfigError: One of them is no address.
    """

    def __init__(self, base: httpx.URL, others: Iterable[str] = ()) -> None:
        self._base = base
        self._trusted = {_origin(base), *(_origin(parse_address(other)) for other in others)}

    def trust(self, address: str) -> httpx.URL:
        """Let another server have the credentials, such as the pod that a login names.

        Raises:
            BadAnswer: It is no address, or it has no TLS although the base has it.
        """
        try:
            url = parse_address(address)
        except ConfigError:
            url = httpx.URL("")
        if not url.host or (self._base.scheme == "https" and url.scheme != "https"):
            raise BadAnswer(
                f"{host_label(self._base)} names a server that can't be trusted with credentials",
                hint="it must be an https address without credentials; ask the system's administrator",
            )
        self._trusted.add(_origin(url))
        return url

    def is_trusted(self, url: httpx.URL) -> bool:
        """Whether requests with credentials may go there."""
        return _origin(url) in self._trusted


def is_upgrade(old: httpx.URL, new: httpx.URL) -> bool:
    """Whether the new address is the old one with TLS, both on their usual ports."""
    is_same_place = old.raw_host == new.raw_host and not old.port and not new.port
    return is_same_place and (old.scheme, new.scheme) == ("http", "https")


def _origin(url: httpx.URL) -> tuple[str, bytes, int]:
    return url.scheme, url.raw_host, url.port or _PORTS.get(url.scheme, 0)

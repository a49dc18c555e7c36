"""The way to the servers of one connection: pools of sockets, TLS and proxies."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote
from urllib.request import getproxies_environment, proxy_bypass

import httpx

from tui.core.errors import ConfigError
from tui.transport.limits import KEEPALIVE_S
from tui.transport.origins import has_host, host_label
from tui.transport.tls import client_certificate, tls_context

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    from tui.core.redaction import Redactor
    from tui.core.settings import ConnectionSettings, SecretRef

DIRECT = "direct"
"""As `proxy`: go straight to the server, whatever the environment says."""


class _Means(NamedTuple):
    """What is read from files and fetched before the first request."""

    tls: ssl.SSLContext
    proxy_tls: ssl.SSLContext
    """Proxies get to see no certificate of ours."""
    proxy_login: tuple[str, str] | None


class Network:
    """Hands out the httpx transport that a request travels on.

    Args:
        settings: Proxy, TLS and concurrency of the connection.
        resolve: Fetches the passwords of the proxy and of the client certificate's key.
        redactor: Learns the passwords of proxies.
        replacement: What stands for the network in the demo and in tests.
    """

    def __init__(
        self,
        settings: ConnectionSettings,
        resolve: Callable[[SecretRef], str],
        redactor: Redactor,
        replacement: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._settings = settings
        self._resolve = resolve
        self._redactor = redactor
        self._replacement = replacement
        self._means: _Means | None = None
        self._transports: dict[tuple[str, bool], httpx.AsyncBaseTransport] = {}
        self._proxies: dict[tuple[str, str, int | None], str] = {}
        self._learn(settings.proxy or "")

    @property
    def is_real(self) -> bool:
        """Whether requests leave the program."""
        return self._replacement is None

    async def open(self) -> None:
        """Read the certificates and fetch the passwords. Raises ConfigError."""
        if self.is_real:
            self._means = await asyncio.to_thread(self._get_ready)
            if self._settings.proxy:
                self._transport(self._proxy_for(httpx.URL("")), is_change=False)

    async def aclose(self) -> None:
        """Close every socket."""
        transports = list(self._transports.values())
        self._transports.clear()
        for transport in transports:
            await transport.aclose()

    def transport_for(self, url: httpx.URL, *, is_change: bool) -> httpx.AsyncBaseTransport:
        """What carries a request to that address. Raises ConfigError when the proxy is none."""
        if self._replacement is not None:
            return self._replacement
        return self._transport(self._proxy_for(url), is_change=is_change)

    def has_proxy(self, url: httpx.URL) -> bool:
        """Whether requests to that address go through a proxy."""
        return bool(self._proxy_for(url))

    def _proxy_for(self, url: httpx.URL) -> str:
        """The proxy, or an empty string. That of the environment is looked up once for each server."""
        proxy = self._settings.proxy
        if proxy:
            return "" if proxy == DIRECT else proxy
        server = (url.scheme, url.host, url.port)
        if server not in self._proxies:
            self._proxies[server] = proxy_of_environment(url)
            self._learn(self._proxies[server])
        return self._proxies[server]

    def _get_ready(self) -> _Means:
        settings = self._settings
        certificate = client_certificate(settings, self._resolve)
        tls = tls_context(settings.verify, certificate, oldest=settings.min_tls)
        proxy_tls = tls if certificate is None else tls_context(settings.verify, oldest=settings.min_tls)
        if settings.proxy_username is None:
            return _Means(tls, proxy_tls, None)
        secret = settings.proxy_password
        password = self._resolve(secret) if secret is not None else ""
        return _Means(tls, proxy_tls, (settings.proxy_username, password))

    def _learn(self, proxy: str) -> None:
        """Mask the password in a proxy's address from now on."""
        password = proxy.partition("://")[2].rpartition("@")[0].partition(":")[2]
        for spelling in {password, unquote(password)} - {""}:
            self._redactor.add(spelling)

    def _transport(self, proxy: str, *, is_change: bool) -> httpx.AsyncBaseTransport:
        key = (proxy, is_change)
        if key not in self._transports:
            self._transports[key] = self._new_transport(proxy, is_change=is_change)
        return self._transports[key]

    def _new_transport(self, proxy: str, *, is_change: bool) -> httpx.AsyncBaseTransport:
        # A change travels on a connection of its own: one that was kept may be dying just now, and then
        # nobody could tell whether the change had arrived. Reads leave one free for a login in their midst.
        limits = httpx.Limits(
            max_connections=self._settings.max_concurrency + 1,
            max_keepalive_connections=0 if is_change else self._settings.max_concurrency + 1,
            keepalive_expiry=KEEPALIVE_S,
        )
        means = self._means = self._means or self._get_ready()
        try:
            if not proxy or has_host(httpx.URL(proxy)):
                return httpx.AsyncHTTPTransport(
                    verify=means.tls, trust_env=False, limits=limits, proxy=_httpx_proxy(proxy, means)
                )
        except (ValueError, ImportError, httpx.InvalidURL):
            pass
        raise ConfigError(
            f"the proxy {_proxy_label(proxy)} can't be used",
            hint="set `proxy`, or the HTTPS_PROXY variable, to a URL such as http://proxy.example.com:3128; "
            "SOCKS is not supported",
        )


def _httpx_proxy(proxy: str, means: _Means) -> httpx.Proxy | None:
    if not proxy:
        return None
    tls = means.proxy_tls if proxy.lower().startswith("https:") else None
    return httpx.Proxy(proxy, ssl_context=tls, auth=means.proxy_login)


def proxy_of_environment(url: httpx.URL) -> str:
    """The proxy that HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY ask for, or an empty string."""
    proxies = getproxies_environment()
    proxy = proxies.get(url.scheme) or proxies.get("all") or ""
    exceptions = proxies.get("no", "")
    if not proxy or proxy_bypass(host_label(url)) or _is_in_network(url.host, exceptions):
        return ""
    return proxy if "://" in proxy else f"http://{proxy}"


def _is_in_network(host: str, exceptions: str) -> bool:
    """Whether a host is an address that NO_PROXY takes out by a network: `10.0.0.0/8`, as for curl."""
    try:
        address = ip_address(host)
    except ValueError:
        return False
    for exception in exceptions.split(","):
        with suppress(ValueError):
            if address in ip_network(exception.strip().strip("[]"), strict=False):
                return True
    return False


def _proxy_label(proxy: str) -> str:
    return proxy.partition("://")[2].rpartition("@")[2].partition("/")[0] or "without a scheme"

"""The way to the servers of one connection: pools of sockets, TLS and proxies."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from urllib.request import getproxies_environment, proxy_bypass

import httpx

from tui.core.errors import ConfigError
from tui.transport.limits import KEEPALIVE_S
from tui.transport.origins import has_host, host_label
from tui.transport.tls import ClientCertificate, tls_context

if TYPE_CHECKING:
    import ssl

    from tui.core.settings import ConnectionSettings


class Network:
    """Hands out the httpx transport that a request travels on.

    Args:
        settings: Proxy, TLS and concurrency of the connection.
        certificate: What to show to a server that asks who we are.
        replacement: What stands for the network in the demo and in tests.
    """

    def __init__(
        self,
        settings: ConnectionSettings,
        certificate: ClientCertificate | None = None,
        replacement: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._settings = settings
        self._certificate = certificate
        self._replacement = replacement
        self._tls: ssl.SSLContext | None = None
        self._transports: dict[tuple[str, bool], httpx.AsyncBaseTransport] = {}
        self._proxies: dict[tuple[str, str, int | None], str] = {}

    @property
    def is_real(self) -> bool:
        """Whether requests leave the program."""
        return self._replacement is None

    async def open(self) -> None:
        """Read the certificates. Raises ConfigError."""
        if self.is_real:
            self._tls = await asyncio.to_thread(tls_context, self._settings.verify, self._certificate)
            if self._settings.proxy:
                self._transport(self._settings.proxy, is_change=False)

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
        return self._transport(self._settings.proxy or self._usual_proxy(url), is_change=is_change)

    def _usual_proxy(self, url: httpx.URL) -> str:
        """What the environment says; looked up once for each server, for it would be a tenth of a request."""
        server = (url.scheme, url.host, url.port)
        if server not in self._proxies:
            self._proxies[server] = _proxy_of_environment(url)
        return self._proxies[server]

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
        try:
            if not proxy or has_host(httpx.URL(proxy)):
                return httpx.AsyncHTTPTransport(
                    verify=self._tls or tls_context(self._settings.verify, self._certificate),
                    trust_env=False,
                    limits=limits,
                    proxy=proxy or None,
                )
        except (ValueError, ImportError, httpx.InvalidURL):
            pass
        raise ConfigError(
            f"the proxy {_proxy_label(proxy)} can't be used",
            hint="set `proxy` to a URL such as http://proxy.example.com:3128; SOCKS is not supported",
        )


def _proxy_of_environment(url: httpx.URL) -> str:
    """The proxy that HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY ask for, or an empty string."""
    proxies = getproxies_environment()
    proxy = proxies.get(url.scheme) or proxies.get("all") or ""
    if not proxy or proxy_bypass(host_label(url)):
        return ""
    return proxy if "://" in proxy else f"http://{proxy}"


def _proxy_label(proxy: str) -> str:
    return proxy.partition("://")[2].rpartition("@")[2].partition("/")[0] or "without a scheme"

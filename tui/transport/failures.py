"""Turning what goes wrong on the way into nightdeck's errors, each with what to do about it.

The errors of httpx carry the request with its address and headers. None of them leaves the transport: what is
raised here has no cause and no context, and names the host alone.
"""

from __future__ import annotations

import copy
import socket
import ssl
from typing import TYPE_CHECKING, TypeVar

import httpx

from tui.core.errors import (
    BadAnswer,
    ConfigError,
    NightdeckError,
    OutcomeUnknown,
    SystemUnavailable,
    TimedOut,
    TlsFailed,
    Unreachable,
)
from tui.transport.guard import AnswerCutOff, AnswerSpoiled, AnswerTooLarge, BodyStalled

if TYPE_CHECKING:
    from collections.abc import Awaitable, Iterator

T = TypeVar("T")
E = TypeVar("E", bound=NightdeckError)

FAILURES = (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError, UnicodeError)
"""Everything that httpx and the network raise for reasons outside the program."""

_BEFORE_SENDING = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
    httpx.InvalidURL,
    UnicodeError,
)
"""What can only happen while nothing of the request has left."""

_SHORT_BODY = "without sending complete message body"
_NO_HEAD = "without sending a response"
_DEEPEST_CAUSE = 12


class CutShort(BadAnswer):
    """The connection ended in the middle of the answer: asking again may help."""


class TooLarge(BadAnswer):
    """The answer went over its limit: what it holds may be had in pieces."""


def explain(error: Exception, host: str, timeout_s: float) -> NightdeckError:
    """The error that tells a user what httpx or the network meant.

    Args:
        error: One of `FAILURES`.
        host: The server, for the message.
        timeout_s: How long was waited.
    """
    if isinstance(error, httpx.TimeoutException):
        return _too_slow(error, host, timeout_s)
    if isinstance(error, httpx.DecodingError | httpx.RemoteProtocolError):
        return _bad_answer(error, host)
    if isinstance(error, httpx.LocalProtocolError | UnicodeError):
        return ConfigError(
            f"a credential for {host} holds a character that no HTTP header can carry",
            hint="look for a line break or a letter with an accent in the secret of this connection",
        )
    if isinstance(error, httpx.ProxyError):
        return _coded(
            "proxy",
            Unreachable(
                f"the proxy does not let us through to {host}",
                hint="check `proxy` and its credentials, or the HTTPS_PROXY variable",
            ),
        )
    if isinstance(error, httpx.InvalidURL | httpx.UnsupportedProtocol):
        return BadAnswer(f"an address below {host} can't be used", hint="check the `url` of this connection")
    return _no_connection(error, host)


def was_sent(error: Exception) -> bool:
    """Whether a request may have reached the server before the error came."""
    return not isinstance(error, _BEFORE_SENDING)


def lost(why: NightdeckError) -> OutcomeUnknown:
    """The error for a change that was sent and whose answer can't be had."""
    return OutcomeUnknown(
        f"the change was sent, then its answer was lost: {why.message}",
        hint="it may or may not have happened: look at the job's runs before doing it again",
    )


async def answered(work: Awaitable[T], host: str, timeout_s: float, *, is_change: bool) -> T:
    """Wait for work of httpx, and translate what goes wrong.

    Raises:
        NightdeckError: As `explain` says; for a change that may have been sent, OutcomeUnknown.
    """
    try:
        return await work
    except FAILURES as error:
        problem = translated(error, host, timeout_s, is_change=is_change)
    # Outside the handler, so that the error of httpx is not kept as its context.
    raise problem


def translated(error: Exception, host: str, timeout_s: float, *, is_change: bool) -> NightdeckError:
    """The error to raise for one of httpx, for a read or for a change."""
    problem = explain(error, host, timeout_s)
    if not is_change:
        return problem
    if was_sent(error) and not _is_refused_handshake(error):
        return lost(problem)
    if isinstance(problem, TimedOut):
        return Unreachable(f"{problem.message}; nothing was sent", hint=problem.hint)
    return problem


def again(error: E) -> E:
    """A copy to be raised once more: one exception raised by many tasks would mix up their tracebacks."""
    return copy.copy(error)


def _too_slow(error: httpx.TimeoutException, host: str, timeout_s: float) -> SystemUnavailable:
    span = f"{timeout_s:g} s"
    if isinstance(error, httpx.ConnectTimeout):
        return Unreachable(
            f"{host} could not be reached within {span}", hint="check the network, the VPN and the firewall"
        )
    if isinstance(error, httpx.PoolTimeout):
        return TimedOut(
            f"no connection to {host} came free within {span}",
            hint="raise `max_concurrency` or `timeout` of this connection",
        )
    if isinstance(error, BodyStalled):
        return TimedOut(
            f"{host} sent its answer too slowly",
            hint="raise `timeout` of this connection if the line is slow",
        )
    return TimedOut(
        f"{host} did not answer within {span}",
        hint="the system may be busy; raise `timeout` if it is always so",
    )


def _bad_answer(error: Exception, host: str) -> SystemUnavailable:
    if isinstance(error, AnswerTooLarge):
        return TooLarge(f"{host} sent {error}", hint="narrow the connection with `jobs`, or ask for less")
    if isinstance(error, AnswerSpoiled):
        return BadAnswer(f"{host} sent {error}", hint="a proxy may garble the answers; ask its administrator")
    text = str(error)
    if isinstance(error, AnswerCutOff) or _SHORT_BODY in text:
        return CutShort(
            f"{host} ended its answer in the middle",
            hint="it comes again by itself when this was an accident",
        )
    if _NO_HEAD in text:
        return Unreachable(
            f"{host} closed the connection without an answer",
            hint="it may be restarting; check that `url` has the right port and https or http",
        )
    return BadAnswer(
        f"{host} does not answer in HTTP", hint="check that `url` has the right port and https or http"
    )


def _no_connection(error: Exception, host: str) -> SystemUnavailable:
    causes = list(_causes(error))
    for cause in causes:
        if isinstance(cause, ssl.SSLError) and (
            isinstance(error, httpx.ConnectError) or _is_refused_handshake(error)
        ):
            return _tls_failure(cause, host)
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return _coded(
            "dns",
            Unreachable(
                f"there is no host {host}", hint="check the `url` of this connection, the network and the VPN"
            ),
        )
    if any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        return Unreachable(
            f"{host} refused the connection", hint="the system may be down; check the port in `url`"
        )
    if isinstance(error, httpx.ConnectError):
        reason = next((c.strerror for c in causes if isinstance(c, OSError) and c.strerror), "no connection")
        return Unreachable(
            f"{host} can't be reached: {reason}", hint="check the network, the VPN and the firewall"
        )
    return Unreachable(
        f"{host} broke the connection", hint="it may be restarting; it is asked again by itself"
    )


def _tls_failure(error: ssl.SSLError, host: str) -> SystemUnavailable:
    reason = _reason(error)
    if isinstance(error, ssl.SSLEOFError) or "unexpected eof" in reason:
        return Unreachable(
            f"{host} closed the connection during the TLS handshake",
            hint="it may be restarting, speak no TLS on this port or an older one; check `url` and `min_tls`",
        )
    if isinstance(error, ssl.SSLCertVerificationError):
        text = error.verify_message
        hint = "set `verify` to the file of the company's CA certificate, if it is the right server"
        if "expired" in text or "not yet valid" in text:
            hint = "the server needs a new certificate, or this machine's clock is wrong"
        elif "mismatch" in text or "not valid for" in text:
            hint = "use the name that the certificate is made for in `url`"
        return TlsFailed(f"the certificate of {host} is not accepted: {text}", hint=hint)
    if "wrong version number" in reason or "http request" in reason or "record layer" in reason:
        return TlsFailed(
            f"{host} does not speak TLS on this port", hint="try http:// or another port in `url`"
        )
    if "protocol" in reason or "version" in reason:
        return TlsFailed(
            f"{host} offers only TLS older than what is accepted",
            hint="the server must be updated; `min_tls` of this connection says what is accepted",
        )
    if _asks_for_certificate(reason):
        what = f"does not accept our certificate: {reason}"
        return TlsFailed(
            f"{host} {'wants to see a certificate of ours' if 'required' in reason else what}",
            hint="it wants one that it knows: set `client_cert` and `client_key` of this connection",
        )
    hint = "check `verify`, `client_cert` and `url`"
    return TlsFailed(f"TLS with {host} failed: {reason or 'no reason given'}", hint=hint)


def _reason(error: ssl.SSLError) -> str:
    # Errors that were not made by OpenSSL itself have no such attribute.
    return str(getattr(error, "reason", "") or "").replace("_", " ").lower()


def _asks_for_certificate(reason: str) -> bool:
    return "alert" in reason and any(
        word in reason for word in ("certificate", "unknown ca", "access denied")
    )


def _is_refused_handshake(error: Exception) -> bool:
    """Whether the server turned our certificate down, which TLS 1.3 tells only when the answer is read."""
    return any(
        isinstance(cause, ssl.SSLError) and _asks_for_certificate(_reason(cause)) for cause in _causes(error)
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what lies below it, through causes, contexts and groups."""
    pending: list[BaseException] = [error]
    for _ in range(_DEEPEST_CAUSE):
        if not pending:
            return
        current = pending.pop(0)
        yield current
        if isinstance(current, BaseExceptionGroup):
            pending.extend(current.exceptions)
        below = current.__cause__ or current.__context__
        if below is not None:
            pending.append(below)


def _coded(code: str, error: Unreachable) -> Unreachable:
    error.code = code
    return error

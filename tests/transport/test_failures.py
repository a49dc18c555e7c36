"""What users are told of failures that no test can bring about on a loopback interface."""

from __future__ import annotations

import errno
import ssl

import httpx
import pytest

from tests.transport.test_faults import assert_clean
from tui.core.errors import NightdeckError, OutcomeUnknown, RateLimited, TimedOut, TlsFailed, Unreachable
from tui.transport.failures import again, answered, explain, translated

HOST = "tac.example.com"


def tls(reason: str) -> ssl.SSLError:
    """An error of OpenSSL."""
    error = ssl.SSLError(1, f"[SSL: {reason}] something (_ssl.c:1006)")
    error.reason = reason
    return error


def below(error: Exception, *causes: BaseException) -> Exception:
    """An error with what caused it, from the outside in."""
    current: BaseException = error
    for cause in causes:
        current.__cause__ = cause
        current = cause
    return error


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("WRONG_VERSION_NUMBER", "does not speak TLS"),
        ("HTTP_REQUEST", "does not speak TLS"),
        ("RECORD_LAYER_FAILURE", "does not speak TLS"),
        ("UNSUPPORTED_PROTOCOL", "offers only TLS older"),
        ("TLSV1_ALERT_PROTOCOL_VERSION", "offers only TLS older"),
        ("SSLV3_ALERT_CERTIFICATE_UNKNOWN", "does not accept our certificate"),
        ("TLSV1_ALERT_UNKNOWN_CA", "does not accept our certificate"),
        ("TLSV13_ALERT_CERTIFICATE_REQUIRED", "wants to see a certificate of ours"),
        ("SSLV3_ALERT_HANDSHAKE_FAILURE", "sslv3 alert handshake failure"),
    ],
)
def test_reasons_of_a_failed_handshake(reason: str, words: str) -> None:
    error = below(httpx.ConnectError("no"), OSError("below"), tls(reason))
    problem = explain(error, HOST, 30)
    assert isinstance(problem, TlsFailed)
    assert words in problem.message
    assert_clean(problem)
    assert isinstance(translated(error, HOST, 30, is_change=True), TlsFailed)


@pytest.mark.parametrize("reason", ["TLSV13_ALERT_CERTIFICATE_REQUIRED", "SSLV3_ALERT_BAD_CERTIFICATE"])
def test_a_certificate_that_is_turned_down_after_the_request_was_written(reason: str) -> None:
    error = below(httpx.ReadError("no"), tls(reason))
    for is_change in (False, True):
        problem = translated(error, HOST, 30, is_change=is_change)
        assert isinstance(problem, TlsFailed)
        assert "certificate" in problem.message


def test_tls_that_breaks_later_leaves_the_outcome_open() -> None:
    error = below(httpx.ReadError("no"), tls("DECRYPTION_FAILED_OR_BAD_RECORD_MAC"))
    assert isinstance(translated(error, HOST, 30, is_change=False), Unreachable)
    assert isinstance(translated(error, HOST, 30, is_change=True), OutcomeUnknown)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("certificate has expired", "new certificate"),
        ("certificate is not yet valid", "clock"),
        ("Hostname mismatch, certificate is not valid for 'x'", "use the name"),
        ("unable to get local issuer certificate", "`verify`"),
    ],
)
def test_hints_about_certificates(text: str, hint: str) -> None:
    cause = ssl.SSLCertVerificationError(1, "CERTIFICATE_VERIFY_FAILED")
    cause.verify_message = text
    problem = explain(below(httpx.ConnectError("no"), cause), HOST, 30)
    assert isinstance(problem, TlsFailed)
    assert hint in problem.hint


def test_a_reason_inside_a_group_of_attempts_is_found() -> None:
    refused = ConnectionRefusedError(errno.ECONNREFUSED, "refused")
    group = ExceptionGroup("multiple connection attempts failed", [OSError("first"), refused])
    problem = explain(below(httpx.ConnectError("no"), OSError("all failed"), group), HOST, 30)
    assert "refused the connection" in problem.message


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (httpx.ConnectError("no"), "no connection"),
        (
            below(httpx.ConnectError("no"), OSError(errno.ENETUNREACH, "Network is unreachable")),
            "unreachable",
        ),
        (httpx.WriteError("no"), "broke the connection"),
        (OSError("too many open files"), "broke the connection"),
    ],
)
def test_other_reasons_for_no_connection(error: Exception, words: str) -> None:
    problem = explain(error, HOST, 30)
    assert isinstance(problem, Unreachable)
    assert words in problem.message


@pytest.mark.parametrize("error", [httpx.ReadTimeout("no"), httpx.WriteTimeout("no")])
def test_a_change_that_takes_too_long_may_have_been_made(error: Exception) -> None:
    assert isinstance(translated(error, HOST, 30, is_change=False), TimedOut)
    assert isinstance(translated(error, HOST, 30, is_change=True), OutcomeUnknown)


def test_a_copy_of_an_error_is_told_alike_and_has_no_past() -> None:
    error = RateLimited("slowly", retry_after_s=7, hint="wait")
    error.code = "own"
    error.__cause__ = ValueError("secret")
    copy = again(error)
    assert (str(copy), copy.retry_after_s, copy.hint, copy.code) == (str(error), 7, "wait", "own")
    assert (copy.__cause__, copy.__context__, copy.__traceback__) == (None, None, None)


async def test_errors_of_our_own_pass_and_so_do_mistakes_of_the_program() -> None:
    async def fail(error: Exception) -> None:
        raise error

    with pytest.raises(TimedOut, match="ours"):
        await answered(fail(TimedOut("ours")), HOST, 30, is_change=True)
    with pytest.raises(ZeroDivisionError):
        await answered(fail(ZeroDivisionError()), HOST, 30, is_change=True)
    with pytest.raises(NightdeckError) as caught:
        await answered(fail(httpx.ReadError("secret")), HOST, 30, is_change=True)
    assert_clean(caught.value)

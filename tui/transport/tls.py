"""Which servers are believed, and who we say that we are."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import certifi

from tui.core.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tui.core.settings import ConnectionSettings, SecretRef

_LARGEST_PEM = 1024 * 1024
_LONGEST_PASSWORD = 1000
"""OpenSSL takes 1024 bytes at most."""

_PASSWORD = "client_key_password"  # noqa: S105 - the name of a setting
_VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}
_OLDEST = "1.2"


@dataclass(frozen=True, slots=True)
class ClientCertificate:
    """The certificate that we show to servers that ask for one."""

    certificate: Path
    """PEM file with the certificate, its chain and perhaps its key."""
    key: Path | None = None
    """PEM file with the key, when it is kept apart."""
    password: str | None = field(default=None, repr=False)
    """What unlocks the key."""


def client_certificate(
    settings: ConnectionSettings, resolve: Callable[[SecretRef], str]
) -> ClientCertificate | None:
    """What a connection shows to a server that asks; None when it shows nothing.

    Args:
        settings: The connection's table.
        resolve: Fetches the key's password; it may be slow. Raises ConfigError.
    """
    if not settings.client_cert:
        return None
    locked = settings.client_key_password
    return ClientCertificate(
        Path(settings.client_cert).expanduser(),
        Path(settings.client_key).expanduser() if settings.client_key else None,
        resolve(locked) if locked is not None else None,
    )


def tls_context(
    verify: bool | str,  # noqa: FBT001 - as in the config
    certificate: ClientCertificate | None = None,
    *,
    oldest: str = _OLDEST,
) -> ssl.SSLContext:
    """How TLS is spoken with one server. Reads files: call it in a thread.

    Args:
        verify: As in the config: true, false or the path of a CA file.
        certificate: What to show to a server that asks who we are.
        oldest: The oldest version that is spoken: `1.2` or `1.3`.

    Raises:
        ConfigError: A file can't be read or holds something else; the message tells its key and path.
    """
    if verify is True and certificate is None and oldest == _OLDEST:
        return _usual_context()
    if isinstance(verify, str):
        context = _context_for(verify)
    else:
        context = _new_usual_context() if verify else _blind_context()
    context.minimum_version = _VERSIONS[oldest]
    if certificate is not None:
        _show(certificate, context)
    return context


@cache
def _usual_context() -> ssl.SSLContext:
    # Reading some 140 certificates takes about 15 ms, and every connection needs the same ones.
    return _new_usual_context()


def _new_usual_context() -> ssl.SSLContext:
    """Trusts what this machine trusts (company CAs are installed there) and what browsers trust."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return _modern(context)


def _context_for(ca_file: str) -> ssl.SSLContext:
    try:
        return _modern(ssl.create_default_context(cafile=Path(ca_file).expanduser()))
    except ssl.SSLError:
        reason = "it holds no certificate in PEM form"
    except (OSError, ValueError, RuntimeError) as error:
        reason = _reason(error)
    hint = "set `verify` to a PEM file with the certificate of the authority, or to true"
    raise _refusal("verify", ca_file, reason, hint)


def _blind_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return _modern(context)


def _modern(context: ssl.SSLContext) -> ssl.SSLContext:
    context.minimum_version = _VERSIONS[_OLDEST]
    # A server has no reason to begin anew in the middle, and it was a way to attack TLS 1.2.
    context.options |= ssl.OP_NO_RENEGOTIATION
    return context


def _show(shown: ClientCertificate, context: ssl.SSLContext) -> None:
    certificate, key = shown.certificate, shown.key or shown.certificate
    key_name = "client_key" if shown.key is not None else "client_cert"
    password = shown.password or ""
    if b"-----BEGIN CERTIFICATE-----" not in _read("client_cert", certificate):
        raise _refusal("client_cert", certificate, "it holds no certificate in PEM form")
    text = _read(key_name, key)
    if b"PRIVATE KEY-----" not in text:
        raise _refusal(key_name, key, "it holds no private key in PEM form")
    is_locked = b"ENCRYPTED" in text
    if is_locked and not password:
        hint = "tell in `client_key_password` where its password is kept"
        raise _refusal(key_name, key, "its private key is encrypted", hint)
    if len(password.encode()) > _LONGEST_PASSWORD:
        raise _refusal(_PASSWORD, key, "the password is longer than that of any key")
    try:
        # Without an answer of ours OpenSSL would ask for a password on the terminal.
        context.load_cert_chain(certificate, key, lambda: password)
    except (ssl.SSLError, OSError, ValueError) as error:
        told = str(getattr(error, "reason", "") or "")
    else:
        return
    if "MISMATCH" in told:
        raise _refusal(key_name, key, f"it is not the key of {certificate.name}")
    if is_locked:
        raise _refusal(_PASSWORD, key, "the password does not unlock the key")
    raise _refusal(key_name, key, "its certificate or its key is damaged")


def _read(key: str, path: Path) -> bytes:
    """The content of a PEM file. Raises ConfigError."""
    try:
        if not path.exists() or path.is_file():
            with path.open("rb") as file:
                return file.read(_LARGEST_PEM)
        reason = "it is no file"
    except (OSError, ValueError) as error:
        reason = _reason(error)
    raise _refusal(key, path, reason)


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or "it can't be read"


def _refusal(key: str, path: Path | str, reason: str, hint: str = "") -> ConfigError:
    """An error that tells the key and the file, and nothing of what is in it."""
    return ConfigError(
        f"`{key}` of this connection can't be used: {path}: {reason}",
        hint=hint
        or "name a PEM file with the certificate in `client_cert`, and its private key in `client_key`",
    )

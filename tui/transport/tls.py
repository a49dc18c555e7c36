"""Which servers are believed, and who we say that we are."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import certifi

from tui.core.errors import ConfigError


@dataclass(frozen=True, slots=True)
class ClientCertificate:
    """The certificate that we show to servers that ask for one."""

    certificate: Path
    """PEM file with the certificate, its chain and perhaps its key."""
    key: Path | None = None
    """PEM file with the key, when it is kept apart."""
    password: str | None = field(default=None, repr=False)
    """What unlocks the key."""


def tls_context(verify: bool | str, certificate: ClientCertificate | None = None) -> ssl.SSLContext:  # noqa: FBT001
    """How TLS is spoken with one server. Reads files: call it in a thread.

    Args:
        verify: As in the config: true, false or the path of a CA file.
        certificate: What to show to a server that asks who we are.

    Raises:
        ConfigError: A file can't be read or holds something else.
    """
    if verify is True and certificate is None:
        return _usual_context()
    if isinstance(verify, str):
        context = _context_for(verify)
    else:
        context = _new_usual_context() if verify else _blind_context()
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
    except OSError as error:
        reason = error.strerror or "it can't be read"
    raise ConfigError(
        f"the CA file {ca_file} can't be used: {reason}",
        hint="set `verify` to a PEM file with the certificate of the authority, or to true",
    )


def _blind_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return _modern(context)


def _modern(context: ssl.SSLContext) -> ssl.SSLContext:
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _show(certificate: ClientCertificate, context: ssl.SSLContext) -> None:
    # A key that is locked and has no password would make OpenSSL ask on the terminal.
    password = certificate.password or ""
    try:
        context.load_cert_chain(certificate.certificate, certificate.key, lambda: password)
    except (ssl.SSLError, ValueError):
        reason = "certificate, key and password don't fit together"
    except OSError as error:
        reason = error.strerror or "it can't be read"
    else:
        return
    raise ConfigError(
        f"the client certificate {certificate.certificate} can't be used: {reason}",
        hint="give a PEM file with the certificate, one with its key, and the key's password",
    )

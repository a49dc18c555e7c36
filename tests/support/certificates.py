"""Certificates as a company hands them out, and TLS servers that show them."""

from __future__ import annotations

import ssl
from datetime import datetime
from pathlib import Path

import trustme
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

LOOPBACK = ("127.0.0.1", "::1", "localhost")
"""What a server on the loopback interface may be called."""


class Papers:
    """One authority, with the files that its users keep."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self.folder = folder
        """Where the files are."""
        self.authority = trustme.CA()
        """Signs everything."""
        self.ca_file = str(folder / "ca.pem")
        """Its own certificate."""
        self.authority.cert_pem.write_to_path(self.ca_file)

    def server(
        self,
        *names: str,
        not_before: datetime | None = None,
        not_after: datetime | None = None,
        asks_for: trustme.CA | None = None,
        newest: ssl.TLSVersion | None = None,
    ) -> ssl.SSLContext:
        """How a server speaks TLS.

        Args:
            *names: What its certificate is made for; the names of this machine when there are none.
            not_before: When the certificate begins to count.
            not_after: When it ends.
            asks_for: Wants a certificate of this authority from whoever calls.
            newest: The newest version of TLS that it speaks.
        """
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.show(context, *names, not_before=not_before, not_after=not_after)
        if asks_for is not None:
            asks_for.configure_trust(context)
            context.verify_mode = ssl.CERT_REQUIRED
        if newest is not None:
            context.maximum_version = newest
        return context

    def show(
        self,
        context: ssl.SSLContext,
        *names: str,
        not_before: datetime | None = None,
        not_after: datetime | None = None,
    ) -> None:
        """Let a server show a new certificate from its next handshake on."""
        names = names or LOOPBACK
        self.authority.issue_cert(*names, not_before=not_before, not_after=not_after).configure_cert(context)

    def client(self, name: str = "ops", *, password: str = "") -> dict[str, str]:
        """The files of a certificate to show to servers, as keys of a connection's table."""
        issued = self.authority.issue_cert(f"{name}@example.com")
        certificate, key = self.folder / f"{name}.pem", self.folder / f"{name}-key.pem"
        issued.cert_chain_pems[0].write_to_path(str(certificate))
        key.touch(0o600)
        key.write_bytes(_locked(issued.private_key_pem.bytes(), password))
        return {"client_cert": str(certificate), "client_key": str(key)}


def _locked(pem: bytes, password: str) -> bytes:
    if not password:
        return pem
    key = load_pem_private_key(pem, None)
    lock = BestAvailableEncryption(password.encode())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock)

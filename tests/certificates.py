"""Certificates for the tests of TLS: an authority, what it has signed, and a stranger."""

from __future__ import annotations

import ssl
from pathlib import Path

import trustme
from cryptography.hazmat.primitives import serialization


class Certificates:
    """Files with certificates and keys in a folder, all made anew."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        authority, stranger = trustme.CA(), trustme.CA()
        self.authority = folder / "ca.pem"
        authority.cert_pem.write_to_path(self.authority)
        self.other_authority = folder / "other_ca.pem"
        stranger.cert_pem.write_to_path(self.other_authority)
        names = ("localhost", "127.0.0.1", "::1")
        self.server = self._write("server", authority.issue_cert(*names))
        self.renewed = self._write("renewed", authority.issue_cert(*names))
        self.client = self._write("client", authority.issue_cert("client@localhost", common_name="alice"))
        self.stranger = self._write("stranger", stranger.issue_cert("client@localhost"))
        self.locked_key = folder / "locked.key"
        key = serialization.load_pem_private_key(self.server[1].read_bytes(), None)
        self.locked_key.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.BestAvailableEncryption(b"secret"),
            )
        )

    def _write(self, name: str, issued: trustme.LeafCert) -> tuple[Path, Path]:
        certificate, key = self.folder / f"{name}.pem", self.folder / f"{name}.key"
        certificate.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
        issued.private_key_pem.write_to_path(key)
        return certificate, key

    def options(self, **others: object) -> dict[str, object]:
        """Return options of a server with TLS that asks its clients for nothing."""
        certificate, key = self.server
        return {
            "tls_cert_file": certificate,
            "tls_key_file": key,
            "tls_ca_cert_file": self.authority,
            "tls_auth_clients": "no",
            **others,
        }

    def words(self, **others: object) -> list[str]:
        """Return the same options as a command line has them."""
        pairs = self.options(**others).items()
        return [word for name, value in pairs for word in (f"--{name.replace('_', '-')}", str(value))]

    def trusting(self, identity: tuple[Path, Path] | None = None) -> ssl.SSLContext:
        """Return the context of a client that trusts the authority and shows a certificate, or none."""
        context = ssl.create_default_context(cafile=self.authority)
        if identity is not None:
            context.load_cert_chain(*identity)
        return context

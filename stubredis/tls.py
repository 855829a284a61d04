"""TLS: the contexts in which connections are encrypted, made from the configuration by the standard library's ssl."""

from __future__ import annotations

import os
import ssl
import warnings
from typing import TYPE_CHECKING

from stubredis.reasons import reason

if TYPE_CHECKING:
    from stubredis.config import Config

VERSIONS = {
    "tlsv1": ssl.TLSVersion.TLSv1,
    "tlsv1.1": ssl.TLSVersion.TLSv1_1,
    "tlsv1.2": ssl.TLSVersion.TLSv1_2,
    "tlsv1.3": ssl.TLSVersion.TLSv1_3,
}
"""The words of `tls-protocols`, oldest first."""

VERIFY = {"no": ssl.CERT_NONE, "optional": ssl.CERT_OPTIONAL, "yes": ssl.CERT_REQUIRED}

NO_CERTIFICATE = "No tls-cert-file configured!"
NO_KEY = "No tls-key-file configured!"
NO_AUTHORITY = (
    "Either tls-ca-cert-file or tls-ca-cert-dir must be specified when tls-cluster, tls-replication or "
    "tls-auth-clients are enabled!"
)
BAD_VERSIONS = "Invalid tls-protocols specified. Use a combination of 'TLSv1', 'TLSv1.1', 'TLSv1.2' and 'TLSv1.3'."


class TLSError(Exception):
    """Why there can be no TLS with this configuration, in one line."""


def server_context(config: Config) -> ssl.SSLContext:
    """Make the context of clients that connect. Raises TLSError."""
    if not config.tls_cert_file:
        raise TLSError(NO_CERTIFICATE)
    if not config.tls_key_file:
        raise TLSError(NO_KEY)
    verify = VERIFY[config.tls_auth_clients]
    if (verify is not ssl.CERT_NONE or config.tls_cluster or config.tls_replication) and not _has_authority(config):
        raise TLSError(NO_AUTHORITY)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    _choose_protocols(context, config)
    _load_identity(context, config.tls_cert_file, config.tls_key_file, config.tls_key_file_pass)
    _load_authority(context, config)
    context.verify_mode = verify
    if not config.tls_prefer_server_ciphers:
        context.options &= ~ssl.OP_CIPHER_SERVER_PREFERENCE
    if not config.tls_session_caching:
        context.options |= ssl.OP_NO_TICKET
        context.num_tickets = 0
    if config.tls_dh_params_file:
        try:
            context.load_dh_params(config.tls_dh_params_file)
        except (OSError, ValueError) as error:
            raise TLSError(f"Failed to load DH params file {config.tls_dh_params_file}: {_reason(error)}") from None
    return context


def client_context(config: Config) -> ssl.SSLContext:
    """Make the context of connections to other servers, whose certificates the configured authority must have signed.

    As in Redis no name is compared: what counts is the authority. Raises TLSError.
    """
    if not _has_authority(config):
        raise TLSError(NO_AUTHORITY)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    _choose_protocols(context, config)
    _load_authority(context, config)
    if config.tls_client_cert_file:
        _load_identity(
            context, config.tls_client_cert_file, config.tls_client_key_file, config.tls_client_key_file_pass
        )
    elif config.tls_cert_file:
        _load_identity(context, config.tls_cert_file, config.tls_key_file, config.tls_key_file_pass)
    return context


def _has_authority(config: Config) -> bool:
    return bool(config.tls_ca_cert_file or config.tls_ca_cert_dir)


def _choose_protocols(context: ssl.SSLContext, config: Config) -> None:
    words = config.tls_protocols.lower().split()
    if not VERSIONS.keys() >= set(words):
        raise TLSError(BAD_VERSIONS)
    versions = [version for word, version in VERSIONS.items() if word in words]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # whoever names an old version knows that it is one
        context.minimum_version = versions[0] if versions else ssl.TLSVersion.TLSv1_2
        if versions:
            context.maximum_version = versions[-1]
            for word, version in VERSIONS.items():
                if versions[0] < version < versions[-1] and version not in versions:
                    context.options |= getattr(ssl, f"OP_NO_{word.replace('tls', 'TLS').replace('.', '_')}")
    if config.tls_ciphers:
        try:
            context.set_ciphers(config.tls_ciphers)
        except ssl.SSLError:
            raise TLSError(f"Failed to configure ciphers: {config.tls_ciphers}") from None
    if config.tls_ciphersuites and hasattr(context, "set_ciphersuites"):  # Python 3.15
        try:
            context.set_ciphersuites(config.tls_ciphersuites)
        except ssl.SSLError:
            raise TLSError(f"Failed to configure ciphersuites: {config.tls_ciphersuites}") from None


def _load_identity(context: ssl.SSLContext, certificate: str, key: str, password: str) -> None:
    for kind, path in (("certificate", certificate), ("private key", key)):
        # Looked at first, because the error of ssl does not tell which of the two cannot be read.
        try:
            with open(path, "rb"):  # noqa: PTH123  (the path may be empty, which Path takes for the working directory)
                pass
        except OSError as error:
            raise TLSError(f"Failed to load {kind}: {path}: {_reason(error)}") from None
    try:
        # An empty password, so that a key that needs one is refused instead of asked for on the terminal.
        context.load_cert_chain(certificate, key, password)
    except (OSError, ValueError) as error:
        raise TLSError(f"Failed to load certificate {certificate} with private key {key}: {_reason(error)}") from None


def _load_authority(context: ssl.SSLContext, config: Config) -> None:
    if not _has_authority(config):
        return
    folder = config.tls_ca_cert_dir
    try:
        if folder:
            os.scandir(folder).close()  # ssl takes a folder that is not there for an empty one
        context.load_verify_locations(config.tls_ca_cert_file or None, folder or None)
    except (OSError, ValueError) as error:
        where = config.tls_ca_cert_file or folder
        raise TLSError(f"Failed to configure CA certificate(s) file/directory: {where}: {_reason(error)}") from None


def _reason(error: Exception) -> str:
    """Say in a few words why a file was refused, without the places in OpenSSL's source."""
    if isinstance(error, ssl.SSLError):
        return error.reason.lower().replace("_", " ") if error.reason else "no certificate or key in PEM form"
    return reason(error) if isinstance(error, OSError) else str(error)

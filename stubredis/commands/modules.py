"""MODULE: libraries that extend the server. There are none, and none can be loaded."""

from __future__ import annotations

from stubredis.client import Client
from stubredis.command import ADMIN, NO_ASYNC_LOADING, NOSCRIPT, container, group
from stubredis.errors import CommandError
from stubredis.protocol.replies import Reply

command = group("server")
container("MODULE", "server", since="4.0.0", help_since="5.0.0", summary="Look at and load modules")

LOADS = ADMIN | NOSCRIPT | NO_ASYNC_LOADING
NOT_ALLOWED = (
    b'ERR MODULE command not allowed. If the enable-module-command option is set to "local", you can run it from a'
    b" local connection, otherwise you need to set this option in the configuration file, and then restart the server."
)


@command("MODULE LIST", ADMIN | NOSCRIPT, since="4.0.0", complexity="O(N) where N is the number of loaded modules.")
def list_(client: Client) -> Reply:
    """Return the modules that are loaded: none."""
    return []


@command("MODULE LOAD path [arg [arg ...]]", LOADS, since="4.0.0")
def load(client: Client, path: bytes, *arguments: bytes) -> Reply:
    """Refuse to load a module."""
    raise CommandError(NOT_ALLOWED)


@command("MODULE LOADEX path [CONFIG name value [CONFIG name value ...]] [ARGS args [args ...]]", LOADS, since="7.0.0")
def loadex(client: Client, path: bytes, *arguments: bytes) -> Reply:
    """Refuse to load a module with its configuration."""
    raise CommandError(NOT_ALLOWED)


@command("MODULE UNLOAD name", LOADS, since="4.0.0")
def unload(client: Client, name: bytes) -> Reply:
    """Refuse to unload a module."""
    raise CommandError(NOT_ALLOWED)

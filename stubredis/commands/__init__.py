"""The commands, one module a group. Importing this package declares them all."""

from stubredis.commands import (
    clients,
    connection,
    databases,
    hashes,
    introspection,
    keys,
    lists,
    pubsub,
    serialization,
    server,
    sets,
    sorting,
    strings,
    transactions,
)

__all__ = [
    "clients",
    "connection",
    "databases",
    "hashes",
    "introspection",
    "keys",
    "lists",
    "pubsub",
    "serialization",
    "server",
    "sets",
    "sorting",
    "strings",
    "transactions",
]

"""The commands, one module a group. Importing this package declares them all."""

from stubredis.commands import (
    bitmaps,
    clients,
    connection,
    databases,
    hashes,
    hyperloglog,
    introspection,
    keys,
    lists,
    pubsub,
    server,
    strings,
    transactions,
)

__all__ = [
    "bitmaps",
    "clients",
    "connection",
    "databases",
    "hashes",
    "hyperloglog",
    "introspection",
    "keys",
    "lists",
    "pubsub",
    "server",
    "strings",
    "transactions",
]

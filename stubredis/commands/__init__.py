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
    server,
    stream_delivery,
    stream_groups,
    stream_info,
    streams,
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
    "server",
    "stream_delivery",
    "stream_groups",
    "stream_info",
    "streams",
    "strings",
    "transactions",
]

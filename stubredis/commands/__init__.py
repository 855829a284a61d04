"""The commands, one module a group. Importing this package declares them all."""

from stubredis.commands import (
    clients,
    connection,
    databases,
    geo,
    hashes,
    introspection,
    keys,
    lists,
    pubsub,
    server,
    sorted_set_algebra,
    sorted_set_ranges,
    sorted_sets,
    strings,
    transactions,
)

__all__ = [
    "clients",
    "connection",
    "databases",
    "geo",
    "hashes",
    "introspection",
    "keys",
    "lists",
    "pubsub",
    "server",
    "sorted_set_algebra",
    "sorted_set_ranges",
    "sorted_sets",
    "strings",
    "transactions",
]

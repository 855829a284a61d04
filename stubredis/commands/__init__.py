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
    sets,
    sorted_set_algebra,
    sorted_set_ranges,
    sorted_sets,
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
    "server",
    "sets",
    "sorted_set_algebra",
    "sorted_set_ranges",
    "sorted_sets",
    "sorting",
    "strings",
    "transactions",
]

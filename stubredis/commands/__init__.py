"""The commands, one module a group. Importing this package declares them all."""

from stubredis.commands import connection, databases, hashes, keys, lists, pubsub, strings, transactions

__all__ = ["connection", "databases", "hashes", "keys", "lists", "pubsub", "strings", "transactions"]

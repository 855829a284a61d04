"""The commands, one module a group. Importing this package declares them all."""

from stubredis.commands import connection, hashes, lists, pubsub, strings, transactions

__all__ = ["connection", "hashes", "lists", "pubsub", "strings", "transactions"]

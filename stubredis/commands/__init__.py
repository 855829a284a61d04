"""The commands, one module a group. Importing this package declares them all."""

from stubredis.commands import connection, pubsub, strings, transactions

__all__ = ["connection", "pubsub", "strings", "transactions"]

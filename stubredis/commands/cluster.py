"""CLUSTER and what goes with it: the server is no node of a cluster, and says so, by which clients and tools tell."""

from __future__ import annotations

from typing import NoReturn

from stubredis.client import Client
from stubredis.command import ADMIN, FAST, LOADING, NO_ASYNC_LOADING, NOSCRIPT, STALE, container, group
from stubredis.errors import CommandError

CHANGES = ADMIN | STALE | NO_ASYNC_LOADING

command = group("cluster")
container("CLUSTER", "cluster", since="3.0.0", summary="Look at the nodes of a cluster, and change them")


def refuse() -> NoReturn:
    raise CommandError(b"ERR This instance has cluster support disabled")


@command("ASKING", FAST, since="3.0.0", categories="connection")
def asking(client: Client) -> NoReturn:
    """Announce a request that another node has redirected here."""
    refuse()


@command("READONLY", LOADING | STALE | FAST, since="3.0.0", categories="connection")
def readonly(client: Client) -> NoReturn:
    """Let a replica of a cluster serve what the client reads."""
    refuse()


@command("READWRITE", LOADING | STALE | FAST, since="3.0.0", categories="connection")
def readwrite(client: Client) -> NoReturn:
    """Have what the client reads served by primaries again."""
    refuse()


@command("CLUSTER ADDSLOTS slot [slot ...]", CHANGES, since="3.0.0", complexity="O(N) where N is the number of slots.")
def addslots(client: Client, *words: bytes) -> NoReturn:
    """Assign slots to this node."""
    refuse()


@command(
    "CLUSTER ADDSLOTSRANGE start-slot end-slot [start-slot end-slot ...]",
    CHANGES,
    since="7.0.0",
    complexity="O(N) where N is the number of slots in the ranges.",
)
def addslotsrange(client: Client, *words: bytes) -> NoReturn:
    """Assign ranges of slots to this node."""
    refuse()


@command("CLUSTER BUMPEPOCH", CHANGES, since="3.0.0")
def bumpepoch(client: Client) -> NoReturn:
    """Advance the epoch of the configuration."""
    refuse()


@command(
    "CLUSTER COUNT-FAILURE-REPORTS node-id",
    ADMIN | STALE,
    since="3.0.0",
    complexity="O(N) where N is the number of reports.",
)
def count_failure_reports(client: Client, node_id: bytes) -> NoReturn:
    """Return how many nodes report that another one has failed."""
    refuse()


@command("CLUSTER COUNTKEYSINSLOT slot", STALE, since="3.0.0")
def countkeysinslot(client: Client, slot: bytes) -> NoReturn:
    """Return how many keys a slot has."""
    refuse()


@command("CLUSTER DELSLOTS slot [slot ...]", CHANGES, since="3.0.0", complexity="O(N) where N is the number of slots.")
def delslots(client: Client, *words: bytes) -> NoReturn:
    """Take slots from a node."""
    refuse()


@command(
    "CLUSTER DELSLOTSRANGE start-slot end-slot [start-slot end-slot ...]",
    CHANGES,
    since="7.0.0",
    complexity="O(N) where N is the number of slots in the ranges.",
)
def delslotsrange(client: Client, *words: bytes) -> NoReturn:
    """Take ranges of slots from a node."""
    refuse()


@command("CLUSTER FAILOVER [FORCE | TAKEOVER]", CHANGES, since="3.0.0")
def failover(client: Client, *words: bytes) -> NoReturn:
    """Make this replica the primary."""
    refuse()


@command("CLUSTER FLUSHSLOTS", CHANGES, since="3.0.0")
def flushslots(client: Client) -> NoReturn:
    """Take all slots from this node."""
    refuse()


@command("CLUSTER FORGET node-id", CHANGES, since="3.0.0")
def forget(client: Client, node_id: bytes) -> NoReturn:
    """Remove a node."""
    refuse()


@command("CLUSTER GETKEYSINSLOT slot count", STALE, since="3.0.0", complexity="O(N) where N is the number of keys.")
def getkeysinslot(client: Client, slot: bytes, count: bytes) -> NoReturn:
    """Return keys of a slot."""
    refuse()


@command("CLUSTER HELP", LOADING | STALE, since="5.0.0")
def help_(client: Client) -> NoReturn:
    """Show the subcommands."""
    refuse()


@command("CLUSTER INFO", STALE, since="3.0.0")
def info(client: Client) -> NoReturn:
    """Return the state of the cluster."""
    refuse()


@command("CLUSTER KEYSLOT key", STALE, since="3.0.0", complexity="O(N) where N is the number of bytes of the key.")
def keyslot(client: Client, key: bytes) -> NoReturn:
    """Return the slot of a key."""
    refuse()


@command("CLUSTER LINKS", STALE, since="7.0.0", complexity="O(N) where N is the number of nodes.")
def links(client: Client) -> NoReturn:
    """Return the connections to other nodes."""
    refuse()


@command("CLUSTER MEET ip port [cluster-bus-port]", CHANGES, since="3.0.0")
def meet(client: Client, *words: bytes) -> NoReturn:
    """Join another node."""
    refuse()


@command("CLUSTER MYID", STALE, since="3.0.0")
def myid(client: Client) -> NoReturn:
    """Return the id of this node."""
    refuse()


@command("CLUSTER MYSHARDID", STALE, since="7.2.0")
def myshardid(client: Client) -> NoReturn:
    """Return the id of the shard of this node."""
    refuse()


@command("CLUSTER NODES", STALE, since="3.0.0", complexity="O(N) where N is the number of nodes.")
def nodes(client: Client) -> NoReturn:
    """Return all nodes."""
    refuse()


@command("CLUSTER REPLICAS node-id", ADMIN | STALE, since="5.0.0", complexity="O(N) where N is the number of replicas.")
def replicas(client: Client, node_id: bytes) -> NoReturn:
    """Return the replicas of a node."""
    refuse()


@command("CLUSTER REPLICATE node-id", CHANGES, since="3.0.0")
def replicate(client: Client, node_id: bytes) -> NoReturn:
    """Make this node a replica of another one."""
    refuse()


@command(
    "CLUSTER RESET [HARD | SOFT]",
    ADMIN | NOSCRIPT | STALE,
    since="3.0.0",
    complexity="O(N) where N is the number of nodes.",
)
def reset(client: Client, *words: bytes) -> NoReturn:
    """Forget the cluster."""
    refuse()


@command("CLUSTER SAVECONFIG", CHANGES, since="3.0.0")
def saveconfig(client: Client) -> NoReturn:
    """Write the configuration of the cluster to disk."""
    refuse()


@command("CLUSTER SET-CONFIG-EPOCH config-epoch", CHANGES, since="3.0.0")
def set_config_epoch(client: Client, config_epoch: bytes) -> NoReturn:
    """Set the epoch of a new node."""
    refuse()


@command("CLUSTER SETSLOT slot <IMPORTING node-id | MIGRATING node-id | NODE node-id | STABLE>", CHANGES, since="3.0.0")
def setslot(client: Client, *words: bytes) -> NoReturn:
    """Say to which node a slot belongs, or moves."""
    refuse()


@command("CLUSTER SHARDS", LOADING | STALE, since="7.0.0", complexity="O(N) where N is the number of nodes.")
def shards(client: Client) -> NoReturn:
    """Return the shards and their slots."""
    refuse()


@command(
    "CLUSTER SLAVES node-id",
    ADMIN | STALE,
    since="3.0.0",
    complexity="O(N) where N is the number of replicas.",
    replaced_by="CLUSTER REPLICAS",
)
def slaves(client: Client, node_id: bytes) -> NoReturn:
    """Return the replicas of a node."""
    refuse()


@command(
    "CLUSTER SLOT-STATS <SLOTSRANGE start-slot end-slot | ORDERBY metric [LIMIT limit] [ASC | DESC]>",
    LOADING | STALE,
    since="8.2.0 valkey-8.0.0",
    complexity="O(N) where N is the number of slots.",
)
def slot_stats(client: Client, *words: bytes) -> NoReturn:
    """Return how slots are used."""
    refuse()


@command(
    "CLUSTER SLOTS",
    LOADING | STALE,
    since="3.0.0",
    complexity="O(N) where N is the number of nodes.",
    replaced_by="CLUSTER SHARDS",
)
def slots(client: Client) -> NoReturn:
    """Return the slots and their nodes."""
    refuse()

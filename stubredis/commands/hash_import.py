"""HIMPORT: many hashes of the same fields, whose names a connection tells once."""

from __future__ import annotations

from stubredis.client import Client
from stubredis.command import DENYOOM, WRITE, container, group
from stubredis.datatypes.hashes import Hash
from stubredis.errors import CommandError
from stubredis.keyspace import HASH
from stubredis.protocol.replies import OK, Reply

command = group("hash")
container("HIMPORT", "hash", since="8.10.0", summary="Create many hashes of the same fields", categories="hash slow")

DUPLICATE_FIELD = b"ERR duplicate field name in fieldset"
NO_SUCH_FIELDSET = b"ERR no such fieldset"
OTHER_COUNT = b"ERR value count does not match fieldset field count"


@command(
    "HIMPORT PREPARE fieldset-name field [field ...]", DENYOOM, since="8.10.0", complexity="O(N) for N fields.",
)  # fmt: skip
def himport_prepare(client: Client, fieldset_name: bytes, *fields: bytes) -> Reply:
    """Give a name to a list of fields, for this connection until it ends or is reset."""
    if len(set(fields)) < len(fields):
        raise CommandError(DUPLICATE_FIELD)
    # Redis keeps such hashes in the order of the names, the short ones first.
    order = sorted(range(len(fields)), key=lambda at: (len(fields[at]), fields[at]))
    client.fieldsets[fieldset_name] = [(fields[at], at) for at in order]
    return OK


@command(
    "HIMPORT SET key fieldset-name value [value ...]", WRITE | DENYOOM,
    since="8.10.0", complexity="O(N) for N fields.", key_access="OW update",
)  # fmt: skip
def himport_set(client: Client, key: bytes, fieldset_name: bytes, *values: bytes) -> Reply:
    """Create a hash of the fields of a list, whatever hash the key held before."""
    db = client.db
    present = db.write(key, Hash)
    fields = client.fieldsets.get(fieldset_name)
    if fields is None:
        raise CommandError(NO_SUCH_FIELDSET)
    if len(fields) != len(values):
        raise CommandError(OTHER_COUNT)
    words = [word for field, at in fields for word in (field, values[at])]
    value = Hash()
    value.set_all(words)
    db.store(key, value)
    db.changed(key, b"hset", HASH)
    effects = client.server.effects
    if present is not None:
        effects.rewrite(b"UNLINK", key)
    effects.rewrite(b"HSET", key, *words)
    return OK


@command("HIMPORT DISCARD fieldset-name", since="8.10.0")
def himport_discard(client: Client, fieldset_name: bytes) -> Reply:
    """Forget a list of fields; the hashes that were made of it stay."""
    return int(client.fieldsets.pop(fieldset_name, None) is not None)


@command("HIMPORT DISCARDALL", since="8.10.0", complexity="O(N) for N lists of fields.")
def himport_discardall(client: Client) -> Reply:
    """Forget all lists of fields of this connection and count them."""
    count = len(client.fieldsets)
    client.fieldsets.clear()
    return count

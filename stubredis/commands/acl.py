"""ACL: users, what they may do, and what was denied to them."""

from __future__ import annotations

import logging
import secrets
from itertools import islice

from stubredis.acl import User
from stubredis.arguments import integer
from stubredis.client import Client
from stubredis.command import ADMIN, LOADING, NOSCRIPT, STALE, container, group, requested
from stubredis.dispatch import permission_error
from stubredis.errors import CommandError, printed, wrong_arity, wrong_subcommand
from stubredis.permissions import CATEGORIES, DATABASE_RULES, Commands, Selector
from stubredis.protocol.replies import OK, Distinct, Reply
from stubredis.versions import NewerFields

command = group("server")
container("ACL", "server", since="6.0.0", help_since="6.0.0", summary="Look at users and change them")

ANYTIME = NOSCRIPT | LOADING | STALE
STEERING = ANYTIME | ADMIN
NEWER = NewerFields({"7.0.0": "selectors", "7.2.0": "entry-id timestamp-created timestamp-last-updated"})
"""What newer servers say of a user and of a denial."""
MOST_BITS = 4096

BAD_BITS = (
    b"ERR ACL GENPASS argument must be the number of bits for the output password, a positive number up to %d"
    % MOST_BITS
)
NO_FILE = (
    b"ERR This Redis instance is not configured to use an ACL file. You may want to specify users via the ACL SETUSER "
    b"command and then issue a CONFIG REWRITE (assuming you have a Redis configuration file set) in order to store "
    b"users in the Redis configuration."
)
NOT_SAVED = b"ERR There was an error trying to save the ACLs. Please check the server logs for more information"

logger = logging.getLogger("stubredis")


# Users


@command("ACL SETUSER username [rule [rule ...]]", STEERING, since="6.0.0", complexity="O(N) for N rules.")
def setuser(client: Client, username: bytes, *rules: bytes) -> Reply:
    """Create a user or change one by rules."""
    client.server.acl.set_user(username, rules)
    return OK


@command("ACL DELUSER username [username ...]", STEERING, since="6.0.0", complexity="O(N) for N users and clients.")
def deluser(client: Client, *usernames: bytes) -> Reply:
    """Delete users and end their connections."""
    if b"default" in map(printed, usernames):
        raise CommandError(b"ERR The 'default' user cannot be removed")
    return sum(client.server.acl.delete_user(username) for username in usernames)


def described(client: Client, selector: Selector) -> dict[bytes, Reply]:
    """What ACL GETUSER shows of a selector. A list of all databases is shown by Valkey only."""
    if client.server.emulated.before_7:
        return {
            b"commands": selector.described_commands(),
            b"keys": [b"*"] if selector.all_keys else list(selector.keys),
            b"channels": [b"*"] if selector.all_channels else list(selector.channels),
        }
    shown: dict[bytes, Reply] = {
        b"commands": selector.described_commands(),
        b"keys": selector.described_keys(),
        b"channels": selector.described_channels(),
    }
    if selector.databases is not None or client.server.emulated.shows(DATABASE_RULES):
        shown[b"databases"] = selector.described_databases()
    return shown


def flags_of(client: Client, user: User) -> list[bytes]:
    """The flags of a user; before Redis 7, what is allowed to the full was one as well."""
    switch, *flags = user.flags()
    if not client.server.emulated.before_7:
        return [switch, *flags]
    root = user.root
    full = {
        b"allkeys": root.all_keys,
        b"allchannels": root.all_channels,
        b"allcommands": root.future_commands and not root.rules,
    }
    return [switch, *(name for name, is_full in full.items() if is_full), *flags]


@command("ACL GETUSER username", STEERING, since="6.0.0", complexity="O(N) for N rules of the user.")
def getuser(client: Client, username: bytes) -> Reply:
    """Show the rules of a user."""
    user = client.server.acl.users.get(username)
    if user is None:
        return None
    shown: dict[bytes, Reply] = {
        b"flags": Distinct(flags_of(client, user)),
        b"passwords": list(user.passwords),
        **described(client, user.root),
        b"selectors": [described(client, selector) for selector in user.selectors[1:]],
    }
    return NEWER.known(client.server.emulated, shown)


@command("ACL LIST", STEERING, since="6.0.0", complexity="O(N) for N users.")
def list_(client: Client) -> Reply:
    """List all users with their rules, as in a configuration file."""
    return client.server.acl.lines()


@command("ACL USERS", STEERING, since="6.0.0", complexity="O(N) for N users.")
def users(client: Client) -> Reply:
    """List the names of all users."""
    return sorted(client.server.acl.users)


@command("ACL WHOAMI", ANYTIME, since="6.0.0")
def whoami(client: Client) -> Reply:
    """Return the name of the user of this connection."""
    return client.user.name


# What may be done


@command("ACL CAT [category]", ANYTIME, since="6.0.0")
def cat(client: Client, *categories: bytes) -> Reply:
    """List the categories of commands, or the commands of one."""
    if not categories:
        return [category.encode() for category in CATEGORIES]
    if len(categories) > 1:
        raise wrong_subcommand("ACL", "CAT")
    category = printed(categories[0])
    name = category.lower().decode("latin-1")
    if name not in CATEGORIES:
        raise CommandError(b"ERR Unknown category '%b'" % category[:128])
    return [each.name.encode() for each in Commands(client.server.commands).of_category(name)]


@command(
    "ACL DRYRUN username command [arg [arg ...]]", STEERING, since="7.0.0", complexity="O(N) for N rules of the user."
)
def dryrun(client: Client, username: bytes, *request: bytes) -> Reply:
    """Tell whether a user may execute a command, without executing it."""
    user: User | None = client.server.acl.users.get(username)
    if user is None:
        raise CommandError(b"ERR User '%b' not found" % printed(username))
    found = requested(client.server.commands, request)
    if found is None:
        raise CommandError(b"ERR Command '%b' not found" % printed(request[0]))
    if len(request) < abs(found.arity) or len(request) > found.arity > 0:
        raise wrong_arity(found.name)
    denied = user.denial(found, request, client.db.index)
    if denied is None:
        return OK
    return permission_error(user, found, request, denied, names_object=True)


@command("ACL GENPASS [bits]", ANYTIME, since="6.0.0")
def genpass(client: Client, *words: bytes) -> Reply:
    """Make up a password that nobody can guess."""
    if len(words) > 1:
        raise wrong_subcommand("ACL", "GENPASS")
    bits = integer(words[0]) if words else 256
    if not 0 < bits <= MOST_BITS:
        raise CommandError(BAD_BITS)
    digits = (bits + 3) // 4
    return secrets.token_hex((digits + 1) // 2)[:digits].encode()


# What was denied


@command("ACL LOG [count | RESET]", STEERING, since="6.0.0", complexity="O(N) for N records shown.")
def log(client: Client, *words: bytes) -> Reply:
    """Show what was denied lately, or forget it."""
    if len(words) > 1:
        raise wrong_subcommand("ACL", "LOG")
    records = client.server.acl.log.records
    if words and words[0].upper() == b"RESET":
        records.clear()
        return OK
    count = max(integer(words[0]), 0) if words else 10
    now = client.server.clock.now()
    shown: list[dict[bytes, Reply]] = [
        {
            b"count": record.count,
            b"reason": record.reason.name.lower().encode(),
            b"context": record.context.encode(),
            b"object": record.object,
            b"username": record.username,
            b"age-seconds": (now - record.updated) / 1000,
            b"client-info": record.client_info,
            b"entry-id": record.number,
            b"timestamp-created": record.created,
            b"timestamp-last-updated": record.updated,
        }
        for record in islice(records, min(count, len(records)))
    ]
    return [NEWER.known(client.server.emulated, fields) for fields in shown]


# The file


@command("ACL LOAD", STEERING, since="6.0.0", complexity="O(N) for N users.")
def load(client: Client) -> Reply:
    """Read all users anew from the file of `aclfile`."""
    if not client.server.config.aclfile:
        raise CommandError(NO_FILE)
    client.server.acl.load()
    return OK


@command("ACL SAVE", STEERING, since="6.0.0", complexity="O(N) for N users.")
def save(client: Client) -> Reply:
    """Write all users to the file of `aclfile`."""
    if not client.server.config.aclfile:
        raise CommandError(NO_FILE)
    try:
        client.server.acl.save()
    except OSError as error:
        logger.warning("ACL SAVE failed: %s", error)
        raise CommandError(NOT_SAVED) from None
    return OK

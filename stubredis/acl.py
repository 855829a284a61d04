"""The access control list: users, their passwords, and the file that they are kept in.

A user who may do everything costs nothing: the clients look commands up in the table of the server. Those of another
user do it in a table that holds only what the user may call without a look at keys and channels. All else is not found
there, and dispatch asks for a judgement on its slow path.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from stubredis.acl_log import AclLog
from stubredis.client import NOT_AUTHENTICATED
from stubredis.command import Command
from stubredis.config import ConfigError
from stubredis.errors import CommandError, printed
from stubredis.files import replace_file
from stubredis.permissions import (
    CHANNELS,
    READ,
    UNKNOWN,
    WRITE,
    Commands,
    Denied,
    Reach,
    Reason,
    Request,
    RuleError,
    Selector,
    has_spaces,
    in_channels,
    interval,
    key_places,
    reach,
)
from stubredis.protocol.requests import split_words
from stubredis.reasons import reason
from stubredis.versions import Origin

if TYPE_CHECKING:
    from stubredis.client import Client
    from stubredis.server import Server

NO_SUCH_PASSWORD = b"The password you are trying to remove from the user does not exist"
BAD_HASH = b"The password hash must be exactly 64 characters and contain only lowercase hexadecimal characters"
DUPLICATE = b"Duplicate user found. A user can only be defined once in config files"
UNMATCHED = b"Unmatched parenthesis in acl selector starting at '%b'."
SPACES_IN_NAME = b"ERR Usernames can't contain spaces or null characters"
BOTH = "users are either in the configuration file or in the file of aclfile, not in both"
NOTHING_CHANGED = b"WARNING: ACL errors detected, no change to the previously active ACL rules was performed"

SANITIZES = Origin.parse("8.0.0")

Table = Mapping[bytes, Command]

_HASH = re.compile(rb"[0-9a-f]{64}")


class User:
    """A user: whether and how one may log in, and the selectors of what is allowed then."""

    __slots__ = ("_high", "_low", "_reach", "_with_key_first", "_with_keys", "commands", "enabled", "make_selector",
                 "name", "no_password", "passwords", "sanitizes", "selectors")  # fmt: skip

    def __init__(self, name: bytes, make_selector: Callable[[], Selector]) -> None:
        self.name = name
        self.make_selector = make_selector
        self.enabled = self.no_password = False
        self.sanitizes = True
        self.passwords: dict[bytes, None] = {}
        """Hexadecimal SHA-256 hashes."""
        self.selectors = [make_selector()]
        """The root, then those of rules in parentheses."""
        self.commands: Table = {}
        """What a client of the user may call without a look at keys and channels; see `compile`."""
        # Commands whose keys a slice of the request has, and which of them are allowed without options and with any.
        self._with_keys: dict[bytes, tuple[Command, slice, list[Reach], list[Reach]]] = {}
        # What may be called if the first word behind the name is within a reach, which may be an interval.
        self._with_key_first: Table = {}
        self._reach: Reach = reach(())
        self._low = self._high = b""

    @property
    def root(self) -> Selector:
        return self.selectors[0]

    def copy(self) -> User:
        other = User(self.name, self.make_selector)
        other.take(self)
        return other

    def take(self, other: User) -> None:
        """Become like another user, but for the name."""
        self.enabled, self.no_password, self.sanitizes = other.enabled, other.no_password, other.sanitizes
        self.passwords = other.passwords.copy()
        self.selectors = [selector.copy() for selector in other.selectors]

    # Rules

    def apply(self, rule: bytes) -> None:
        """Change the user by one rule. Raises RuleError."""
        match printed(rule).lower():
            case b"" if not rule:
                pass
            case b"on" | b"off" as switch:
                self.enabled = switch == b"on"
            case b"sanitize-payload" | b"skip-sanitize-payload" as choice:
                self.sanitizes = choice == b"sanitize-payload"
            case b"nopass" | b"resetpass" as choice:
                self.no_password = choice == b"nopass"
                self.passwords.clear()
            case b"clearselectors":
                del self.selectors[1:]
            case b"reset":
                self.take(User(self.name, self.make_selector))
            case _ if rule[:1] in (b">", b"#"):
                self.passwords[_hash(rule)] = None
                self.no_password = False
            case _ if rule[:1] in (b"<", b"!"):
                password = _hash(rule)
                if password not in self.passwords:
                    raise RuleError(NO_SUCH_PASSWORD)
                del self.passwords[password]
            case _ if rule[:1] == b"(" and rule[-1:] == b")" and not self.root.known.emulated.before_7:
                selector = self.make_selector()
                for each in split_words(rule[1:-1]) or ():
                    selector.apply(each)
                self.selectors.append(selector)
            case _:
                self.root.apply(rule)

    def flags(self) -> list[bytes]:
        return [b"on" if self.enabled else b"off", *[b"nopass"] * self.no_password, *self._sanitizing()]

    def _sanitizing(self) -> list[bytes]:
        """Redis 8 always says whether payloads are looked at, Valkey never."""
        emulated = self.root.known.emulated
        if not self.sanitizes:
            return [b"skip-sanitize-payload"] if emulated.valkey is None else []
        return [b"sanitize-payload"] if emulated.has(SANITIZES) else []

    def line(self) -> bytes:
        """Print the user as a line of the configuration file."""
        passwords = [b"#" + password for password in self.passwords]
        selectors = [b"(%b)" % selector.described() for selector in self.selectors[1:]]
        return b" ".join([b"user", self.name, *self.flags(), *passwords, self.root.described(), *selectors])

    # Judging

    def compile(self, table: dict[bytes, Command]) -> None:
        """Work out from the rules what need not be judged with each request."""
        selectors = self.selectors
        self._with_keys, self._with_key_first = {}, {}
        self._low = self._high = b""
        if any(selector.is_unrestricted for selector in selectors):
            self.commands = table
            return
        self.commands = {
            name: command
            for name, command in table.items()
            if any(selector.allows_any(command) for selector in selectors)
        }
        if any(selector.databases is not None for selector in selectors):
            return  # what is allowed depends on more than the request
        reaches = [[selector.reach(access) for access in range(4)] for selector in selectors]
        # One look at many requests goes by what the root allows to do with all keys of the widest of its reaches.
        granted = READ | WRITE if READ | WRITE in self.root.keys.values() else max(self.root.keys.values(), default=0)
        self._reach = reaches[0][granted]
        self._low, self._high = interval(self.root.patterns(granted))
        first: dict[bytes, Command] = {}
        for name, command in table.items():
            places = key_places(command)
            if places is None or name in self.commands or command.name in CHANNELS:
                continue
            words, plain, full = places
            able = [at for at, selector in enumerate(selectors) if selector.allows_command(command, ())]
            if able:
                without, with_any = ([reaches[at][access] for at in able] for access in (plain, full))
                self._with_keys[name] = command, words, without, with_any
            if able[:1] == [0] and command.usage.has_one_key_first and full & granted == full:
                first[name] = command
        self._with_key_first = {**self.commands, **first} if first else {}

    def admitted(self, argv: Sequence[bytes]) -> Command | None:
        """Return the command of a well-formed request with keys that a slice finds, if all of them are allowed.

        None tells nothing: the request is to be judged.
        """
        count = len(argv)
        if count > 1 and self._low <= argv[1] < self._high:  # most often
            command = self._with_key_first.get(argv[0])
            if command is not None and command.minimum <= count <= command.maximum:
                return command
        found = self._with_keys.get(argv[0])
        if found is None:
            return None
        command, words, plain, full = found
        if not command.minimum <= count <= command.maximum:
            return None
        keys = argv[words]
        for reaches in plain if count == command.minimum else full:
            if reaches(keys):
                return command
        return None

    def admitted_together(self, requests: Sequence[Sequence[bytes]]) -> Table | None:
        """Look at many requests at once: return where to look up commands if the first words of all are good keys.

        Those with more than one key are not found there.
        """
        if not self._with_key_first:
            return None
        low, high = self._low, self._high
        try:
            if not high:
                return self._with_key_first if self._reach([argv[1] for argv in requests]) else None
            for argv in requests:
                if not low <= argv[1] < high:
                    return None
        except IndexError:  # one has no word behind its name
            return None
        return self._with_key_first

    def denial(self, command: Command, argv: Sequence[bytes], database: int) -> Denied | None:
        """Judge a request made in a database: None if it is allowed, else what speaks against it."""
        request = Request(command, argv, database)
        worst = Denied(Reason.DATABASE, 0)
        for selector in self.selectors:
            denied = selector.denial(request)
            if denied is None:
                return None
            worst = max(worst, denied)
        return worst

    def reads_all_keys(self, command: Command, argv: Sequence[bytes], database: int) -> bool:
        """Tell whether a request may read keys that it does not name, as SORT does with BY and GET."""
        request = Request(command, argv, database)
        return any(selector.reads_all_keys() and selector.denial(request) is None for selector in self.selectors)


class Acl:
    """The users of a server."""

    def __init__(self, server: Server, describe: Callable[[Client], bytes]) -> None:
        """Make the users that the configuration names. Raises ConfigError."""
        self._server = server
        self._commands = Commands(server.commands, server.emulated, server.config.databases)
        self._nobody = {secrets.token_hex(32).encode(): None}
        self.log = AclLog(describe)
        self.default = self._new_default()
        self.users = {b"default": self.default}
        self.password_changed()
        self._configured_users()
        if self._server.config.aclfile:
            self._load_at_start()

    def _selector(self) -> Selector:
        return Selector(self._commands, all_channels=self._server.config.acl_pubsub_default == "allchannels")

    def _new_default(self) -> User:
        user = User(b"default", self._selector)
        for rule in (b"on", b"nopass", b"~*", b"&*", b"+@all"):
            user.apply(rule)
        return user

    def lines(self) -> list[bytes]:
        """All users as lines of the configuration file, in the order of their names."""
        return [user.line() for _, user in sorted(self.users.items())]

    @property
    def is_open(self) -> bool:
        """Whether clients need not authenticate, since the default user has no password."""
        return self.default.enabled and self.default.no_password

    # Changes

    def set_user(self, name: bytes, rules: Sequence[bytes]) -> None:
        """Make a user or change one: all rules are applied, or none. Raises CommandError."""
        if has_spaces(name):
            raise CommandError(SPACES_IN_NAME)
        known = self.users.get(name)
        changed = User(name, self._selector) if known is None else known.copy()
        try:
            merged = rules if self._server.emulated.before_7 else merge_selectors(rules)
        except RuleError as error:
            raise CommandError(b"ERR " + error.reason) from None
        for rule in merged:
            try:
                changed.apply(rule)
            except RuleError as error:
                text = b"ERR Error in ACL SETUSER modifier '%b': %b" % (printed(rule), error.reason)
                raise CommandError(text) from None
        if known is None:
            self.users[name] = known = changed
        else:
            lost = lost_channels(known, changed)
            for client in self._clients_of(known):
                if lost is not None and listens_elsewhere(client, lost):
                    self._kill(client)
            known.take(changed)
        self._changed(known)

    def delete_user(self, name: bytes) -> bool:
        """Delete a user and end the connections of the user."""
        user = self.users.pop(name, None)
        if user is None:
            return False
        for client in self._clients_of(user):
            self._kill(client)
        return True

    def password_changed(self) -> None:
        """Give the default user the password of `requirepass`, or none."""
        password = self._server.config.requirepass.encode("utf-8", "surrogateescape")
        self.default.apply(b"resetpass")
        self.default.apply(b">" + password if password else b"nopass")
        self._changed(self.default)

    def _changed(self, user: User) -> None:
        """Let a change of a user take effect for the clients of the user."""
        server = self._server
        user.compile(server.commands)
        for client in self._clients_of(user):
            client.become(user)
        if user is self.default and self.is_open:
            for client in server.clients.values():
                client.set_gate(NOT_AUTHENTICATED, False)

    def _clients_of(self, user: User) -> list[Client]:
        return [client for client in self._server.clients.values() if client.user is user]

    def _kill(self, client: Client) -> None:
        client.become(self.default)
        client.set_gate(NOT_AUTHENTICATED, True)
        self._server.kill(client)

    # Requests

    def authenticate(self, client: Client, name: bytes, password: bytes) -> bool:
        """Log a client in; False if there is no such user, the password is wrong or the user is disabled.

        It takes the same time in all these cases: the hash is always made and compared.
        """
        digest = hashlib.sha256(password).hexdigest().encode()
        user = self.users.get(name)
        right = False
        for known in (user and user.passwords) or self._nobody:
            right |= hmac.compare_digest(digest, known)
        if user is None or not user.enabled or not (right or user.no_password):
            assert client.command is not None
            self.log.add(client, Reason.AUTH, client.command.name.upper().encode(), name)
            return False
        client.become(user)
        client.set_gate(NOT_AUTHENTICATED, False)
        return True

    def recognize(self, client: Client, names: Iterable[bytes]) -> None:
        """Log a client in as the first user among the names that its certificate gives, if there is one."""
        for name in names:
            user = self.users.get(name)
            if user is not None and user.enabled:
                client.become(user)
                client.set_gate(NOT_AUTHENTICATED, False)
                return

    def denied(self, client: Client, command: Command, argv: Sequence[bytes]) -> Denied | None:
        """Judge a request of a client, and log what is denied."""
        denied = client.user.denial(command, argv, client.db.index)
        if denied is not None:
            by_name = denied.reason is Reason.COMMAND or (denied.reason is Reason.DATABASE and not denied.position)
            name = command.name.encode() if by_name else argv[denied.position]
            self.log.add(client, denied.reason, name, client.user.name)
        return denied

    # Files

    def _configured_users(self) -> None:
        """Make the users of `user` lines. Raises ConfigError."""
        lines = self._server.config.users
        if lines and self._server.config.aclfile:
            raise ConfigError("aclfile", BOTH)
        seen = set()
        for where, words in lines:
            name, *rules = (word.encode("utf-8", "surrogateescape") for word in words)
            try:
                if name in seen:
                    raise RuleError(DUPLICATE)
                if has_spaces(name):
                    raise RuleError(b"Spaces not allowed in ACL usernames")
                seen.add(name)
                user = self.users.setdefault(name, User(name, self._selector))
                user.apply(b"reset")
                for rule in merge_selectors(rules):
                    user.apply(rule)
            except RuleError as error:
                shown = name.decode("utf-8", "replace")
                raise ConfigError(where, f"Error in user declaration '{shown}': {error.reason.decode()}") from None
            self._changed(user)

    @property
    def _path(self) -> Path:
        return Path(self._server.config.dir) / self._server.config.aclfile

    def _load_at_start(self) -> None:
        try:
            self.load()
        except CommandError as error:
            raise ConfigError("aclfile", error.text.removeprefix(b"ERR ").decode("utf-8", "replace")) from None

    def load(self) -> None:
        """Replace all users by those of the file, unless it has an error. Raises CommandError with all errors."""
        file = self._server.config.aclfile.encode("utf-8", "surrogateescape")
        try:
            text = self._path.read_bytes()
        except OSError as error:
            message = b"ERR Error loading ACLs, opening file '%b': %b" % (file, reason(error).encode())
            raise CommandError(message) from None
        users: dict[bytes, User] = {}
        errors: list[bytes] = []
        for number, line in enumerate(text.split(b"\n"), 1):
            self._load_line(line.strip(b" \t\r\n"), b"%b:%d" % (file, number), users, errors)
        if errors:
            raise CommandError(b"ERR " + b"".join(errors) + NOTHING_CHANGED)
        self._replace(users)

    def _load_line(self, line: bytes, where: bytes, users: dict[bytes, User], errors: list[bytes]) -> None:
        if not line:
            return
        word, *words = line.split(b" ")
        if word != b"user" or not words:
            errors.append(b"%b should start with user keyword followed by the username. " % where)
            return
        name, *rules = words
        if has_spaces(name):
            errors.append(b"'%b: username '%b' contains invalid characters. " % (where, name))
            return
        if name in users:
            number = where.rpartition(b":")[2]
            errors.append(b"WARNING: Duplicate user '%b' found on line %b. " % (name, number))
            return
        user = users[name] = User(name, self._selector)
        try:
            merged = merge_selectors(rules)
        except RuleError:
            errors.append(b"%b: Unmatched parenthesis in selector definition." % where)
            return
        described = False
        for rule in merged:
            try:
                user.apply(rule.strip(b"\t\r\n"))
            except RuleError as error:
                if error.reason == UNKNOWN:  # tells no secret, other rules might
                    errors.append(b"%b: Error in applying operation '%b': %b. " % (where, rule, error.reason))
                elif not described:
                    errors.append(b"%b: %b. " % (where, error.reason))
                    described = True

    def _replace(self, users: dict[bytes, User]) -> None:
        """Put new users in the place of the old ones; clients whose user is gone are disconnected."""
        before = self.users
        lost = {name: lost_channels(user, users[name]) for name, user in before.items() if name in users}
        if b"default" not in users:
            lost[b"default"] = None
        self.default.take(users.get(b"default") or self._new_default())
        self.users = users | {b"default": self.default}
        for user in self.users.values():
            user.compile(self._server.commands)
        for client in list(self._server.clients.values()):
            successor = self.users.get(client.user.name)
            channels = lost.get(client.user.name)
            if successor is None or (channels is not None and listens_elsewhere(client, channels)):
                self._kill(client)
            else:
                client.become(successor)
        self._changed(self.default)

    def save(self) -> None:
        """Write all users to the file; it is replaced as a whole. Raises OSError."""
        replace_file(self._path, b"".join(line + b"\n" for line in self.lines()))


def merge_selectors(rules: Iterable[bytes]) -> list[bytes]:
    """Join the words of rules in parentheses into one rule each. Raises RuleError."""
    merged: list[bytes] = []
    opened: list[bytes] = []
    for rule in rules:
        if opened or (rule.startswith(b"(") and rule[-1:] != b")"):
            opened.append(rule)
            if len(opened) > 1 and rule[-1:] == b")":
                merged.append(b" ".join(opened))
                opened = []
        else:
            merged.append(rule)
    if opened:
        raise RuleError(UNMATCHED % printed(opened[0]))
    return merged


def lost_channels(before: User, after: User) -> list[bytes] | None:
    """Return the patterns of channels that are left if a change takes channels away, else None."""
    if any(selector.all_channels for selector in after.selectors):
        return None
    left = [pattern for selector in after.selectors for pattern in selector.channels]
    if any(selector.all_channels or not selector.channels.keys() <= set(left) for selector in before.selectors):
        return left
    return None


def listens_elsewhere(client: Client, channels: Sequence[bytes]) -> bool:
    """Tell whether a client has subscribed to anything beyond these patterns."""
    return not (
        all(in_channels(channels, pattern, is_pattern=True) for pattern in client.patterns)
        and all(in_channels(channels, name, is_pattern=False) for name in (*client.channels, *client.shard_channels))
    )


def _hash(rule: bytes) -> bytes:
    """Return the hash that a rule gives, or that of the password that it gives."""
    if rule[:1] in (b">", b"<"):
        return hashlib.sha256(rule[1:]).hexdigest().encode()
    if not _HASH.fullmatch(rule[1:]):
        raise RuleError(BAD_HASH)
    return rule[1:]

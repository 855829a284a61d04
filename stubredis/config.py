"""One table of the configuration: conf file, command line, CONFIG GET/SET and `--help` all read it.

A parameter is declared once, as an attribute of Config:

    timeout = Parameter(Integer(0, 2**31 - 1), 0, "Close idle connections after so many seconds (0: never)")

and then read as `config.timeout`. Names are Redis' own, with underscores for dashes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from stubredis import conf_file
from stubredis.datatypes.glob import matcher
from stubredis.kinds import (
    INT_MAX,
    LONGEST,
    Addresses,
    Boolean,
    BufferLimits,
    Choice,
    Directory,
    Emulation,
    EventClasses,
    Integer,
    Memory,
    MemoryOrPercent,
    Octal,
    Percentiles,
    PlainName,
    SavePoints,
    Text,
    UnsignedMemory,
)
from stubredis.known_parameters import KnownParameters
from stubredis.parameters import IMMUTABLE, NAMES, PROTECTED, TABLE, ConfigError, Parameter
from stubredis.versions import EMULATED

__all__ = ["TABLE", "Config", "ConfigError", "Parameter"]

GIGABYTE = 1024**3


DEPRECATED = {"list-max-ziplist-entries", "list-max-ziplist-value", "lua-replicate-commands"}
"""Directives that Redis reads and forgets."""


class Config(KnownParameters):
    """The configuration of one server, with Redis' defaults where nothing else is said."""

    port = Parameter(Integer(0, 65535), 6379, "TCP port; 0 picks a free one, or is none beside tls-port or unixsocket")
    bind = Parameter(Addresses(), ("127.0.0.1", "-::1"), "Addresses to listen on; a leading - makes one optional")
    unixsocket = Parameter(Text(), "", "Path of a unix socket to listen on as well", refusal=IMMUTABLE)
    unixsocketperm = Parameter(Octal(0, 0o777), 0, "Permissions of the unix socket, in octal", refusal=IMMUTABLE)
    tcp_backlog = Parameter(Integer(0, 2**31 - 1), 511, "Connections that may wait to be accepted", refusal=IMMUTABLE)
    tcp_keepalive = Parameter(Integer(0, 2**31 - 1), 300, "Seconds between probes of idle connections (0: none)")
    timeout = Parameter(Integer(0, 2**31 - 1), 0, "Close clients that are idle for so many seconds (0: never)")
    databases = Parameter(Integer(1, 2**31 - 1), 16, "Number of databases", refusal=IMMUTABLE)
    requirepass = Parameter(Text(), "", "Password that clients must give with AUTH")
    maxclients = Parameter(Integer(1, 2**32 - 1, unsigned=True), 10000, "Connections served at the same time")
    proto_max_bulk_len = Parameter(Memory(1024**2, LONGEST), 512 * 1024**2, "Longest value in a request, in bytes")
    hll_sparse_max_bytes = Parameter(
        UnsignedMemory(0, LONGEST), 3000, "Longest HyperLogLog of the sparse encoding, in bytes"
    )
    client_query_buffer_limit = Parameter(
        Memory(1024**2, LONGEST), GIGABYTE, "Bytes of unread requests a client may have"
    )
    client_output_buffer_limit = Parameter(
        BufferLimits(),
        # Redis lets normal clients have any amount. Here one that does not read ends at a gigabyte.
        {
            "normal": (GIGABYTE, 0, 0),
            "slave": (256 * 2**20, 64 * 2**20, 60),
            "pubsub": (32 * 2**20, 8 * 2**20, 60),
        },
        "Class, hard limit, soft limit and seconds: unread replies a client may have",
    )
    stream_node_max_bytes = Parameter(
        UnsignedMemory(0, LONGEST),
        4096,
        "Bytes of a node of a stream, which trimming with ~ removes as a whole (0: no limit)",
    )
    stream_node_max_entries = Parameter(
        Integer(0, LONGEST),
        100,
        "Entries of a node of a stream, which trimming with ~ removes as a whole (0: no limit)",
    )
    loglevel = Parameter(
        Choice("debug", "verbose", "notice", "warning", "nothing"), "notice", "Least level that is logged"
    )
    logfile = Parameter(Text(), "", "File for the log instead of the standard output", refusal=IMMUTABLE)
    notify_keyspace_events = Parameter(
        EventClasses(), frozenset(), "Events of keys to publish: K or E for the channel, A or letters for the classes"
    )
    save = Parameter(SavePoints(), (), "Seconds and changes after which data are saved in the background")
    appendonly = Parameter(Boolean(), False, "Append-only file", effect=False)
    maxmemory = Parameter(Memory(0, LONGEST), 0, "Bytes that the data may take (0: no limit)")
    maxmemory_policy = Parameter(
        Choice(
            "volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl",
            "allkeys-lru", "allkeys-lfu", "allkeys-random", "noeviction",
        ),
        "noeviction", "What to evict at the limit of memory",
    )  # fmt: skip
    maxmemory_clients = Parameter(
        MemoryOrPercent(0, LONGEST),
        0,
        "Bytes that all clients may take, or a percentage of maxmemory (0: no limit)",
        since="7.0.0",
    )
    maxmemory_samples = Parameter(Integer(1, 64), 5, "Keys that are looked at to choose one to evict")
    maxmemory_eviction_tenacity = Parameter(
        Integer(0, 100), 10, "How long evicting may hold up everything else, 100 for any time"
    )
    lfu_log_factor = Parameter(Integer(0, 2**31 - 1), 10, "How slowly the counter of OBJECT FREQ grows")
    lfu_decay_time = Parameter(Integer(0, 2**31 - 1), 1, "Minutes after which the counter of OBJECT FREQ decays")
    dir = Parameter(Directory(), ".", "Working directory", refusal=PROTECTED)
    dbfilename = Parameter(
        PlainName("dbfilename", "filename", may_be_empty=True), "dump.rdb", "Name of the snapshot", refusal=PROTECTED,
    )  # fmt: skip
    rdbchecksum = Parameter(Boolean(), True, "Write checksums of snapshots", refusal=IMMUTABLE)
    daemonize = Parameter(Boolean(), False, "Run in the background", refusal=IMMUTABLE, effect=False)
    protected_mode = Parameter(Boolean(), True, "Refuse other hosts while there is no password")
    unixsocketgroup = Parameter(
        Text(), "", "Group of the unix socket, its name or number", refusal=IMMUTABLE, since="valkey-8.0.0"
    )
    bind_source_addr = Parameter(Text(), "", "Address from which to connect to other servers", since="7.0.0")
    socket_mark_id = Parameter(
        Integer(0, 2**32 - 1), 0, "Mark of sockets", refusal=IMMUTABLE, effect=False, since="7.0.0"
    )
    tls_port = Parameter(Integer(0, 65535), 0, "Port for connections over TLS (0: none)")
    tls_cert_file = Parameter(Text(), "", "Certificate of the server, in PEM form")
    tls_key_file = Parameter(Text(), "", "Private key of the certificate")
    tls_key_file_pass = Parameter(Text(), "", "Password of the private key")
    tls_client_cert_file = Parameter(Text(), "", "Certificate for connections to other servers, if it is another one")
    tls_client_key_file = Parameter(Text(), "", "Private key of that certificate")
    tls_client_key_file_pass = Parameter(Text(), "", "Password of that private key")
    tls_dh_params_file = Parameter(Text(), "", "Parameters of Diffie-Hellman, for clients older than TLS 1.2")
    tls_ca_cert_file = Parameter(Text(), "", "Certificates of the authorities that sign those of clients and servers")
    tls_ca_cert_dir = Parameter(Text(), "", "Directory of such certificates, named as OpenSSL wants it")
    tls_auth_clients = Parameter(
        Choice("no", "yes", "optional"), "yes", "Whether clients over TLS must have a certificate"
    )
    tls_auth_clients_user = Parameter(
        Choice("CN", "URI", "off"),
        "off",
        "Field of a client's certificate that names its user",
        since="valkey-9.0.0",
    )
    tls_replication = Parameter(Boolean(), False, "TLS between primary and replica", effect=False)
    tls_cluster = Parameter(Boolean(), False, "TLS to other servers, which MIGRATE uses")
    tls_protocols = Parameter(Text(), "", "Versions of TLS, such as 'TLSv1.2 TLSv1.3', which are the default")
    tls_ciphers = Parameter(Text(), "", "Ciphers up to TLS 1.2, as OpenSSL writes them")
    tls_ciphersuites = Parameter(Text(), "", "Ciphers of TLS 1.3, which Python can choose since 3.15")
    tls_prefer_server_ciphers = Parameter(Boolean(), False, "Let the server choose the cipher")
    tls_session_caching = Parameter(Boolean(), True, "Let clients take up a session again")
    tls_session_cache_size = Parameter(Integer(0, 2**31 - 1), 20480, "Sessions kept", effect=False)
    tls_session_cache_timeout = Parameter(Integer(0, 2**31 - 1), 300, "Seconds they are kept", effect=False)
    tls_auto_reload_interval = Parameter(
        Integer(0, 2**31 - 1), 0, "Seconds after which certificates are read again", since="valkey-9.1.0"
    )

    slowlog_log_slower_than = Parameter(
        Integer(-1, LONGEST),
        10000,
        "Log requests that take so many microseconds (-1: none)",
        alias="commandlog-execution-slower-than",
        alias_since="valkey-8.1.0",
    )
    slowlog_max_len = Parameter(
        Integer(0, LONGEST),
        128,
        "Slow requests that are kept",
        alias="commandlog-slow-execution-max-len",
        alias_since="valkey-8.1.0",
    )
    commandlog_request_larger_than = Parameter(
        Integer(-1, LONGEST), 1024**2, "Log requests of so many bytes (-1: none)", since="valkey-8.1.0"
    )
    commandlog_large_request_max_len = Parameter(
        Integer(0, LONGEST), 128, "Large requests that are kept", since="valkey-8.1.0"
    )
    commandlog_reply_larger_than = Parameter(
        Integer(-1, LONGEST), 1024**2, "Log requests with replies of so many bytes (-1: none)", since="valkey-8.1.0"
    )
    commandlog_large_reply_max_len = Parameter(
        Integer(0, LONGEST), 128, "Requests with large replies that are kept", since="valkey-8.1.0"
    )
    latency_monitor_threshold = Parameter(
        Integer(0, LONGEST), 0, "Milliseconds from which on LATENCY shows what took so long (0: nothing)"
    )
    latency_tracking = Parameter(Boolean(), True, "Keep histograms of how long each command takes", since="7.0.0")
    latency_tracking_info_percentiles = Parameter(
        Percentiles(), (50.0, 99.0, 99.9), "Percentiles that INFO shows of these histograms", since="7.0.0"
    )
    enable_debug_command = Parameter(
        Choice("no", "yes", "local"), "no", "Allow DEBUG, to all or to local clients", refusal=IMMUTABLE, since="7.0.0"
    )
    aclfile = Parameter(Text(), "", "File with the users, which ACL LOAD reads and ACL SAVE writes", refusal=IMMUTABLE)
    acllog_max_len = Parameter(Integer(0, LONGEST), 128, "Records that ACL LOG keeps")
    acl_pubsub_default = Parameter(
        Choice("allchannels", "resetchannels"), "resetchannels", "Channels that a new user may use"
    )
    hash_max_listpack_entries = Parameter(
        Integer(0, LONGEST, unsigned=True),
        512,
        "Most fields of a listpack",
        alias="hash-max-ziplist-entries",
        since="7.0.0",
    )
    hash_max_listpack_value = Parameter(
        UnsignedMemory(0, LONGEST),
        64,
        "Longest field or value of a listpack",
        alias="hash-max-ziplist-value",
        since="7.0.0",
    )
    list_max_listpack_size = Parameter(
        Integer(-(2**31), INT_MAX), -2, "Most elements of a node of a list, or -1 to -5 for 4 to 64 kilobytes",
        alias="list-max-ziplist-size",
        since="7.0.0",
    )  # fmt: skip
    set_max_intset_entries = Parameter(Integer(0, LONGEST, unsigned=True), 512, "Most members of an intset")
    set_max_listpack_entries = Parameter(
        Integer(0, LONGEST, unsigned=True), 128, "Most members of a listpack", since="7.2.0"
    )
    set_max_listpack_value = Parameter(
        Integer(0, LONGEST, unsigned=True), 64, "Longest member of a listpack", since="7.2.0"
    )
    zset_max_listpack_entries = Parameter(
        Integer(0, LONGEST, unsigned=True), 128, "Most members of a sorted set's listpack",
        alias="zset-max-ziplist-entries",
        since="7.0.0",
    )  # fmt: skip
    zset_max_listpack_value = Parameter(
        UnsignedMemory(0, LONGEST),
        64,
        "Longest member of a sorted set's listpack",
        alias="zset-max-ziplist-value",
        since="7.0.0",
    )
    enable_protected_configs = Parameter(
        Choice("no", "yes", "local"), "no", "Who may change protected parameters", refusal=IMMUTABLE, since="7.0.0"
    )
    enable_module_command = Parameter(
        Choice("no", "yes", "local"), "no", "Who may use MODULE", refusal=IMMUTABLE, effect=False, since="7.0.0"
    )
    emulate = Parameter(Emulation(), "latest", "The server to stand for, such as redis-7.2", refusal=IMMUTABLE)

    tracking_table_max_keys = Parameter(
        Integer(0, LONGEST, unsigned=True),
        1_000_000,
        "Keys remembered for clients that track what they read (0: no limit)",
    )
    busy_reply_threshold = Parameter(
        Integer(0, LONGEST),
        5000,
        "Milliseconds after which a script that still runs lets others be answered with BUSY",
        alias="lua-time-limit",
        since="7.0.0",
    )

    def __init__(self, **values: Any) -> None:
        """Start from the defaults and these values, which may be text as in a conf file. Raises ConfigError."""
        self.values: dict[str, Any] = {name: parameter.default for name, parameter in TABLE.items()}
        self.file = ""
        """The whole path of the conf file that was read last, as INFO shows it and CONFIG REWRITE writes it."""
        self.users: list[tuple[str, Sequence[str]]] = []
        """The words of each `user` line, and where it stands."""
        self.renames: list[tuple[str, str, str]] = []
        """What `rename-command` says: where that stands, the command, and its new name or nothing."""
        self.warnings: list[str] = []
        """What the log has to say about the conf file."""
        self.on_change: dict[str, Callable[[], None]] = {}
        """Called after CONFIG SET of a parameter, to put it into effect; a ValueError says why it is undone."""
        self.more_lines: dict[str, Callable[[], Sequence[str]]] = {}
        """By directive: gives the lines that CONFIG REWRITE writes for what is no parameter."""
        self._given: set[str] = set()
        self.update(**values)

    def update(self, **values: Any) -> None:
        """Set parameters before the server starts, by names with underscores. Raises ConfigError."""
        for name, value in values.items():
            words = value if isinstance(value, (list, tuple)) else [value]
            self.apply(name.replace("_", "-"), [format_word(word) for word in words])

    def apply(self, name: str, words: Sequence[str], where: str = "") -> None:
        """Set a parameter from words, as a conf file or the command line gives them. Raises ConfigError."""
        match name.lower(), words:
            case "user", []:
                raise ConfigError("user", "wrong number of arguments")
            case "user", _:
                self.users.append((f"{where}: user" if where else "user", words))
                return
            case "rename-command", [old, new]:
                self.renames.append((where, old, new))
                return
            case "loadmodule", [path, *_]:
                self.warnings.append(f"{where}: the module {path} is not loaded: there are no modules here")
                return
            case directive, [_] if directive in DEPRECATED:
                return
        parameter = NAMES.get(name.lower())
        if parameter is None:
            raise ConfigError(name, "Bad directive or wrong number of arguments")
        if len(words) == 1 and parameter.kind.words not in (1, None):
            words = words[0].split(" ")
        value = parameter.read(words, self.values[parameter.name])
        if isinstance(parameter.kind, SavePoints) and parameter.name in self._given:
            value = parameter.kind.join(self.values[parameter.name], value)
        self._given.add(parameter.name)
        self.values[parameter.name] = value

    def default(self, name: str, value: object) -> None:
        """Give a parameter another default."""
        if name not in self._given:
            self.values[name] = value

    def load(self, text: bytes, file: str) -> None:
        """Read the text of a conf file, `-` for one without a name. Raises ConfigError naming file and line."""
        self.file = "" if file == "-" else str(Path(file).absolute())
        for where, name, words in conf_file.directives(text, file):
            try:
                self.apply(name, words, where)
            except ConfigError as error:
                raise ConfigError(f"{where}: {error.name}", error.reason) from None

    def rewrite(self) -> None:
        """Write the conf file anew with what has changed. Raises OSError; there must be a file."""
        more = {name: lines() for name, lines in self.more_lines.items()}
        conf_file.rewrite(self.file, self.values, more)

    def get(self, patterns: Iterable[bytes]) -> dict[bytes, bytes]:
        """Return the parameters that match one of the patterns, as CONFIG GET prints them.

        A name that is no pattern is shown as it was asked for, capitals included.
        """
        shown: dict[str, bytes] = {}
        for pattern in patterns:
            matches = matcher(pattern.lower())
            for name, parameter in self._known():
                whole = pattern.lower() == name.encode()
                if whole or (not parameter.hidden and matches(name.encode())):
                    shown.setdefault(name, pattern if whole else name.encode())
        return {spelling: self.show(NAMES[name]).encode("utf-8", "surrogateescape") for name, spelling in shown.items()}

    def show(self, parameter: Parameter[Any]) -> str:
        """Print the value of a parameter as CONFIG GET does."""
        return parameter.kind.format(self.values[parameter.name])

    def set(self, pairs: Sequence[tuple[str, str]], *, local: bool = False) -> None:
        """Change several parameters, all or none. Raises ConfigError, its name the parameter at fault.

        As in Redis, the names are looked at before any value. `local` is said of a client on this machine.
        """
        texts: dict[str, str] = {}
        for name, text in pairs:
            parameter = NAMES.get(name.lower())
            if parameter is None or not parameter.is_known(EMULATED[self.emulate], name.lower()):
                raise ConfigError(name, ConfigError.UNKNOWN)
            if parameter.refusal and not self._allows(parameter, local):
                raise ConfigError(name, parameter.refusal)
            if name.lower() in texts:
                raise ConfigError(name, "duplicate parameter")
            texts[name.lower()] = text
        new: dict[str, Any] = {}
        for name, text in texts.items():
            parameter = NAMES[name]
            words = [text] if parameter.kind.words == 1 else text.split(" ")
            try:
                new[parameter.name] = parameter.read(words, self.values[parameter.name])
            except ConfigError as error:
                raise ConfigError(name, error.reason) from None
        self._change(new)

    def _known(self) -> list[tuple[str, Parameter[Any]]]:
        """All names that the server which this one stands for knows. Conf files may have newer ones."""
        emulated = EMULATED[self.emulate]
        return [(name, parameter) for name, parameter in NAMES.items() if parameter.is_known(emulated, name)]

    def _allows(self, parameter: Parameter[Any], local: bool) -> bool:
        """Tell whether a parameter that is refused by default may be changed after all."""
        allowed = self.enable_protected_configs
        return parameter.refusal == PROTECTED and (allowed == "yes" or (allowed == "local" and local))

    def _change(self, new: Mapping[str, Any]) -> None:
        """Put new values into effect; if that fails for one, go back to the old values of all."""
        old = {name: self.values[name] for name in new}
        self.values.update(new)
        called: list[Callable[[], None]] = []
        for name in new:
            change = self.on_change.get(name)
            if change is None or change in called:  # one change may serve several parameters, and sees all of them
                continue
            called.append(change)
            try:
                change()
            except ValueError as error:
                self.values.update(old)
                for undo in called:
                    with suppress(ValueError):
                        undo()
                raise ConfigError(name, str(error)) from None


def format_word(value: object) -> str:
    """Print a Python value as a conf file would have it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)

"""redis-server or valkey-server on this machine: a master and its replicas."""

from __future__ import annotations

import sys

from stubredis.launcher.pidfile import folder_of
from stubredis.launcher.ports import binds
from stubredis.launcher.process import Plan
from stubredis.launcher.providers import replica_addresses
from stubredis.launcher.providers.programs import find, version_of
from stubredis.launcher.settings import Address, Settings

PROGRAMS = ("redis-server", "valkey-server")

HINTS = (("permission denied", "may this user use the port and the folder?"),)


def plans(settings: Settings) -> list[Plan]:
    """Return how the master is started, and then its replicas. Raises LaunchError."""
    program = find("redis-server", PROGRAMS, settings.redis_path, "--redis-path")
    product = version_of(program)
    name = product.partition(" ")[0].lower()
    master = server(name, program, settings.master, settings, keep=settings.master_persistence)
    replicas = [
        server(
            f"replica-{number}", program, address, settings, keep=settings.replica_persistence, master=settings.master
        )
        for number, address in enumerate(replica_addresses(settings), 1)
    ]
    return [master, *replicas]


def server(
    name: str, program: str, address: Address, settings: Settings, *, keep: bool, master: Address | None = None
) -> Plan:
    """Return how one server is started. Raises LaunchError."""
    arguments = [*common(address, keep=keep), "--repl-diskless-sync-delay", "0"]
    if master:
        host = binds(master.host)[0]  # Redis takes no names that lead to two addresses
        arguments += ["--replicaof", host, str(master.port)]
    folder = folder_of(address, settings.data_folder, keep=keep)
    secrets = passwords(settings.password, is_replica=master is not None)
    secrets_file = folder / "passwords.conf" if secrets and sys.platform == "win32" else None
    if secrets:
        arguments.insert(0, str(secrets_file or "-"))
    return Plan(
        name,
        program,
        tuple(arguments),
        reached_at(address),
        folder,
        settings.password,
        secrets,
        secrets_file,
        master=master,
        keeps_data=keep,
        hints=HINTS,
    )


def reached_at(address: Address) -> Address:
    """Return where a server on this machine is asked whether it is ready, which no name server has a say in."""
    return Address(binds(address.host)[0], address.port)


def common(address: Address, *, keep: bool) -> list[str]:
    """Return the options that every server gets: in the foreground, its data in an append-only file or in none."""
    return [
        "--port",
        str(address.port),
        "--bind",
        *binds(address.host),
        "--daemonize",
        "no",
        "--save",
        "",
        "--appendonly",
        "yes" if keep else "no",
    ]


def passwords(password: str, *, is_replica: bool = False) -> str:
    """Return the lines of configuration that nobody else is to see; none without a password."""
    if not password:
        return ""
    quoted = quote(password)
    return f"requirepass {quoted}\n" + (f"masterauth {quoted}\n" if is_replica else "")


def quote(text: str) -> str:
    """Quote a word for a line of configuration."""
    data = text.encode("utf-8", "surrogateescape")
    return (
        '"' + "".join(chr(byte) if 32 <= byte < 127 and byte not in b'"\\' else f"\\x{byte:02x}" for byte in data) + '"'
    )

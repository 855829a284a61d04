"""INFO: what a server tells about itself, section by section. A figure that is not known is left out."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Callable, Iterable
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from stubredis.versions import COMPATIBLE_WITH, __version__

if TYPE_CHECKING:
    from stubredis.command import Command
    from stubredis.server import Server

Fields = dict[str, object]


def server_section(server: Server) -> Fields:
    uptime = (server.clock.now() - server.started_at) // 1000
    return {
        "redis_version": COMPATIBLE_WITH,
        "stubredis_version": __version__,
        "redis_mode": "standalone",
        "os": f"{platform.system()} {platform.release()} {platform.machine()}",
        "arch_bits": 64 if sys.maxsize > 2**32 else 32,
        "python_version": platform.python_version(),
        "process_id": os.getpid(),
        "run_id": server.run_id,
        "tcp_port": server.port,
        "server_time_usec": server.clock.microseconds(),
        "uptime_in_seconds": uptime,
        "uptime_in_days": uptime // 86400,
        "config_file": server.config.file,
    }


def clients_section(server: Server) -> Fields:
    clients = server.clients.values()
    return {
        "connected_clients": len(clients),
        "maxclients": server.config.maxclients,
        "blocked_clients": len(server.blocking.clients),
        "pubsub_clients": sum(client.kind == "pubsub" for client in clients),
        "tracking_clients": len(server.tracking.clients),
        "watching_clients": sum(bool(client.watched) for client in clients),
        "total_watched_keys": sum(len(database.watchers) for database in server.keyspace.databases),
        "total_blocking_keys": sum(len(database.waiters) for database in server.keyspace.databases),
    }


def memory_section(server: Server) -> Fields:
    used = resident_memory()
    peak = max(used, peak_memory())
    return {
        "used_memory": used,
        "used_memory_human": human(used),
        "used_memory_rss": used,
        "used_memory_rss_human": human(used),
        "used_memory_peak": peak,
        "used_memory_peak_human": human(peak),
        "maxmemory": server.config.maxmemory,
        "maxmemory_human": human(server.config.maxmemory),
        "maxmemory_policy": server.config.maxmemory_policy,
        "mem_allocator": "python",
    }


def persistence_section(server: Server) -> Fields:
    return {
        "loading": 0,
        "async_loading": 0,
        "rdb_changes_since_last_save": server.keyspace.dirty,
        "rdb_bgsave_in_progress": 0,
        "aof_enabled": 0,
        "aof_rewrite_in_progress": 0,
    }


def stats_section(server: Server) -> Fields:
    stats = server.stats
    commands = all_commands(server)
    return {
        "total_connections_received": stats.connections_received,
        "total_commands_processed": sum(command.calls for command in commands),
        "total_net_input_bytes": stats.input_bytes,
        "total_net_output_bytes": stats.output_bytes,
        "rejected_connections": stats.connections_rejected,
        "expired_subkeys": server.keyspace.expired_fields,
        "expired_keys": server.keyspace.expired,
        "evicted_keys": 0,
        "keyspace_hits": server.keyspace.hits,
        "keyspace_misses": server.keyspace.misses,
        "pubsub_channels": len(server.pubsub.channels),
        "pubsub_patterns": len(server.pubsub.patterns),
        "pubsubshard_channels": len(server.pubsub.shard_channels),
        "tracking_total_keys": len(server.tracking.table),
        "tracking_total_items": server.tracking.references,
        "tracking_total_prefixes": len(server.tracking.prefixes),
        "total_error_replies": sum(stats.errors.values()),
        "client_query_buffer_limit_disconnections": stats.query_limit_disconnections,
        "client_output_buffer_limit_disconnections": stats.output_limit_disconnections,
    }


def replication_section(server: Server) -> Fields:
    return {
        "role": "master",
        "connected_slaves": 0,
        "master_failover_state": "no-failover",
        "master_replid": server.replication_id,
        "master_replid2": "0" * 40,
        "master_repl_offset": 0,
        "second_repl_offset": -1,
        "repl_backlog_active": 0,
    }


def cpu_section(server: Server) -> Fields:
    times = os.times()
    return {
        "used_cpu_sys": f"{times.system:.6f}",
        "used_cpu_user": f"{times.user:.6f}",
        "used_cpu_sys_children": f"{times.children_system:.6f}",
        "used_cpu_user_children": f"{times.children_user:.6f}",
    }


def modules_section(server: Server) -> Fields:
    return {}


def commandstats_section(server: Server) -> Fields:
    # The time of each call is not measured, so there is no usec.
    return {
        f"cmdstat_{command.name}": (
            f"calls={command.calls},rejected_calls={command.rejected_calls},failed_calls={command.failed_calls}"
        )
        for command in all_commands(server)
        if command.calls or command.rejected_calls
    }


def errorstats_section(server: Server) -> Fields:
    return {f"errorstat_{code.decode('latin-1')}": f"count={count}" for code, count in server.stats.errors.items()}


def cluster_section(server: Server) -> Fields:
    return {"cluster_enabled": 0}


def keyspace_section(server: Server) -> Fields:
    now = server.clock.now()
    fields: Fields = {}
    for database in server.keyspace.databases:
        if database.values:
            keys, expires = len(database.values), len(database.deadlines)
            # Some keys stand for all of them, as in Redis: INFO must not take longer the more keys there are.
            left = [max(deadline - now, 0) for deadline in islice(database.deadlines.values(), 1000)]
            average = sum(left) // len(left) if left else 0
            fields[f"db{database.index}"] = f"keys={keys},expires={expires},avg_ttl={average}"
    return fields


SECTIONS: dict[str, Callable[[Server], Fields]] = {
    "server": server_section,
    "clients": clients_section,
    "memory": memory_section,
    "persistence": persistence_section,
    "stats": stats_section,
    "replication": replication_section,
    "cpu": cpu_section,
    "modules": modules_section,
    "commandstats": commandstats_section,
    "errorstats": errorstats_section,
    "cluster": cluster_section,
    "keyspace": keyspace_section,
}
"""All sections, in the order of Redis."""

TITLES = {"cpu": "CPU"}
NOT_BY_DEFAULT = {"commandstats"}


def info(server: Server, names: Iterable[str]) -> str:
    """Render the named sections, `default` and `all` (or `everything`) among the names; unknown ones are nothing."""
    wanted = set(names) or {"default"}
    if "default" in wanted:
        wanted |= SECTIONS.keys() - NOT_BY_DEFAULT
    if wanted & {"all", "everything"}:
        wanted |= SECTIONS.keys()
    parts = []
    for name, section in SECTIONS.items():
        if name in wanted:
            fields = section(server)
            lines = [f"# {TITLES.get(name, name.capitalize())}", *(f"{key}:{value}" for key, value in fields.items())]
            parts.append("".join(f"{line}\r\n" for line in lines))
    return "\r\n".join(parts)


def all_commands(server: Server) -> list[Command]:
    """The commands of a server and their subcommands, each once."""
    commands = [command for name, command in server.commands.items() if name.islower()]
    return [each for command in commands for each in (command, *command.subcommands.values())]


def human(size: int) -> str:
    """Print a number of bytes as Redis does: 512B, 1.50M."""
    for unit, power in (("T", 40), ("G", 30), ("M", 20), ("K", 10)):
        if size >= 1 << power:
            return f"{size / (1 << power):.2f}{unit}"
    return f"{size}B"


def resident_memory() -> int:
    """The memory of this process in bytes, as far as the operating system tells without further tools."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return peak_memory()
    return pages * os.sysconf("SC_PAGE_SIZE")


def peak_memory() -> int:
    """The most memory that this process has had, in bytes; 0 where that is not known, as on Windows."""
    try:
        import resource  # noqa: PLC0415  (not on Windows)
    except ImportError:
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024

"""INFO: what a server tells about itself, section by section. A figure that is not known is left out."""

from __future__ import annotations

import os
import selectors
import sys
from collections.abc import Callable, Iterable
from itertools import islice
from typing import TYPE_CHECKING

from stubredis.permissions import Reason
from stubredis.process import resident_memory, system_memory
from stubredis.timing import every_command
from stubredis.versions import NewerFields, __version__

if TYPE_CHECKING:
    from stubredis.server import Server

Fields = dict[str, object]

HZ = 10
"""What Redis does ten times a second is done here when it is due; clients expect a figure."""
NEWER = NewerFields(
    {
        "7.0.0": "async_loading current_cow_peak rdb_saves rdb_last_load_keys_expired rdb_last_load_keys_loaded "
        "aof_rewrites aof_rewrites_consecutive_failures used_memory_vm_eval used_memory_scripts_eval "
        "number_of_functions number_of_libraries used_memory_vm_functions used_memory_vm_total "
        "used_memory_vm_total_human used_memory_functions "
        "mem_total_replication_buffers mem_cluster_links total_net_repl_input_bytes total_net_repl_output_bytes "
        "instantaneous_input_repl_kbps instantaneous_output_repl_kbps evicted_clients total_eviction_exceeded_time "
        "current_eviction_exceeded_time pubsubshard_channels total_active_defrag_time current_active_defrag_time "
        "latencystats",
        "7.2.0": "total_blocking_keys total_blocking_keys_on_nokey acl_access_denied_auth acl_access_denied_cmd "
        "acl_access_denied_key acl_access_denied_channel listener0 listener1 listener2 listener3",
        "7.4.0 valkey-8.0.0": "pubsub_clients watching_clients total_watched_keys allocator_muzzy "
        "mem_overhead_db_hashtable_rehashing evicted_scripts client_query_buffer_limit_disconnections "
        "client_output_buffer_limit_disconnections",
        "7.4.0": "expired_subkeys",
        "8.0.0": "used_memory_peak_time mem_replica_full_sync_buffer",
        "valkey-9.0.0": "expired_fields",
        "valkey-9.1.0": "acl_access_denied_db",
    }
)
"""The sections and fields that not all servers have which this one can stand for."""
BACKLOG = 1 << 20
"""The size that a backlog for replicas would have by default."""


def server_section(server: Server) -> Fields:
    import platform  # noqa: PLC0415  (takes longer than all of this, and not every server is asked)

    uptime = (server.clock.now() - server.started_at) // 1000
    return {
        **server.emulated.fields(),
        "stubredis_version": __version__,
        "redis_git_sha1": "00000000",
        "redis_git_dirty": 0,
        "redis_build_id": "0" * 16,
        "redis_mode" if server.emulated.valkey is None else "server_mode": "standalone",
        "os": f"{platform.system()} {platform.release()} {platform.machine()}",
        "arch_bits": 64 if sys.maxsize > 2**32 else 32,
        "multiplexing_api": selectors.DefaultSelector.__name__.removesuffix("Selector").lower(),
        "python_version": platform.python_version(),
        "process_id": os.getpid(),
        "process_supervised": "no",
        "run_id": server.run_id,
        "tcp_port": server.port,
        "server_time_usec": server.clock.microseconds(),
        "uptime_in_seconds": uptime,
        "uptime_in_days": uptime // 86400,
        "hz": HZ,
        "configured_hz": HZ,
        "lru_clock": server.clock.now() // 1000 & 0xFFFFFF,
        "executable": sys.executable,
        "config_file": server.config.file,
        **{f"listener{number}": text for number, text in enumerate(server.listeners.described())},
        "io_threads_active": 0,
    }


def clients_section(server: Server) -> Fields:
    clients = server.clients.values()
    waiting = [client.waiting for client in server.blocking.clients if client.waiting is not None]
    for_any_change = {(each.database, key) for each in waiting if each.block.kind is None for key in each.block.keys}
    return {
        "connected_clients": len(clients),
        "cluster_connections": 0,
        "maxclients": server.config.maxclients,
        "client_recent_max_input_buffer": max((client.buffered for client in clients), default=0),
        "client_recent_max_output_buffer": max((client.unsent for client in clients), default=0),
        "blocked_clients": len(server.blocking.clients),
        "pubsub_clients": sum(client.kind == "pubsub" for client in clients),
        "tracking_clients": len(server.tracking.clients),
        "watching_clients": sum(bool(client.watched) for client in clients),
        "clients_in_timeout_table": sum(each.block.deadline is not None for each in waiting),
        "total_watched_keys": sum(len(database.watchers) for database in server.keyspace.databases),
        "total_blocking_keys": sum(len(database.waiters) for database in server.keyspace.databases),
        "total_blocking_keys_on_nokey": len(for_any_change),
    }


def memory_section(server: Server) -> Fields:
    memory = server.memory
    used = memory.refresh()
    overhead, startup, peak = memory.overhead, memory.startup, memory.peak
    dataset = used - overhead
    resident = max(resident_memory(), 1)
    allocated = memory.interpreter + used
    total = system_memory()
    scripts, _, functions, libraries = server.scripting.counts
    lua, evaluated, code = server.scripting.memory  # scripts and functions share one Lua
    # There are no replicas and no append-only file: that is 0.
    return {
        "used_memory": used,
        "used_memory_human": human(used),
        "used_memory_rss": resident,
        "used_memory_rss_human": human(resident),
        "used_memory_peak": peak,
        "used_memory_peak_human": human(peak),
        "used_memory_peak_time": memory.peak_at // 1000,
        "used_memory_peak_perc": f"{used / peak * 100:.2f}%",
        "used_memory_overhead": overhead,
        "used_memory_startup": startup,
        "used_memory_dataset": dataset,
        "used_memory_dataset_perc": f"{dataset / max(used - startup, 1) * 100:.2f}%",
        "used_memory_interpreter": memory.interpreter,
        "allocator_allocated": allocated,
        "allocator_active": resident,
        "allocator_resident": resident,
        "allocator_muzzy": 0,
        "total_system_memory": total,
        "total_system_memory_human": human(total),
        "used_memory_lua": lua,
        "used_memory_vm_eval": lua,
        "used_memory_lua_human": human(lua),
        "used_memory_scripts_eval": evaluated,
        "number_of_cached_scripts": scripts,
        "number_of_functions": functions,
        "number_of_libraries": libraries,
        "used_memory_vm_functions": 0,
        "used_memory_vm_total": lua,
        "used_memory_vm_total_human": human(lua),
        "used_memory_functions": code,
        "used_memory_scripts": evaluated + code,
        "used_memory_scripts_human": human(evaluated + code),
        "maxmemory": server.config.maxmemory,
        "maxmemory_human": human(server.config.maxmemory),
        "maxmemory_policy": server.config.maxmemory_policy,
        "allocator_frag_ratio": f"{resident / allocated:.2f}",
        "allocator_frag_bytes": resident - allocated,
        "allocator_rss_ratio": "1.00",
        "allocator_rss_bytes": 0,
        "rss_overhead_ratio": "1.00",
        "rss_overhead_bytes": 0,
        "mem_fragmentation_ratio": f"{resident / allocated:.2f}",
        "mem_fragmentation_bytes": resident - allocated,
        "mem_not_counted_for_evict": 0,
        "mem_replication_backlog": 0,
        "mem_total_replication_buffers": 0,
        "mem_replica_full_sync_buffer": 0,
        "mem_clients_slaves": 0,
        "mem_clients_normal": memory.clients,
        "mem_cluster_links": 0,
        "mem_aof_buffer": 0,
        "mem_allocator": "python",
        "mem_overhead_db_hashtable_rehashing": 0,
        "active_defrag_running": 0,
        "lazyfree_pending_objects": 0,
        "lazyfreed_objects": 0,
    }


def persistence_section(server: Server) -> Fields:
    saving = server.saving
    begun = saving.started_at
    return {
        "loading": 0,
        "async_loading": 0,
        "current_cow_peak": 0,
        "current_cow_size": 0,
        "current_cow_size_age": 0,
        "current_fork_perc": "0.00",
        "current_save_keys_processed": 0,
        "current_save_keys_total": 0,
        "rdb_changes_since_last_save": saving.changes,
        "rdb_bgsave_in_progress": int(begun is not None),
        "rdb_last_save_time": saving.last // 1000,
        "rdb_last_bgsave_status": "ok" if saving.succeeded else "err",
        "rdb_last_bgsave_time_sec": saving.seconds,
        "rdb_current_bgsave_time_sec": -1 if begun is None else (server.clock.now() - begun) // 1000,
        "rdb_saves": saving.saves,
        "rdb_last_cow_size": 0,
        "rdb_last_load_keys_expired": saving.expired,
        "rdb_last_load_keys_loaded": saving.loaded,
        "aof_enabled": 0,
        "aof_rewrite_in_progress": 0,
        "aof_rewrite_scheduled": 0,
        "aof_last_rewrite_time_sec": -1,
        "aof_current_rewrite_time_sec": -1,
        "aof_last_bgrewrite_status": "ok",
        "aof_rewrites": 0,
        "aof_rewrites_consecutive_failures": 0,
        "aof_last_write_status": "ok",
        "aof_last_cow_size": 0,
        "module_fork_in_progress": 0,
        "module_fork_last_cow_size": 0,
    }


def stats_section(server: Server) -> Fields:
    stats = server.stats
    clients = server.clients.values()
    received, sent = stats.traffic("input_bytes", clients), stats.traffic("output_bytes", clients)
    now = server.clock.now()
    processed = sum(command.calls for command in every_command(server))
    return {
        "total_connections_received": stats.connections_received,
        "total_commands_processed": processed,
        "instantaneous_ops_per_sec": round(stats.commands_rate.per_second(now, processed)),
        "total_net_input_bytes": received,
        "total_net_output_bytes": sent,
        "total_net_repl_input_bytes": 0,
        "total_net_repl_output_bytes": 0,
        "instantaneous_input_kbps": f"{stats.input_rate.per_second(now, received) / 1024:.2f}",
        "instantaneous_output_kbps": f"{stats.output_rate.per_second(now, sent) / 1024:.2f}",
        "instantaneous_input_repl_kbps": "0.00",
        "instantaneous_output_repl_kbps": "0.00",
        "rejected_connections": stats.connections_rejected,
        "sync_full": 0,
        "sync_partial_ok": 0,
        "sync_partial_err": 0,
        "expired_subkeys": server.keyspace.expired_fields,
        "expired_fields": server.keyspace.expired_fields,
        "expired_keys": server.keyspace.expired,
        "expired_stale_perc": "0.00",
        "expired_time_cap_reached_count": 0,
        "expire_cycle_cpu_milliseconds": server.timing.expiring // 1_000_000,
        "evicted_keys": server.keyspace.evicted,
        "evicted_clients": stats.evicted_clients,
        "evicted_scripts": server.scripting.counts[1],
        "total_eviction_exceeded_time": stats.eviction_exceeded + server.memory.exceeded_for,
        "current_eviction_exceeded_time": server.memory.exceeded_for,
        "keyspace_hits": server.keyspace.hits,
        "keyspace_misses": server.keyspace.misses,
        "pubsub_channels": len(server.pubsub.channels),
        "pubsub_patterns": len(server.pubsub.patterns),
        "pubsubshard_channels": len(server.pubsub.shard_channels),
        "latest_fork_usec": 0,
        "total_forks": 0,
        "migrate_cached_sockets": 0,
        "slave_expires_tracked_keys": 0,
        "active_defrag_hits": 0,
        "active_defrag_misses": 0,
        "active_defrag_key_hits": 0,
        "active_defrag_key_misses": 0,
        "total_active_defrag_time": 0,
        "current_active_defrag_time": 0,
        "tracking_total_keys": len(server.tracking.table),
        "tracking_total_items": server.tracking.references,
        "tracking_total_prefixes": len(server.tracking.prefixes),
        "unexpected_error_replies": 0,
        "total_error_replies": sum(stats.errors.values()),
        "total_reads_processed": stats.traffic("reads", clients),
        "total_writes_processed": stats.traffic("writes", clients),
        "io_threaded_reads_processed": 0,
        "io_threaded_writes_processed": 0,
        "client_query_buffer_limit_disconnections": stats.query_limit_disconnections,
        "client_output_buffer_limit_disconnections": stats.output_limit_disconnections,
        "acl_access_denied_auth": server.acl.log.denied[Reason.AUTH],
        "acl_access_denied_cmd": server.acl.log.denied[Reason.COMMAND],
        "acl_access_denied_key": server.acl.log.denied[Reason.KEY],
        "acl_access_denied_channel": server.acl.log.denied[Reason.CHANNEL],
        "acl_access_denied_db": server.acl.log.denied[Reason.DATABASE],
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
        "repl_backlog_size": BACKLOG,
        "repl_backlog_first_byte_offset": 0,
        "repl_backlog_histlen": 0,
    }


def cpu_section(server: Server) -> Fields:
    times = os.times()
    return {
        "used_cpu_sys": f"{times.system:.6f}",
        "used_cpu_user": f"{times.user:.6f}",
        "used_cpu_sys_children": f"{times.children_system:.6f}",
        "used_cpu_user_children": f"{times.children_user:.6f}",
        **main_thread_times(),
    }


def main_thread_times() -> Fields:
    """The time of the thread that serves, where the operating system tells it."""
    if sys.platform != "linux":
        return {}
    import resource  # noqa: PLC0415  (not on Windows)

    usage = resource.getrusage(resource.RUSAGE_THREAD)
    return {
        "used_cpu_sys_main_thread": f"{usage.ru_stime:.6f}",
        "used_cpu_user_main_thread": f"{usage.ru_utime:.6f}",
    }


def modules_section(server: Server) -> Fields:
    return {}


def commandstats_section(server: Server) -> Fields:
    server.timing.bring_up_to_date()
    return {
        f"cmdstat_{command.name}": (
            f"calls={command.calls},usec={command.nanoseconds // 1000},"
            f"usec_per_call={command.nanoseconds / 1000 / command.calls if command.calls else 0:.2f},"
            f"rejected_calls={command.rejected_calls},failed_calls={command.failed_calls}"
        )
        for command in every_command(server)
        if command.calls or command.rejected_calls
    }


def latencystats_section(server: Server) -> Fields:
    server.timing.bring_up_to_date()
    percentiles = server.config.latency_tracking_info_percentiles
    return {
        f"latency_percentiles_usec_{command.name}": ",".join(
            f"p{percentile:g}={nanoseconds / 1000:.3f}"
            for percentile, nanoseconds in zip(percentiles, command.latencies.percentiles(percentiles), strict=True)
        )
        for command in every_command(server)
        if command.latencies
    }


def errorstats_section(server: Server) -> Fields:
    return {f"errorstat_{code.decode('latin-1')}": f"count={count}" for code, count in server.stats.errors.items()}


def cluster_section(server: Server) -> Fields:
    return {"cluster_enabled": 0}


NEWER_OF_DATABASES = NewerFields({"7.4.0": "subexpiry", "valkey-9.0.0": "keys_with_volatile_items"})


def keyspace_section(server: Server) -> Fields:
    now = server.clock.now()
    fields: Fields = {}
    for database in server.keyspace.databases:
        if database.values:
            keys, expires = len(database.values), len(database.deadlines)
            # Some keys stand for all of them, as in Redis: INFO must not take longer the more keys there are.
            left = [max(deadline - now, 0) for deadline in islice(database.deadlines.values(), 1000)]
            average = sum(left) // len(left) if left else 0
            parts = {
                "keys": keys,
                "expires": expires,
                "avg_ttl": average,
                "subexpiry": len(database.field_deadlines),
                "keys_with_volatile_items": len(database.field_deadlines),
            }
            known = NEWER_OF_DATABASES.known(server.emulated, parts)
            fields[f"db{database.index}"] = ",".join(f"{name}={number}" for name, number in known.items())
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
    "latencystats": latencystats_section,
    "cluster": cluster_section,
    "keyspace": keyspace_section,
}
"""All sections, in the order of Redis."""

TITLES = {"cpu": "CPU"}
NOT_BY_DEFAULT = {"commandstats", "latencystats"}


def info(server: Server, names: Iterable[str]) -> str:
    """Render the named sections, `default` and `all` (or `everything`) among the names; unknown ones are nothing."""
    wanted = set(names) or {"default"}
    if "default" in wanted:
        wanted |= SECTIONS.keys() - NOT_BY_DEFAULT
    if wanted & {"all", "everything"}:
        wanted |= SECTIONS.keys()
    parts = []
    for name, section in NEWER.known(server.emulated, SECTIONS).items():
        if name in wanted:
            fields = NEWER.known(server.emulated, section(server))
            lines = [f"# {TITLES.get(name, name.capitalize())}", *(f"{key}:{value}" for key, value in fields.items())]
            parts.append("".join(f"{line}\r\n" for line in lines))
    return "\r\n".join(parts)


def human(size: int) -> str:
    """Print a number of bytes as Redis does: 512B, 1.50M."""
    for unit, power in (("T", 40), ("G", 30), ("M", 20), ("K", 10)):
        if size >= 1 << power:
            return f"{size / (1 << power):.2f}{unit}"
    return f"{size}B"

"""The parameters of Redis that have no effect here: accepted, kept and reported, as its conf files have them."""

from __future__ import annotations

from typing import Any

from stubredis.kinds import (
    INT_MAX,
    LONGEST,
    Boolean,
    Choice,
    Clamped,
    Flags,
    HostName,
    Integer,
    Locale,
    Memory,
    NodeName,
    Numbers,
    PlainName,
    Primary,
    Template,
    Text,
    UnsignedMemory,
)
from stubredis.parameters import IMMUTABLE, Known

_SHUTDOWN = ("default", "save", "nosave", "now", "force")
_FACILITIES = ("user", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7")


class KnownParameters:
    """What Config knows besides the parameters that have an effect."""

    values: dict[str, Any]
    """The value of each parameter by its name."""

    # Process and log
    always_show_logo = Known(Boolean(), False, "Show the logo at the start", refusal=IMMUTABLE)
    set_proc_title = Known(Boolean(), True, "Set the title of the process", refusal=IMMUTABLE)
    proc_title_template = Known(Template(), "{title} {listen-addr} {server-mode}", "Title of the process")
    supervised = Known(
        Choice("upstart", "systemd", "auto", "no"), "no", "Tell a supervisor of the start", refusal=IMMUTABLE
    )
    pidfile = Known(Text(), "", "File for the number of the process", refusal=IMMUTABLE)
    syslog_enabled = Known(Boolean(), False, "Log to the system's log", refusal=IMMUTABLE)
    syslog_ident = Known(Text(), "redis", "Name in the system's log", refusal=IMMUTABLE)
    syslog_facility = Known(Choice(*_FACILITIES), "local0", "Facility of the system's log", refusal=IMMUTABLE)
    crash_log_enabled = Known(Boolean(), True, "Log a report of a crash")
    crash_memcheck_enabled = Known(Boolean(), True, "Check the memory after a crash")
    hide_user_data_from_log = Known(
        Boolean(), False, "Keep the data of users out of the log", since="7.4.0 valkey-8.0.0"
    )
    ignore_warnings = Known(Text(), "", "Warnings of the start to pass over")
    locale_collate = Known(Locale(), "", "Locale for comparing strings", since="7.2.0")
    disable_thp = Known(Boolean(), True, "Do without transparent huge pages", refusal=IMMUTABLE)
    oom_score_adj = Known(Choice("no", "yes", "relative", "absolute"), "no", "Adjust the score of the OOM killer")
    oom_score_adj_values = Known(
        Numbers(3, -2000, 2000), (0, 200, 800), "Scores of the OOM killer: primary, replica and child"
    )
    shutdown_on_sigint = Known(Flags(*_SHUTDOWN), ("default",), "Options of the shutdown by SIGINT", since="7.0.0")
    shutdown_on_sigterm = Known(Flags(*_SHUTDOWN), ("default",), "Options of the shutdown by SIGTERM", since="7.0.0")
    shutdown_timeout = Known(Integer(0, INT_MAX), 10, "Seconds that a shutdown waits for replicas", since="7.0.0")
    watchdog_period = Known(
        Clamped(0, INT_MAX, least=200, zero=True), 0, "Milliseconds between looks of the watchdog", hidden=True
    )
    use_exit_on_panic = Known(Boolean(), False, "Exit instead of aborting", hidden=True)

    # Work
    io_threads = Known(Integer(1, 128), 1, "Threads that read and write", refusal=IMMUTABLE)
    io_threads_do_reads = Known(Boolean(), False, "Let threads read, too", refusal=IMMUTABLE)
    server_cpulist = Known(
        Text(), "", "Processors of the server", refusal=IMMUTABLE, alias="server_cpulist", since="7.2.0"
    )
    bio_cpulist = Known(
        Text(), "", "Processors of the background threads", refusal=IMMUTABLE, alias="bio_cpulist", since="7.2.0"
    )
    aof_rewrite_cpulist = Known(
        Text(), "", "Processors of the rewriting of the append-only file", refusal=IMMUTABLE,
        alias="aof_rewrite_cpulist",
        since="7.2.0",
    )  # fmt: skip
    bgsave_cpulist = Known(Text(), "", "Processors of BGSAVE", refusal=IMMUTABLE, alias="bgsave_cpulist", since="7.2.0")
    hz = Known(Clamped(0, INT_MAX, least=1, most=500), 10, "Runs of the periodic work in a second")
    dynamic_hz = Known(Boolean(), True, "Run the periodic work more often with many clients")
    active_expire_effort = Known(Integer(1, 10), 1, "Effort of removing expired keys")
    activerehashing = Known(Boolean(), True, "Rehash tables while idle")
    max_new_connections_per_cycle = Known(
        Integer(1, 1000, unsigned=True), 10, "Connections accepted at a time", since="7.4.0 valkey-8.0.0"
    )
    max_new_tls_connections_per_cycle = Known(
        Integer(1, 1000, unsigned=True), 1, "TLS connections accepted at a time", since="7.4.0 valkey-8.0.0"
    )
    vset_force_single_threaded_execution = Known(Boolean(), False, "Do without threads for vector sets", since="8.0.0")
    jemalloc_bg_thread = Known(Boolean(), True, "Let the allocator purge in the background")
    sanitize_dump_payload = Known(Choice("no", "yes", "clients"), "no", "Check the payload of RESTORE in depth")
    list_compress_depth = Known(Integer(0, INT_MAX), 0, "Nodes at the ends of a list that are not compressed")
    lazyfree_lazy_eviction = Known(Boolean(), False, "Free evicted values in the background")
    lazyfree_lazy_expire = Known(Boolean(), False, "Free expired values in the background")
    lazyfree_lazy_server_del = Known(Boolean(), False, "Free overwritten values in the background")
    lazyfree_lazy_user_del = Known(Boolean(), False, "Let DEL be as UNLINK")
    lazyfree_lazy_user_flush = Known(Boolean(), False, "Let FLUSHALL and FLUSHDB be ASYNC")
    activedefrag = Known(Boolean(), False, "Defragment memory")
    active_defrag_ignore_bytes = Known(UnsignedMemory(1, LONGEST), 100 * 2**20, "Fragmentation to pass over")
    active_defrag_threshold_lower = Known(Integer(0, 1000), 10, "Percentage of fragmentation to begin at")
    active_defrag_threshold_upper = Known(Integer(0, 1000), 100, "Percentage of fragmentation for full effort")
    active_defrag_cycle_min = Known(Integer(1, 99), 1, "Least percentage of time for defragmentation")
    active_defrag_cycle_max = Known(Integer(1, 99), 25, "Most percentage of time for defragmentation")
    active_defrag_max_scan_fields = Known(Integer(1, LONGEST), 1000, "Most elements dealt with at once")

    # Snapshots and the append-only file
    stop_writes_on_bgsave_error = Known(Boolean(), True, "Refuse writes while snapshots fail")
    rdbcompression = Known(Boolean(), True, "Compress strings in snapshots")
    rdb_del_sync_files = Known(Boolean(), False, "Remove the snapshots of a replication")
    rdb_save_incremental_fsync = Known(Boolean(), True, "Sync a snapshot piece by piece")
    rdb_key_save_delay = Known(Integer(-(2**31), INT_MAX), 0, "Slow snapshots down, for tests", hidden=True)
    key_load_delay = Known(Integer(-(2**31), INT_MAX), 0, "Slow the loading down, for tests", hidden=True)
    appendfilename = Known(
        PlainName("appendfilename", "filename"), "appendonly.aof", "Base name of the append-only files",
        refusal=IMMUTABLE,
    )  # fmt: skip
    appenddirname = Known(
        PlainName("appenddirname", "dirname"),
        "appendonlydir",
        "Directory of the append-only files",
        refusal=IMMUTABLE,
        since="7.0.0",
    )
    appendfsync = Known(Choice("everysec", "always", "no"), "everysec", "When to sync the append-only file")
    no_appendfsync_on_rewrite = Known(Boolean(), False, "Do not sync during a rewrite")
    auto_aof_rewrite_percentage = Known(Integer(0, INT_MAX), 100, "Growth that starts a rewrite")
    auto_aof_rewrite_min_size = Known(Memory(0, LONGEST), 64 * 2**20, "Least size that starts a rewrite")
    aof_load_truncated = Known(Boolean(), True, "Load a truncated append-only file")
    aof_use_rdb_preamble = Known(Boolean(), True, "Begin the append-only file with a snapshot")
    aof_timestamp_enabled = Known(Boolean(), False, "Write timestamps into the append-only file", since="7.0.0")
    aof_rewrite_incremental_fsync = Known(Boolean(), True, "Sync a rewritten file piece by piece")
    aof_disable_auto_gc = Known(Boolean(), False, "Keep old append-only files", hidden=True, since="7.0.0")

    # Replication
    replicaof = Known(
        Primary(), (), "Primary to copy: host and port", refusal=IMMUTABLE, alias="slaveof", since="7.0.0"
    )
    masterauth = Known(Text(), "", "Password for the primary", alias="primaryauth", alias_since="valkey-8.0.0")
    masteruser = Known(Text(), "", "User for the primary", alias="primaryuser", alias_since="valkey-8.0.0")
    replica_serve_stale_data = Known(Boolean(), True, "Serve while there is no primary", alias="slave-serve-stale-data")
    replica_read_only = Known(Boolean(), True, "Refuse writes to a replica", alias="slave-read-only")
    replica_lazy_flush = Known(Boolean(), False, "Flush a replica in the background", alias="slave-lazy-flush")
    replica_ignore_maxmemory = Known(
        Boolean(), True, "Let only the primary of a replica evict", alias="slave-ignore-maxmemory"
    )
    replica_ignore_disk_write_errors = Known(Boolean(), False, "Let a replica go on when its disk fails", since="7.0.0")
    replica_priority = Known(Integer(0, INT_MAX), 100, "Priority of a replica for a failover", alias="slave-priority")
    replica_announced = Known(Boolean(), True, "Show a replica to Sentinel")
    replica_announce_ip = Known(Text(), "", "Address that a replica reports", alias="slave-announce-ip")
    replica_announce_port = Known(Integer(0, 65535), 0, "Port that a replica reports", alias="slave-announce-port")
    replica_full_sync_buffer_limit = Known(
        Memory(0, LONGEST), 0, "Buffer of a replica during a full sync", since="8.0.0"
    )
    repl_diskless_sync = Known(Boolean(), True, "Send snapshots to replicas without a file")
    repl_diskless_sync_delay = Known(Integer(0, INT_MAX), 5, "Seconds to wait for more replicas")
    repl_diskless_sync_max_replicas = Known(Integer(0, INT_MAX), 0, "Replicas that end the wait", since="7.0.0")
    repl_diskless_load = Known(
        Choice("disabled", "on-empty-db", "swapdb"), "disabled", "Load from a primary without a file"
    )
    repl_ping_replica_period = Known(
        Integer(1, INT_MAX), 10, "Seconds between pings of replicas", alias="repl-ping-slave-period"
    )
    repl_timeout = Known(Integer(1, INT_MAX), 60, "Seconds after which a link is given up")
    repl_disable_tcp_nodelay = Known(Boolean(), False, "Send to replicas in larger packets")
    repl_backlog_size = Known(
        Clamped(1, LONGEST, least=16384, in_bytes=True), 2**20, "Bytes kept for replicas that come back"
    )
    repl_backlog_ttl = Known(Integer(0, LONGEST), 3600, "Seconds that the backlog is kept")
    min_replicas_to_write = Known(
        Integer(0, INT_MAX), 0, "Replicas without which writes are refused", alias="min-slaves-to-write"
    )
    min_replicas_max_lag = Known(
        Integer(0, INT_MAX), 10, "Seconds after which a replica does not count", alias="min-slaves-max-lag"
    )
    propagation_error_behavior = Known(
        Choice("ignore", "panic", "panic-on-replicas"),
        "ignore",
        "What to do when a propagated command fails",
        since="7.0.0",
    )

    # Cluster
    cluster_enabled = Known(Boolean(), False, "Cluster mode", refusal=IMMUTABLE)
    cluster_config_file = Known(Text(), "nodes.conf", "File of the cluster's nodes", refusal=IMMUTABLE, since="7.0.0")
    cluster_port = Known(Integer(0, 65535), 0, "Port of the cluster's bus", refusal=IMMUTABLE, since="7.0.0")
    cluster_node_timeout = Known(Integer(0, LONGEST), 15000, "Milliseconds after which a node counts as failed")
    cluster_replica_validity_factor = Known(
        Integer(0, INT_MAX), 10, "How old the data of a new primary may be", alias="cluster-slave-validity-factor"
    )
    cluster_replica_no_failover = Known(
        Boolean(), False, "Let replicas not become primaries", alias="cluster-slave-no-failover"
    )
    cluster_migration_barrier = Known(Integer(0, INT_MAX), 1, "Replicas that stay with a primary")
    cluster_allow_replica_migration = Known(Boolean(), True, "Let replicas change their primary")
    cluster_require_full_coverage = Known(Boolean(), True, "Serve only while all slots are served")
    cluster_allow_reads_when_down = Known(Boolean(), False, "Serve reads while the cluster is down")
    cluster_allow_pubsubshard_when_down = Known(
        Boolean(), True, "Serve shard channels while the cluster is down", since="7.0.0"
    )
    cluster_link_sendbuf_limit = Known(UnsignedMemory(0, LONGEST), 0, "Send buffer of the cluster's bus", since="7.0.0")
    cluster_announce_ip = Known(Text(), "", "Address that a node reports")
    cluster_announce_port = Known(Integer(0, 65535), 0, "Port that a node reports")
    cluster_announce_tls_port = Known(Integer(0, 65535), 0, "TLS port that a node reports")
    cluster_announce_bus_port = Known(Integer(0, 65535), 0, "Port of the bus that a node reports")
    cluster_announce_hostname = Known(HostName(), "", "Host name that a node reports", since="7.0.0")
    cluster_announce_human_nodename = Known(NodeName(), "", "Name of a node for the log", since="7.2.0")
    cluster_preferred_endpoint_type = Known(
        Choice("ip", "hostname", "unknown-endpoint"), "ip", "What clients are redirected to", since="7.0.0"
    )
    cluster_compatibility_sample_ratio = Known(
        Integer(0, 100), 0, "Percentage of commands checked for clusters", since="8.0.0"
    )
    cluster_slot_stats_enabled = Known(Boolean(), False, "Keep statistics of slots", since="8.2.0 valkey-8.0.0")

    # What only Valkey has
    availability_zone = Known(Text(), "", "Zone that INFO and CLUSTER report", since="valkey-8.1.0")
    active_defrag_cycle_us = Known(
        Integer(0, 100000), 500, "Microseconds of a cycle of defragmentation", since="valkey-8.1.0"
    )
    prefetch_batch_max_size = Known(
        Integer(0, 128), 16, "Requests whose keys are fetched together", since="valkey-8.0.0"
    )
    extended_redis_compatibility = Known(Boolean(), False, "Call the server Redis", since="valkey-8.0.0")
    import_mode = Known(Boolean(), False, "Let keys not expire while data are brought in", since="valkey-8.1.0")
    hash_seed = Known(Text(), "", "Seed of the hash tables", refusal=IMMUTABLE, since="valkey-9.0.0")
    log_format = Known(Choice("legacy", "logfmt", "json"), "legacy", "Format of the log", since="valkey-8.1.0")
    log_timestamp_format = Known(
        Choice("legacy", "iso8601", "milliseconds"), "legacy", "Format of the times in the log", since="valkey-8.1.0"
    )
    rdb_version_check = Known(
        Choice("strict", "relaxed"), "strict", "Load snapshots of unknown versions, or do not", since="valkey-8.1.0"
    )
    mptcp = Known(Boolean(), False, "Multipath TCP", refusal=IMMUTABLE, since="valkey-9.0.0")
    repl_mptcp = Known(Boolean(), False, "Multipath TCP to the primary", refusal=IMMUTABLE, since="valkey-9.0.0")
    rdma_bind = Known(Text(), "", "Addresses for RDMA", since="valkey-8.1.0")
    rdma_port = Known(Integer(0, 65535), 0, "Port for RDMA", since="valkey-8.1.0")
    rdma_rx_size = Known(Integer(0, INT_MAX), 2**20, "Receive buffer of RDMA", refusal=IMMUTABLE, since="valkey-8.1.0")
    rdma_completion_vector = Known(
        Integer(-1, INT_MAX), -1, "Completion vector of RDMA", refusal=IMMUTABLE, since="valkey-8.1.0"
    )
    dual_channel_replication_enabled = Known(
        Boolean(), False, "Send a snapshot beside the changes", since="valkey-8.0.0"
    )
    cluster_databases = Known(
        Integer(1, INT_MAX), 1, "Number of databases of a cluster", refusal=IMMUTABLE, since="valkey-9.0.0"
    )
    cluster_announce_client_ipv4 = Known(Text(), "", "Address that clients of a node are told", since="valkey-8.0.0")
    cluster_announce_client_ipv6 = Known(Text(), "", "The same for IPv6", since="valkey-8.0.0")
    cluster_announce_client_port = Known(
        Integer(0, 65535), 0, "Port that clients of a node are told", since="valkey-9.1.0"
    )
    cluster_announce_client_tls_port = Known(Integer(0, 65535), 0, "The same for TLS", since="valkey-9.1.0")
    cluster_blacklist_ttl = Known(
        Integer(-LONGEST, LONGEST), 60, "Seconds for which a forgotten node stays so", since="valkey-8.0.0"
    )
    cluster_config_save_behavior = Known(
        Choice("sync", "best-effort"), "sync", "What to do when the nodes' file cannot be written", since="valkey-9.1.0"
    )
    cluster_manual_failover_timeout = Known(
        Integer(1, INT_MAX), 5000, "Milliseconds of a manual failover", since="valkey-8.1.0"
    )
    cluster_slot_migration_log_max_len = Known(Integer(0, LONGEST), 1000, "Migrations kept", since="valkey-9.0.0")
    slot_migration_max_failover_repl_bytes = Known(
        Memory(-1, LONGEST), 0, "Bytes left of a migration when it is ended", since="valkey-9.0.0"
    )

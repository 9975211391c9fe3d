"""The settings servers run with, wherever they run: fixed, so that runs can be compared, and durable, as production is.

One table per product, as its own configuration names them. A local server and a container get the same.
"""

from __future__ import annotations

from collections.abc import Mapping

POSTGRES: Mapping[str, str] = {
    "fsync": "on",
    "synchronous_commit": "on",
    "shared_buffers": "512MB",
    "effective_cache_size": "2GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "256MB",
    "random_page_cost": "1.1",
    "max_wal_size": "4GB",
    # Nothing of its own accord in the middle of a measurement; the lab vacuums and analyses itself.
    "autovacuum": "off",
    "checkpoint_timeout": "30min",
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
    "max_connections": "50",
    # A schema for each of hundreds of tenants is made by one migration, in one transaction.
    "max_locks_per_transaction": "1024",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "fatal",
}

MYSQL: Mapping[str, str] = {
    "innodb-flush-log-at-trx-commit": "1",
    "innodb-doublewrite": "ON",
    "innodb-flush-method": "O_DIRECT",
    "innodb-buffer-pool-size": "512M",
    # One server without replicas: InnoDB's own log is what makes a commit durable.
    "skip-log-bin": "ON",
    "loose-innodb-redo-log-capacity": "512M",  # MySQL's name for it
    "loose-innodb-log-file-size": "512M",  # MariaDB's
    # Nothing of its own accord in the middle of a measurement; the lab analyses itself.
    "innodb-stats-auto-recalc": "OFF",
    "innodb-buffer-pool-dump-at-shutdown": "OFF",
    "innodb-buffer-pool-load-at-startup": "OFF",
    "event-scheduler": "OFF",
    # Full text finds words of any length, as PostgreSQL's `simple` and SQLite's FTS5 do.
    "innodb-ft-min-token-size": "1",
    "max-connections": "50",
    "default-time-zone": "+00:00",
    "character-set-server": "utf8mb4",
    "local-infile": "ON",
    "skip-name-resolve": "ON",
}
"""For MySQL and MariaDB."""

MONGODB: Mapping[str, str] = {
    # WiredTiger's journal is on, and written before a write is acknowledged: the lab asks for `j: true`.
    "wiredTigerCacheSizeGB": "0.5",
    "setParameter=diagnosticDataCollectionEnabled": "false",
    # No document goes while it is measured: the data's present lies in the past, and TTL indexes go by the clock.
    "setParameter=ttlMonitorEnabled": "false",
    # Where that is what is measured, it is done once a second.
    "setParameter=ttlMonitorSleepSecs": "1",
}

REDIS: Mapping[str, str] = {
    # A write is on the disk before it is acknowledged.
    "appendonly": "yes",
    "appendfsync": "always",
    "save": "",
    "maxmemory": "0",
    "databases": "64",
    # A script that runs too long can be stopped after so many milliseconds, not before.
    "busy-reply-threshold": "100",
}

"""Backup and recovery on each engine, as commands a shell runs.

Variables stand for what differs from place to place; tests run these very commands.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lab.report.blocks import Block, Bullets, Code, Heading, Paragraph, Section


@dataclass(frozen=True, slots=True)
class Procedure:
    """Commands of a POSIX shell: to dump a database, to restore the dump beside it, and to compare the two, whose
    outputs have to be the same. `variables` says what each variable holds."""

    variables: Mapping[str, str]
    dump: str
    restore: str
    compare: tuple[str, str]
    beyond: tuple[str, ...]
    """What a dump alone does not give."""


_POSTGRES = Procedure(
    {
        "URL": "the database: postgresql://user@host:5432/shop, its password in ~/.pgpass",
        "COPY_URL": "an empty database for the restored copy",
        "DUMP": "a folder for the dump",
    },
    'pg_dump --format=directory --jobs=2 --no-owner --file="$DUMP" "$URL"\npg_restore --list "$DUMP" > /dev/null',
    'pg_restore --exit-on-error --no-owner --jobs=2 --dbname="$COPY_URL" "$DUMP"\n'
    'psql --no-psqlrc --quiet --command=ANALYZE "$COPY_URL"',
    (
        # pg_dump 18 and later minor releases write a random key into plain dumps.
        'pg_dump --no-owner --format=plain "$URL" | grep -v "restrict " | sort | sha256sum',
        'pg_dump --no-owner --format=plain "$COPY_URL" | grep -v "restrict " | sort | sha256sum',
    ),
    (
        "Roles and their passwords are the server's, not the database's: `pg_dumpall --globals-only`.",
        "A dump is a point in time. To lose minutes at most, archive the write-ahead log: `archive_mode = on`, a base "
        "backup by `pg_basebackup` each night, and recovery with `recovery_target_time` (manual, 25.3).",
        "From PostgreSQL 17 on, `pg_basebackup --incremental` and `pg_combinebackup` make large bases cheap.",
    ),
)
_MYSQL_TEXT = (
    'mysqldump --defaults-extra-file="$OPTIONS" --single-transaction --routines --no-tablespaces \\\n'
    "  --set-gtid-purged=OFF --order-by-primary --skip-comments"
)
# A column's own character set is spelled out in a restored table, and not in the one it was dumped from.
_MYSQL_SUM = "sed 's/ CHARACTER SET [a-z0-9]*//' | sha256sum"
_MYSQL = Procedure(
    {
        "OPTIONS": "a file with [client] host, user and password, readable by its owner alone",
        "DATABASE": "the database",
        "COPY": "an empty database for the restored copy",
        "DUMP": "a file for the dump",
    },
    'mysqldump --defaults-extra-file="$OPTIONS" --single-transaction --routines --triggers --events --hex-blob \\\n'
    '  --no-tablespaces --set-gtid-purged=OFF --skip-dump-date "$DATABASE" > "$DUMP"\n'
    'tail -n 1 "$DUMP" | grep -q "Dump completed"',
    'mysql --defaults-extra-file="$OPTIONS" "$COPY" < "$DUMP"',
    (f'{_MYSQL_TEXT} "$DATABASE" | {_MYSQL_SUM}', f'{_MYSQL_TEXT} "$COPY" | {_MYSQL_SUM}'),
    (
        "Accounts are the server's: `mysqldump mysql`, or SHOW CREATE USER for each.",
        "To lose minutes at most, keep the binary log (`log_bin`) and replay it to a moment: "
        "`mysqlbinlog --stop-datetime=… | mysql`.",
        "Above some 100 GB copy files instead: `CLONE LOCAL DATA DIRECTORY`, or Percona XtraBackup.",
    ),
)
_SQLITE = Procedure(
    {"FILE": "the database", "COPY": "a file for the restored copy", "DUMP": "a file for the backup"},
    'sqlite3 "$FILE" ".backup \'$DUMP\'"\n[ "$(sqlite3 "$DUMP" "PRAGMA integrity_check")" = ok ]',
    'cp "$DUMP" "$COPY"',
    ('sqlite3 "$FILE" .dump | sha256sum', 'sqlite3 "$COPY" .dump | sha256sum'),
    (
        "`.backup` is safe while others write; copying the file of a database in use is not.",
        "To lose seconds at most, replicate the write-ahead log, as Litestream does.",
    ),
)
_MONGODB = Procedure(
    {
        "URL": "the server: mongodb://user@host:27017",
        "DATABASE": "the database",
        "COPY": "the name of the restored copy",
        "DUMP": "a file for the archive",
    },
    'mongodump --uri="$URL" --db="$DATABASE" --gzip --archive="$DUMP"',
    'mongorestore --uri="$URL" --gzip --archive="$DUMP" --stopOnError --nsInclude="$DATABASE.*" \\\n'
    '  --nsFrom="$DATABASE.*" --nsTo="$COPY.*"',
    (
        "mongosh --quiet \"$URL/$DATABASE\" --eval 'JSON.stringify(db.runCommand({dbHash: 1}).collections)'",
        "mongosh --quiet \"$URL/$COPY\" --eval 'JSON.stringify(db.runCommand({dbHash: 1}).collections)'",
    ),
    (
        "On a replica set add `--oplog` and `--oplogReplay`, without --db: the dump is then of one moment.",
        "A sharded cluster wants snapshots of all shards at once: Atlas, or Ops Manager.",
    ),
)
_REDIS_DIGEST = """eval 'local lines = {}
for _, key in ipairs(redis.call("KEYS", "*")) do
  local kind = redis.call("TYPE", key).ok
  local found = redis.call(unpack(({
    string = {"GET", key}, hash = {"HGETALL", key}, list = {"LRANGE", key, 0, -1}, set = {"SMEMBERS", key},
    zset = {"ZRANGE", key, 0, -1, "WITHSCORES"}, stream = {"XRANGE", key, "-", "+"}
  })[kind]))
  if kind == "set" or kind == "hash" then table.sort(found) end
  lines[#lines + 1] = cjson.encode({key, kind, found, redis.call("PEXPIRETIME", key)})
end
table.sort(lines)
return redis.sha1hex(table.concat(lines, "|"))' 0"""
_REDIS = Procedure(
    {
        "DATABASE": "the database's number",
        "PORT": "the server's port; its password in REDISCLI_AUTH",
        "DUMP": "a file for the snapshot",
        "COPY_PORT": "a port for the restored copy",
        "COPY": "an empty folder for its data",
    },
    'redis-cli -p "$PORT" --rdb "$DUMP"\nredis-check-rdb "$DUMP" > /dev/null',
    'cp "$DUMP" "$COPY/dump.rdb"\n'
    'redis-server --port "$COPY_PORT" --dir "$COPY" --dbfilename dump.rdb --appendonly no --save "" \\\n'
    '  --daemonize yes --pidfile "$COPY/redis.pid" --bind 127.0.0.1 --databases 64\n'
    'until redis-cli -p "$COPY_PORT" ping 2> /dev/null | grep -q PONG; do sleep 0.1; done',
    (
        f'redis-cli -p "$PORT" -n "$DATABASE" {_REDIS_DIGEST}',
        f'redis-cli -p "$COPY_PORT" -n "$DATABASE" {_REDIS_DIGEST}',
    ),
    (
        "Of a cache nothing needs a backup: it is filled again from the database.",
        "What only Redis holds wants `appendonly yes` with `appendfsync everysec`, which loses a second at most.",
    ),
)
PROCEDURES: Mapping[str, Procedure] = {
    "postgres": _POSTGRES,
    "mysql": _MYSQL,
    "sqlite": _SQLITE,
    "mongodb": _MONGODB,
    "redis": _REDIS,
}


def section(engine: str, title: str) -> Section:
    procedure = PROCEDURES["mysql" if engine == "mariadb" else engine]
    first, second = procedure.compare
    blocks: list[Block] = [
        Paragraph(
            "A backup that was never restored is a hope. Each night: dump, restore the dump beside the original, "
            "compare the two, and raise the alarm when a command fails or the outputs differ. Keep seven daily, four "
            "weekly and twelve monthly dumps, one copy of each away from the server, encrypted."
        ),
        Bullets(tuple(f"`{name}`: {meaning}" for name, meaning in procedure.variables.items())),
        Heading("Dump", 3),
        Code(f"set -eu\n{procedure.dump}", "text"),
        Heading("Restore", 3),
        Code(f"set -eu\n{procedure.restore}", "text"),
        Heading("Compare", 3),
        Paragraph("While nobody writes, the two print the same:"),
        Code(f"{first}\n{second}", "text"),
        Heading("Beyond a dump", 3),
        Bullets(procedure.beyond),
    ]
    if engine == "mariadb":
        blocks.append(Paragraph("MariaDB's programs are `mariadb-dump` and `mariadb`, without --set-gtid-purged."))
    return Section("backup", f"Backup and recovery: {title}", tuple(blocks))

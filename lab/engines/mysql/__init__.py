"""MySQL 8.0 and newer. What it shares with MariaDB lies in the modules beside this one."""

from __future__ import annotations

from functools import partial

from lab.engines.mysql import changes, clone, ddl, indexes, session
from lab.engines.mysql.database import MysqlDatabase
from lab.engines.mysql.dialect import Dialect
from lab.engines.mysql.wire import TIMED_INTERVAL

DIALECT = Dialect(
    name="mysql",
    title="MySQL",
    is_mariadb=False,
    collation="utf8mb4_0900_bin",
    caseless_collation="utf8mb4_0900_as_ci",
    session={
        "sql_mode": (
            "'ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,"
            "NO_ENGINE_SUBSTITUTION'"
        ),
        "time_zone": "'+00:00'",
        "cte_max_recursion_depth": "4294967295",
        "group_concat_max_len": "4294967295",
        "lock_wait_timeout": "60",
        "information_schema_stats_expiry": "0",
    },
    settings=tuple(
        (
            "innodb_adaptive_hash_index innodb_buffer_pool_size innodb_change_buffering innodb_doublewrite "
            "innodb_flush_log_at_trx_commit innodb_flush_method innodb_io_capacity innodb_log_buffer_size "
            "innodb_page_size innodb_redo_log_capacity innodb_stats_auto_recalc innodb_stats_persistent_sample_pages "
            "join_buffer_size log_bin performance_schema sort_buffer_size sync_binlog tmp_table_size "
            "transaction_isolation version"
        ).split()
    ),
    timeout="max_execution_time",
    timeout_units=1000,
    timeout_decimals=0,
    explain="EXPLAIN ANALYZE",
    explain_write="EXPLAIN FORMAT=TREE",
    has_gaps_in_plans=True,
    hidden="INVISIBLE",
    shown="VISIBLE",
    hidden_flag="if(is_visible = 'NO', 'invisible', '')",
    seeing_hidden="use_invisible_indexes=on",
    inner_tables="innodb_tables",
    tablespaces="innodb_tablespaces",
    first_matching_generated=(0,),
    has_functional_indexes=True,
    has_json_type=True,
    has_generated_not_null=True,
    has_check_names_per_database=True,
    renames_copied_checks=True,
)

name = DIALECT.name
title = DIALECT.title
noop_sql = "SELECT 1"
load_connections = 1
timed_interval = TIMED_INTERVAL
decodes_in_time = False
has_server = True
supports_invisible_indexes = True
create_sql = partial(ddl.create_sql, DIALECT)
change_sql = partial(changes.change_sql, DIALECT)
query_sql = partial(changes.query_sql, DIALECT)
hidden_index_sql = partial(indexes.hidden_index_sql, DIALECT)
hide_index_sql = partial(indexes.hide_index_sql, DIALECT)
show_index_sql = partial(indexes.show_index_sql, DIALECT)
connect = partial(MysqlDatabase, DIALECT)
create_database = partial(session.create_database, DIALECT)
clone_database = partial(clone.clone_database, DIALECT)
drop_database = partial(session.drop_database, DIALECT)
list_databases = partial(session.list_databases, DIALECT)
server_version = partial(session.server_version, DIALECT)
settings = partial(session.settings, DIALECT)

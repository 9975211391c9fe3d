"""MariaDB 10.11 and newer: MySQL's dialect with fewer words and some of its own."""

from __future__ import annotations

from functools import partial

from lab.engines.mysql import changes, clone, ddl, indexes, session
from lab.engines.mysql.database import MysqlDatabase
from lab.engines.mysql.dialect import Dialect
from lab.engines.mysql.wire import TIMED_INTERVAL

DIALECT = Dialect(
    name="mariadb",
    title="MariaDB",
    is_mariadb=True,
    collation="utf8mb4_nopad_bin",
    caseless_collation="utf8mb4_uca1400_nopad_as_ci",
    session={
        "sql_mode": "'STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_AUTO_CREATE_USER,NO_ENGINE_SUBSTITUTION'",
        "time_zone": "'+00:00'",
        "max_recursive_iterations": "4294967295",
        "group_concat_max_len": "4294967295",
        "lock_wait_timeout": "60",
    },
    settings=tuple(
        (
            "innodb_adaptive_hash_index innodb_buffer_pool_size innodb_doublewrite innodb_flush_log_at_trx_commit "
            "innodb_flush_method innodb_io_capacity innodb_log_buffer_size innodb_log_file_size innodb_page_size "
            "innodb_stats_auto_recalc innodb_stats_persistent_sample_pages join_buffer_size log_bin performance_schema "
            "query_cache_type sort_buffer_size sync_binlog tmp_table_size tx_isolation version"
        ).split()
    ),
    timeout="max_statement_time",
    timeout_units=1,
    timeout_decimals=3,
    explain="ANALYZE FORMAT=JSON",
    explain_write="ANALYZE FORMAT=JSON",
    has_gaps_in_plans=False,
    hidden="IGNORED",
    shown="NOT IGNORED",
    hidden_flag="if(ignored = 'YES', 'ignored', '')",
    seeing_hidden="",
    inner_tables="innodb_sys_tables",
    tablespaces="innodb_sys_tablespaces",
    first_matching_generated=(11, 8),
    has_functional_indexes=False,
    has_json_type=False,
    has_generated_not_null=False,
    has_check_names_per_database=False,
    renames_copied_checks=False,
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

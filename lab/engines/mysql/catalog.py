"""What the system tables of MySQL and MariaDB are asked (MySQL manual, "INFORMATION_SCHEMA Tables")."""

from __future__ import annotations

from collections.abc import Iterator

from lab.engines.mysql.dialect import Dialect, quote
from lab.engines.mysql.driver import Connection
from lab.engines.mysql.session import ask
from lab.model.run import Relation

_TABLES = """
    SELECT concat('table ', table_name), concat_ws(' ', engine, table_collation, create_options, table_comment)
    FROM information_schema.tables WHERE table_schema = database() AND table_type = 'BASE TABLE'"""
_COLUMNS = """
    SELECT concat('column ', table_name, ' #', ordinal_position),
           concat_ws(' ', column_name, column_type, coalesce(collation_name, ''),
                     if(is_nullable = 'NO', 'not null', ''), concat('default ', column_default), extra,
                     coalesce(generation_expression, ''), column_comment)
    FROM information_schema.columns WHERE table_schema = database()"""
_INDEXES = """
    SELECT concat('index ', table_name, '.', index_name),
           concat_ws(' ', min(if(non_unique, '', 'unique')), min(index_type), min({flag}),
                     group_concat(concat(coalesce(column_name, {expression}), coalesce(concat('(', sub_part, ')'), ''),
                                         if(collation = 'D', ' desc', '')) ORDER BY seq_in_index SEPARATOR ', '))
    FROM information_schema.statistics WHERE table_schema = database() GROUP BY table_name, index_name"""
_CHECKS = """
    SELECT concat('check ', t.table_name, '.', c.constraint_name), c.check_clause
    FROM information_schema.check_constraints c
    JOIN information_schema.table_constraints t
      ON t.constraint_schema = c.constraint_schema AND t.constraint_name = c.constraint_name{owner}
    WHERE c.constraint_schema = database() AND t.constraint_type = 'CHECK'"""
_FOREIGN_KEYS = """
    SELECT concat('foreign key ', r.table_name, '.', r.constraint_name),
           concat(group_concat(k.column_name ORDER BY k.ordinal_position), ' -> ', r.referenced_table_name, ' ',
                  group_concat(k.referenced_column_name ORDER BY k.ordinal_position),
                  ' on delete ', r.delete_rule, ' on update ', r.update_rule)
    FROM information_schema.referential_constraints r
    JOIN information_schema.key_column_usage k
      ON k.constraint_schema = r.constraint_schema AND k.constraint_name = r.constraint_name
         AND k.table_name = r.table_name
    WHERE r.constraint_schema = database()
    GROUP BY r.table_name, r.constraint_name, r.referenced_table_name, r.delete_rule, r.update_rule"""
_PARTITIONS = """
    SELECT concat('partition ', table_name, '.', partition_name),
           concat_ws(' ', partition_method, partition_expression, coalesce(partition_description, ''))
    FROM information_schema.partitions WHERE table_schema = database() AND partition_name IS NOT NULL"""
_TRIGGERS = """
    SELECT concat('trigger ', trigger_name),
           concat_ws(' ', action_timing, event_manipulation, event_object_table, action_order, action_statement)
    FROM information_schema.triggers WHERE trigger_schema = database()"""
_VIEWS = """
    SELECT concat('view ', table_name), replace(view_definition, concat('`', database(), '`.'), '')
    FROM information_schema.views WHERE table_schema = database()"""
_ROUTINES = """
    SELECT concat(lower(r.routine_type), ' ', r.routine_name),
           concat_ws(' ', (SELECT group_concat(concat_ws(' ', p.parameter_mode, p.parameter_name, p.dtd_identifier)
                                               ORDER BY p.ordinal_position)
                           FROM information_schema.parameters p
                           WHERE p.specific_schema = r.routine_schema AND p.specific_name = r.specific_name
                             AND p.routine_type = r.routine_type),
                     r.is_deterministic, r.sql_data_access, r.routine_definition)
    FROM information_schema.routines r WHERE r.routine_schema = database()"""
_EVENTS = """
    SELECT concat('event ', event_name),
           concat_ws(' ', event_type, execute_at, interval_value, interval_field, status, event_definition)
    FROM information_schema.events WHERE event_schema = database()"""
_SIZES = """
    SELECT table_name, data_length, index_length FROM information_schema.tables
    WHERE table_schema = database() AND table_type = 'BASE TABLE' ORDER BY table_name"""
_FULL_TEXT_FILES = """
    SELECT substring_index(t.name, '/', -1), coalesce(sum(s.file_size), 0)
    FROM information_schema.{tables} t
    JOIN information_schema.{tablespaces} s
      ON locate(concat(database(), '/fts_', lower(lpad(hex(t.table_id), 16, '0')), '_'), s.name) = 1
    WHERE locate(concat(database(), '/'), t.name) = 1 GROUP BY t.name"""


def catalog(connection: Connection, dialect: Dialect) -> dict[str, str]:
    """Every object of the connection's database by name, with a definition that is equal for equal objects."""
    return {key: " ".join(str(text).split()) for query in _queries(dialect) for key, text in ask(connection, query)}


def _queries(dialect: Dialect) -> Iterator[str]:
    expression = "concat('(', expression, ')')" if dialect.has_functional_indexes else "NULL"
    yield _TABLES
    yield _COLUMNS
    yield _INDEXES.format(flag=dialect.hidden_flag, expression=expression)
    yield _CHECKS.format(owner="" if dialect.has_check_names_per_database else " AND t.table_name = c.table_name")
    yield from (_FOREIGN_KEYS, _PARTITIONS, _TRIGGERS, _VIEWS, _ROUTINES, _EVENTS)


def relations(connection: Connection, dialect: Dialect) -> tuple[Relation, ...]:
    """Rows are counted; pages are those the statistics were last brought up to date with."""
    full_text = _full_text_bytes(connection, dialect)
    return tuple(
        Relation(table, _count(connection, table), int(data), int(indexes) + full_text.get(table, 0))
        for table, data, indexes in ask(connection, _SIZES)
    )


def _count(connection: Connection, table: str) -> int:
    return int(ask(connection, f"SELECT count(*) FROM {quote(table)}")[0][0])


def _full_text_bytes(connection: Connection, dialect: Dialect) -> dict[str, int]:
    """A full-text index lies in files of its own, which the statistics of its table leave out."""
    if not ask(
        connection,
        "SELECT 1 FROM information_schema.statistics WHERE table_schema = database() "
        "AND index_type = 'FULLTEXT' LIMIT 1",
    ):
        return {}
    query = _FULL_TEXT_FILES.format(tables=dialect.inner_tables, tablespaces=dialect.tablespaces)
    return {table: int(size) for table, size in ask(connection, query)}


def base_tables(connection: Connection) -> list[str]:
    return [name for name, _, _ in ask(connection, _SIZES)]


def names(connection: Connection) -> list[str]:
    """Of tables and columns, for "did you mean"."""
    query = "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = database()"
    found = ask(connection, query)
    return sorted({table for table, _ in found} | {column for _, column in found})

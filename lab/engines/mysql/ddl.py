"""A schema as MySQL and MariaDB are told it: InnoDB tables with their keys and checks before the rows, secondary
indexes and references after them.

A foreign key without an index that serves it gets one from the server, under the constraint's name; the server gives
it up when an index is made that serves as well. So constraints are always named.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

import sqlglot
from sqlglot import exp

from lab.engines.beyond import beyond
from lab.engines.ddl import check_names
from lab.engines.engine import Ddl
from lab.engines.mysql.dialect import Dialect, Losses, literal, quote, quote_all
from lab.engines.mysql.indexes import Fitted, fitted_index
from lab.engines.mysql.partitions import partition_clause
from lab.engines.mysql.translate import expression
from lab.engines.mysql.types import ColumnType, column_type, key_limits
from lab.model.schema import Check, Column, ForeignKey, Key, Schema, Table

_NOW = re.compile(r"(?i)now\(\)|current_timestamp(\(\d\))?|localtimestamp(\(\d\))?|current_(date|time)(\(\d\))?")
_LONGEST_NAME = 64
_LONGEST_COLUMN_COMMENT = 1024
_LONGEST_TABLE_COMMENT = 2048


class TableWords:
    """One table in the engine's words; what it cannot say is noted in `losses`."""

    def __init__(self, dialect: Dialect, schema: Schema, table: Table, losses: Losses) -> None:
        self.dialect = dialect
        self.schema = schema
        self.table = table
        self.losses = losses
        limits = key_limits(table, schema, dialect)
        self.types: dict[str, ColumnType] = {
            column.name: column_type(column.type, schema.enum(column.type.name), dialect, limits.get(column.name))
            for column in table.columns
        }
        self.identity = next((column.name for column in table.columns if column.identity), None)

    def create(self) -> str:
        lines = [self.column(column) for column in self.table.columns]
        if self.table.primary_key:
            lines.append(self.primary_key(self.table.primary_key))
        lines += self._identity_key()
        lines += self.checks()
        body = ",\n  ".join(lines)
        options = f"ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = {self.dialect.collation}"
        if self.table.comment:
            options += f" COMMENT = {self._comment(self.table.comment, _LONGEST_TABLE_COMMENT)}"
        if self.table.namespace not in (None, "public"):
            self._lose(f"namespace of {self.table.name}", f"{self.table.namespace} is not kept")
        return f"CREATE TABLE {quote(self.table.name)} (\n  {body}\n) {options}{self._partitions()}"

    def column(self, column: Column) -> str:
        """A column's definition."""
        where, kind = f"{self.table.name}.{column.name}", self.types[column.name]
        if kind.loss:
            self.losses.note(f"{column.type} of {where}", kind.loss, column.position)
        parts = [quote(column.name), kind.sql]
        if column.generated is not None:
            parts += self._generated(column, where)
        else:
            parts += [] if column.is_nullable else ["NOT NULL"]
            parts += self._default(column, kind, where)
        if column.comment:
            parts.append(f"COMMENT {self._comment(column.comment, _LONGEST_COLUMN_COMMENT)}")
        return " ".join(parts)

    def _generated(self, column: Column, where: str) -> list[str]:
        made = expression(column.generated or "", self.dialect)
        if made is None or self.identity in _columns_in(column.generated or ""):
            self.losses.note(f"generated column {where}", "stays NULL: its expression cannot be said", column.position)
            return []
        base = _columns_in(column.generated or "")
        is_changed = any(base & set(key.columns) and key.writes_columns for key in self.table.foreign_keys)
        parts = [f"GENERATED ALWAYS AS ({made}) {'VIRTUAL' if is_changed else 'STORED'}"]
        if not column.is_nullable and self.dialect.has_generated_not_null:
            parts.append("NOT NULL")
        return parts

    def _default(self, column: Column, kind: ColumnType, where: str) -> list[str]:
        if column.identity:
            if column.name == self.identity:
                return ["AUTO_INCREMENT"]
            self.losses.note(f"identity of {where}", "must be given: a table has one AUTO_INCREMENT", column.position)
            return []
        if column.default is None or column.default.upper() == "NULL":
            return []
        if (default := default_clause(column, kind, self.dialect)) is None:
            self.losses.note(f"default of {where}", "must be given by the application", column.position)
            return []
        return [f"DEFAULT {default}"]

    def _identity_key(self) -> list[str]:
        """AUTO_INCREMENT has to lead a key from the start."""
        table, name = self.table, self.identity
        if name is None or any(key.columns[0] == name for key in ((table.primary_key,) if table.primary_key else ())):
            return []
        return [f"KEY {quote(_name(table.name, name, 'identity'))} ({quote(name)})"]

    def primary_key(self, key: Key) -> str:
        return f"PRIMARY KEY ({quote_all(key.columns)})"

    def checks(self) -> Iterator[str]:
        names: set[str] = set()
        for check in self.table.checks:
            name = self._check_name(check, names)
            names.add(name)
            if clause := self._check(check):
                yield f"CONSTRAINT {quote(name)} {clause}"

    def _check(self, check: Check) -> str | None:
        what = f"check ({check.expression}) on {self.table.name}"
        text = expression(check.expression, self.dialect)
        reason = self.refusal(check) if text else f"{self.dialect.title} has no such expression"
        if reason:
            self.losses.note(what, f"not enforced: {reason}", check.position)
            return None
        is_bare = isinstance(sqlglot.parse_one(check.expression, read="postgres").unnest(), exp.Column)
        return f"CHECK ({text} = TRUE)" if is_bare else f"CHECK ({text})"

    def refusal(self, check: Check) -> str:
        """Why the engine does not take a check whose expression it has; empty when it does."""
        used = _columns_in(check.expression)
        if self.identity in used:
            return f"{self.dialect.title} checks no AUTO_INCREMENT column"
        if any(used & set(key.columns) and key.writes_columns for key in self.table.foreign_keys):
            return f"{self.dialect.title} checks no column a foreign key's action changes"
        return ""

    def _check_name(self, check: Check, taken: set[str]) -> str:
        """As PostgreSQL would name it. Its names are the table's own, MySQL's the database's."""
        if check.name is not None:
            namesakes = [other for table in self.schema.tables for other in table.checks if other.name == check.name]
            return check.name if len(namesakes) <= 1 else _name(self.table.name, check.name)
        used = _columns_in(check.expression)
        stem = (self.table.name, *used) if len(used) == 1 else (self.table.name,)
        numbered = (_name(*stem, f"check{number or ''}") for number in itertools.count())
        return next(name for name in numbered if name not in taken)

    def _partitions(self) -> str:
        if self.table.partitioning is None:
            return ""
        clause = partition_clause(self.table.partitioning)
        if clause is None:
            self._lose(f"partitions of {self.table.name}", "one table holds all rows")
            return ""
        return f"\n{clause}"

    def _lose(self, what: str, consequence: str) -> None:
        self.losses.note(what, consequence, self.table.position)

    def _comment(self, text: str, longest: int) -> str:
        if len(text) > longest:
            self._lose(f"comment in {self.table.name}", f"cut after {longest} characters")
        return literal(text[:longest])

    def unique(self, key: Key) -> str | None:
        """UNIQUE over a key's columns, as a clause of ALTER TABLE; None when it cannot be had."""
        name = key.name or _name(self.table.name, *key.columns, "key")
        documents = [column for column in key.columns if self.types[column].sql == "JSON"]
        if documents:
            self.losses.note(
                f"key {name} of {self.table.name}", f"not created: {', '.join(documents)} is a document", key.position
            )
            return None
        return f"ADD UNIQUE KEY {quote(name)} ({quote_all(key.columns)})"

    def indexes(self) -> Iterator[Fitted]:
        for index in self.table.indexes:
            if (fitted := fitted_index(index, self.dialect, self.losses, self.types)) is not None:
                yield fitted

    def reference(self, key: ForeignKey) -> str | None:
        """A foreign key as a clause of ALTER TABLE; None when it cannot be kept."""
        name = key.name or _name(self.table.name, *key.columns, "fkey")
        if reason := self._mismatch(key):
            self.losses.note(f"foreign key {name} of {self.table.name}", f"not enforced: {reason}", key.position)
            return None
        if key.is_deferrable:
            self.losses.note(f"DEFERRABLE of {name}", "checked with every row", key.position)
        clause = f"ADD CONSTRAINT {quote(name)} FOREIGN KEY ({quote_all(key.columns)})"
        clause += f" REFERENCES {quote(key.table)} ({quote_all(key.referenced)})"
        return clause + self._actions(key, name)

    def _mismatch(self, key: ForeignKey) -> str:
        """Why the engine refuses the reference; empty when it does not, or the parent is not of this schema."""
        known = next((table for table in self.schema.tables if table.name == key.table), None)
        if known is None:
            return ""
        parent = TableWords(self.dialect, self.schema, known, Losses())
        if self.table.partitioning or parent.table.partitioning:
            return "InnoDB has no foreign keys on partitioned tables"
        for ours, theirs in zip(key.columns, key.referenced, strict=True):
            kinds = self.types[ours].sql, parent.types[theirs].sql
            if _family(kinds[0]) != _family(kinds[1]):
                return f"{ours} is {kinds[0]}, {key.table}.{theirs} is {kinds[1]}"
        return ""

    def _actions(self, key: ForeignKey, name: str) -> str:
        clause = ""
        for event, action in (("DELETE", key.on_delete), ("UPDATE", key.on_update)):
            if reason := self._refused(key, event, action):
                self.losses.note(f"ON {event} {action.upper()} of {name}", f"refused instead: {reason}", key.position)
            elif action != "no action":
                clause += f" ON {event} {action.upper()}"
        return clause

    def _refused(self, key: ForeignKey, event: str, action: str) -> str:
        if action == "set default":
            return "InnoDB has no SET DEFAULT"
        if action == "set null" and any(not self.table.column(name).is_nullable for name in key.columns):
            return "the column is NOT NULL"
        if event == "UPDATE" and action == "cascade" and key.table == self.table.name:
            return "InnoDB does not cascade an update within one table"
        return ""


def create_sql(dialect: Dialect, schema: Schema) -> Ddl:
    """Tables, keys and checks before the rows: to add a check later would copy the table. Indexes are built after
    them, all of a table in one pass, and references without reading the rows again: the lab counts orphans itself."""
    check_names(schema, dialect.title, ignores_case=False, longest_character=0xFFFF)
    losses = Losses()
    words = [TableWords(dialect, schema, table, losses) for table in schema.tables]
    losses += (loss for table in schema.tables for loss in beyond(table))
    before = [table.create() for table in words]
    after = [sql for table in words for sql in keys_and_indexes(table)]
    late = [sql for table in words for sql in references(table)]
    if late:
        after += ["SET foreign_key_checks = 0", *late, "SET foreign_key_checks = 1"]
    if any(kind.sql.startswith("TEXT") for table in words for kind in table.types.values()):
        losses.note("text without a length", "holds at most 65,535 bytes")
    for statement in schema.statements:
        losses.note(statement.what, "not created: it is written in PostgreSQL's language", statement.position)
    return Ddl(tuple(before), tuple(after), tuple(losses))


def keys_and_indexes(words: TableWords) -> Iterator[str]:
    """All plain ones in one pass over the rows; each over an expression in a pass of its own."""
    indexes = list(words.indexes())
    clauses = [clause for key in words.table.uniques if (clause := words.unique(key))]
    clauses += [index.clause() for index in indexes if not index.has_expressions]
    if clauses:
        yield _alter(words.table.name, clauses)
    yield from (index.create(words.table.name) for index in indexes if index.has_expressions)


def references(words: TableWords) -> Iterator[str]:
    clauses = [clause for key in words.table.foreign_keys if (clause := words.reference(key))]
    if clauses:
        yield _alter(words.table.name, clauses)


def _alter(table: str, clauses: Iterable[str]) -> str:
    return f"ALTER TABLE {quote(table)}\n  " + ",\n  ".join(clauses)


def _name(*parts: str) -> str:
    """A name as PostgreSQL would make it, as long as the engine allows."""
    *head, tail = parts
    stem = "_".join(head)[: _LONGEST_NAME - len(tail) - 1]
    return f"{stem}_{tail}"


def _columns_in(sql: str) -> set[str]:
    try:
        return {column.name for column in sqlglot.parse_one(sql, read="postgres").find_all(exp.Column)}
    except sqlglot.errors.SqlglotError:
        return set()


def _family(sql: str) -> str:
    """What two columns of a foreign key must share: lengths of text may differ."""
    return re.sub(r"(VAR)?(CHAR|BINARY)\(\d+\)", r"\2", sql)


def default_clause(column: Column, kind: ColumnType, dialect: Dialect) -> str | None:
    default = (column.default or "").strip()
    if column.type.dimensions:
        is_empty = re.match(r"(?i)'\{\}'|ARRAY\[\]", default)
        return "('[]')" if is_empty else None
    if _NOW.fullmatch(default):
        return _present(kind)
    if column.type.name == "bytea" and (digits := re.match(r"'\\x((?:[0-9a-fA-F]{2})*)'", default)):
        return f"(X'{digits[1]}')"
    if kind.sql.startswith("DATETIME") and (moment := _moment(default)):
        return moment
    text = expression(default, dialect)
    if text is None:
        return None
    is_plain = re.fullmatch(r"-?[\d.]+|'(?:[^'\\]|''|\\\\)*'|TRUE|FALSE", text) and not kind.is_long
    return text if is_plain else f"({text})"


def _moment(default: str) -> str | None:
    """A constant moment in UTC, without the zone; None when it is none."""
    found = re.fullmatch(r"'([^']+)'(?:::[\w ()]+)?", default)
    try:
        moment = datetime.fromisoformat(found[1].replace(" +", "+")) if found else None
    except ValueError:
        return None
    if moment is None:
        return None
    return literal(str(moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment))


def _present(kind: ColumnType) -> str:
    """The present moment at the column's own precision."""
    if kind.is_long or kind.sql.startswith(("VARCHAR", "CHAR")):
        return "(CURRENT_TIMESTAMP(6))"
    if kind.sql == "DATE":
        return "(CURRENT_DATE)"
    digits = re.search(r"\((\d)\)", kind.sql)
    precision = f"({digits[1]})" if digits and digits[1] != "0" else ""
    return f"(CURRENT_TIME{precision})" if kind.sql.startswith("TIME") else f"CURRENT_TIMESTAMP{precision}"

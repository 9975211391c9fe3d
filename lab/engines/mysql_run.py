"""Running scripts. MySQL and MariaDB commit with every CREATE, ALTER and DROP, so a script that fails in the middle is
taken back object by object, and what cannot be taken back is named.

Two statements of the lab's own are said otherwise where the server needs it, and that is reported as a loss: an index
of a long text gets a length, and dropping the index a foreign key leans on gives the key its own again. What a user
wrote for the engine runs as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from lab.engines.engine import StatementError, Text
from lab.engines.mysql_catalog import names
from lab.engines.mysql_dialect import PREFIX_CHARACTERS, Dialect, Losses, literal, numbers, quote, quote_all
from lab.engines.mysql_driver import Connection, err
from lab.engines.mysql_errors import KEY_WITHOUT_LENGTH, NEEDED_BY_FOREIGN_KEY, number_of, raise_for, translated
from lab.engines.mysql_session import ask
from lab.model.schema import Loss

_DROP_INDEX = re.compile(r"DROP INDEX `(?P<index>(?:[^`]|``)+)` ON `(?P<table>(?:[^`]|``)+)`")
_CREATE_INDEX = re.compile(r"CREATE INDEX `(?P<index>(?:[^`]|``)+)` ON `(?P<table>(?:[^`]|``)+)` \((?P<keys>.*)\)")
_MATERIALIZED = re.compile(
    r"(?is)\s*CREATE\s+(?:OR\s+REPLACE\s+)?MATERIALIZED\s+VIEW\s+(?:IF\s+NOT\s+EXISTS\s+)?`?(?P<view>[\w$]+)`?"
)
_GENERATED = re.compile(r"(?i)\bAS\s*\(")
_OBJECTS = (
    ("trigger", "SELECT '', trigger_name FROM information_schema.triggers WHERE trigger_schema = database()"),
    ("view", "SELECT '', table_name FROM information_schema.views WHERE table_schema = database()"),
    (
        "function",
        "SELECT '', routine_name FROM information_schema.routines WHERE routine_schema = database() "
        "AND routine_type = 'FUNCTION'",
    ),
    (
        "procedure",
        "SELECT '', routine_name FROM information_schema.routines WHERE routine_schema = database() "
        "AND routine_type = 'PROCEDURE'",
    ),
    (
        "foreign key",
        "SELECT table_name, constraint_name FROM information_schema.referential_constraints "
        "WHERE constraint_schema = database()",
    ),
    (
        "index",
        "SELECT DISTINCT table_name, index_name FROM information_schema.statistics WHERE table_schema = database()",
    ),
    ("column", "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = database()"),
    (
        "table",
        "SELECT '', table_name FROM information_schema.tables WHERE table_schema = database() "
        "AND table_type = 'BASE TABLE'",
    ),
)
"""Kinds of objects in the order they can be dropped in; each as (table it belongs to, name)."""
_DROP = {
    "trigger": "DROP TRIGGER {name}",
    "view": "DROP VIEW {name}",
    "function": "DROP FUNCTION {name}",
    "procedure": "DROP PROCEDURE {name}",
    "foreign key": "ALTER TABLE {table} DROP FOREIGN KEY {name}",
    "index": "DROP INDEX {name} ON {table}",
    "column": "ALTER TABLE {table} DROP COLUMN {name}",
    "table": "DROP TABLE {name}",
}
Objects = frozenset[tuple[str, str, str]]


class Script:
    """One run of statements on a connection."""

    def __init__(self, connection: Connection, dialect: Dialect, version: str) -> None:
        self._connection = connection
        self._dialect = dialect
        self._version = version
        self._losses = Losses()

    def run(self, texts: Sequence[Text]) -> tuple[Loss, ...]:
        """Returns what came out as less than was said."""
        before = self._objects() if len(texts) > 1 else None
        for text in texts:
            try:
                self._execute(text)
            except StatementError as error:
                if before is not None:
                    error.hint = "; ".join(filter(None, (error.hint, self._take_back(before))))
                raise
        self._note_unmatched(texts)
        return tuple(self._losses)

    def _execute(self, text: Text) -> None:
        try:
            ask(self._connection, text.sql)
        except (err.Error, OSError) as error:
            if not self._said_otherwise(text, error):
                raise_for(error, self._dialect.title, text, lambda: names(self._connection))
        self._refuse_plain_view(text)

    def _said_otherwise(self, text: Text, error: Exception) -> bool:
        """Whether a statement of the lab's own could be run in other words."""
        if text.position is not None and not text.source:
            return False
        if number_of(error) == NEEDED_BY_FOREIGN_KEY and (match := _DROP_INDEX.fullmatch(text.sql)):
            return self._give_key_its_own(match["table"], match["index"])
        column = re.search(r"'([^']+)'", str(error.args[-1]))
        if number_of(error) == KEY_WITHOUT_LENGTH and column and (match := _CREATE_INDEX.fullmatch(text.sql)):
            return self._shorten(text, match["index"], match["keys"], column[1])
        return False

    def _shorten(self, text: Text, index: str, keys: str, column: str) -> bool:
        shortened = keys.replace(quote(column), f"{quote(column)}({PREFIX_CHARACTERS})", 1)
        if shortened == keys:
            return False
        self._losses.note(
            f"index {index}", f"holds the first {PREFIX_CHARACTERS} characters of {column}", text.position
        )
        self._execute(replace(text, sql=text.sql.replace(f"({keys})", f"({shortened})")))
        return True

    def _give_key_its_own(self, table: str, index: str) -> bool:
        """Drops the index a foreign key leans on, as if the server had never given up the one it made itself: that
        happens only while the key does not exist."""
        keys = self._keys_leaning_on(table, index)
        if not keys:
            return False
        dropped = ", ".join(f"DROP FOREIGN KEY {quote(name)}" for name, _ in keys)
        with translated(self._dialect.title, Text(f"DROP INDEX {index}")):
            ask(self._connection, "SET SESSION foreign_key_checks = 0")
            try:
                ask(self._connection, f"ALTER TABLE {quote(table)} {dropped}")
                ask(self._connection, f"DROP INDEX {quote(index)} ON {quote(table)}")
                added = ", ".join(f"ADD {clause}" for _, clause in keys)
                ask(self._connection, f"ALTER TABLE {quote(table)} {added}")
            finally:
                ask(self._connection, "SET SESSION foreign_key_checks = 1")
        for name, _ in keys:
            self._losses.note(f"DROP INDEX {index}", f"{name} gets an index of its own again: it cannot be without")
        return True

    def _keys_leaning_on(self, table: str, index: str) -> list[tuple[str, str]]:
        """The table's foreign keys whose columns lead the index: names, and clauses that make them."""
        of = f"table_schema = database() AND table_name = {literal(table)}"
        led = [
            name
            for (name,) in ask(
                self._connection,
                f"SELECT column_name FROM information_schema.statistics "
                f"WHERE {of} AND index_name = {literal(index)} ORDER BY seq_in_index",
            )
        ]
        definition = str(ask(self._connection, f"SHOW CREATE TABLE {quote(table)}")[0][1])
        found = []
        for match in re.finditer(r"(CONSTRAINT `((?:[^`]|``)+)` FOREIGN KEY \((.*?)\) REFERENCES .*?),?\n", definition):
            columns = match[3].split(", ") if ", " in match[3] else match[3].split(",")
            if [quote(name) for name in led[: len(columns)]] == columns:
                found.append((match[2], match[1]))
        return found

    def _refuse_plain_view(self, text: Text) -> None:
        """MySQL 9 takes CREATE MATERIALIZED VIEW and makes an ordinary view: it must not be measured as another."""
        if not (match := _MATERIALIZED.match(text.sql)):
            return
        query = "SELECT 1 FROM information_schema.views WHERE table_schema = database() AND table_name = "
        if ask(self._connection, query + literal(match["view"])):
            ask(self._connection, f"DROP VIEW {quote(match['view'])}")
            where = f"{text.position}: " if text.position else ""
            raise StatementError(
                f"{where}{self._dialect.title} accepts CREATE MATERIALIZED VIEW, but makes a plain view: nothing is kept",
                "keep a summary table up to date by triggers instead",
            )

    def _note_unmatched(self, texts: Sequence[Text]) -> None:
        """An index on a generated column that no query will use that spells out the expression."""
        if numbers(self._version) >= self._dialect.first_matching_generated:
            return
        made = [text for text in texts if _GENERATED.search(text.sql)]
        for table, column, index in self._indexed_generated() if made else ():
            if text := next((text for text in made if re.search(rf"\b{re.escape(column)}\b", text.sql)), None):
                consequence = f"used only by queries that name {column}: its expression is not recognised"
                self._losses.note(f"index {index} of {table}", consequence, text.position)

    def _indexed_generated(self) -> Iterator[tuple[str, str, str]]:
        query = """
            SELECT c.table_name, c.column_name, min(s.index_name) FROM information_schema.columns c
            JOIN information_schema.statistics s
              ON s.table_schema = c.table_schema AND s.table_name = c.table_name AND s.column_name = c.column_name
            WHERE c.table_schema = database() AND coalesce(c.generation_expression, '') <> ''
            GROUP BY c.table_name, c.column_name"""
        for table, column, index in ask(self._connection, query):
            yield table, column, index

    def _objects(self) -> Objects:
        with translated(self._dialect.title, Text("the catalog")):
            return frozenset(
                (kind, table, name) for kind, query in _OBJECTS for table, name in ask(self._connection, query)
            )

    def _take_back(self, before: Objects) -> str:
        """Drops what is new, and says so, and what is gone for good."""
        after = self._objects()
        dropped = [found for kind, _ in _OBJECTS for found in sorted(after - before) if found[0] == kind]
        dropped = [found for found in dropped if not found[1] or ("table", "", found[1]) in before]
        for kind, table, name in dropped:
            with translated(self._dialect.title, Text(f"DROP {name}")):
                ask(self._connection, _DROP[kind].format(table=quote(table), name=quote(name)))
        gone = sorted(before - self._objects())
        said = []
        if dropped:
            said.append(f"what came before it was dropped again: {_listed(dropped)}")
        if gone:
            said.append(f"{self._dialect.title} cannot bring back {_listed(gone)}")
        return "; ".join(said)


def _listed(objects: Sequence[tuple[str, str, str]]) -> str:
    return ", ".join(f"{kind} {table}.{name}" if table else f"{kind} {name}" for kind, table, name in objects)


__all__ = ["Script", "quote_all"]

"""Running scripts. MySQL and MariaDB commit with every CREATE, ALTER and DROP, so a script that fails in the middle is
taken back object by object, and what cannot be taken back is named.

Two statements of the lab's own are said otherwise where the server needs it, and that is reported as a loss: an index
of a long text gets a length, and dropping the index a foreign key leans on gives the key its own. What a user wrote
for the engine runs as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from lab.engines.engine import StatementError, Text
from lab.engines.mysql.catalog import names
from lab.engines.mysql.dialect import PREFIX_CHARACTERS, Dialect, Losses, literal, numbers, quote
from lab.engines.mysql.driver import Connection, err
from lab.engines.mysql.errors import (
    KEY_TOO_LONG,
    KEY_WITHOUT_LENGTH,
    NEEDED_BY_FOREIGN_KEY,
    number_of,
    raise_for,
    translated,
)
from lab.engines.mysql.objects import Objects, drop_sql, listed, objects, removable
from lab.engines.mysql.own_indexes import drop_and_make_own, give_up_own
from lab.engines.mysql.session import ask
from lab.model.schema import Loss

_DEFINES = re.compile(r"(?i)\s*(CREATE|ALTER|DROP|RENAME)\b")
_MAKES_INDEX = re.compile(r"(?is)\s*(CREATE\b.*\bINDEX\b|ALTER\s+TABLE\b.*\bADD\s+(UNIQUE\s+)?(INDEX|KEY)\b)")
_DROP_INDEX = re.compile(r"DROP INDEX `(?P<index>(?:[^`]|``)+)` ON `(?P<table>(?:[^`]|``)+)`")
_CREATE_INDEX = re.compile(r"CREATE INDEX `(?:[^`]|``)+` ON `(?P<table>(?:[^`]|``)+)` \((?P<keys>.*)\)")
_MATERIALIZED = re.compile(
    r"(?is)\s*CREATE\s+(?:OR\s+REPLACE\s+)?MATERIALIZED\s+VIEW\s+(?:IF\s+NOT\s+EXISTS\s+)?`?(?P<view>[\w$]+)`?"
)
_GENERATED = re.compile(r"(?i)\bAS\s*\(")
_LONG_TEXTS = f"""
    SELECT column_name FROM information_schema.columns
    WHERE table_schema = database() AND table_name = {{table}} AND character_maximum_length > {PREFIX_CHARACTERS}"""
_BEGINNINGS = """
    SELECT table_name, index_name, column_name, sub_part FROM information_schema.statistics
    WHERE table_schema = database() AND sub_part IS NOT NULL AND index_type = 'BTREE'"""
_INDEXED_GENERATED = """
    SELECT s.table_name, s.index_name, group_concat(s.column_name ORDER BY s.seq_in_index SEPARATOR ', ')
    FROM information_schema.statistics s
    JOIN information_schema.columns c
      ON c.table_schema = s.table_schema AND c.table_name = s.table_name AND c.column_name = s.column_name
    WHERE s.table_schema = database() AND s.index_type = 'BTREE' AND coalesce(c.generation_expression, '') <> ''
    GROUP BY s.table_name, s.index_name"""


class Script:
    """One run of statements on a connection."""

    def __init__(self, connection: Connection, dialect: Dialect, version: str) -> None:
        self._connection = connection
        self._dialect = dialect
        self._version = version
        self._losses = Losses()

    def run(self, texts: Sequence[Text]) -> tuple[Loss, ...]:
        """Returns what came out as less than was said."""
        before = self._objects() if any(_DEFINES.match(text.sql) for text in texts) else None
        for text in texts:
            try:
                self._execute(text)
            except StatementError as error:
                if before is not None and len(texts) > 1:
                    error.hint = "; ".join(filter(None, (error.hint, self._take_back(before))))
                raise
        with translated(self._dialect.title):
            if before is not None and any(_MAKES_INDEX.match(text.sql) for text in texts):
                give_up_own(self._connection, before)
                self._note_beginnings(texts, before)
            self._note_unmatched(texts)
        return tuple(self._losses)

    def _execute(self, text: Text) -> None:
        try:
            ask(self._connection, text.sql)
        except (err.Error, OSError) as error:
            if not self._is_said_otherwise(text, error):
                raise_for(error, self._dialect.title, text, lambda: names(self._connection))
        self._refuse_plain_view(text)

    def _is_said_otherwise(self, text: Text, error: Exception) -> bool:
        """Whether a statement of the lab's own could be run in other words."""
        if text.position is not None and not text.source:
            return False
        if number_of(error) == NEEDED_BY_FOREIGN_KEY and (match := _DROP_INDEX.fullmatch(text.sql)):
            return self._drop_and_make_own(text, match["table"], match["index"])
        if number_of(error) in (KEY_WITHOUT_LENGTH, KEY_TOO_LONG) and (match := _CREATE_INDEX.fullmatch(text.sql)):
            return self._shorten(text, match["table"], match["keys"])
        return False

    def _drop_and_make_own(self, text: Text, table: str, index: str) -> bool:
        with translated(self._dialect.title, text):
            keys = drop_and_make_own(self._connection, table, index)
        for key in keys:
            self._losses.note(text.sql, f"{key} gets an index of its own in its place: no foreign key is without")
        return bool(keys)

    def _shorten(self, text: Text, table: str, keys: str) -> bool:
        """Makes an index of the beginnings of long texts; `_note_beginnings` then says so."""
        shortened = keys
        for (column,) in ask(self._connection, _LONG_TEXTS.format(table=literal(table))):
            name = re.escape(quote(column))
            shortened = re.sub(rf"{name}(?!\()", f"{quote(column)}({PREFIX_CHARACTERS})", shortened)
        if shortened == keys:
            return False
        self._execute(replace(text, sql=text.sql.replace(f"({keys})", f"({shortened})")))
        return True

    def _refuse_plain_view(self, text: Text) -> None:
        """MySQL 9 takes CREATE MATERIALIZED VIEW and makes an ordinary view: it must not be measured as another."""
        if not (match := _MATERIALIZED.match(text.sql)):
            return
        query = "SELECT 1 FROM information_schema.views WHERE table_schema = database() AND table_name = "
        if ask(self._connection, query + literal(match["view"])):
            ask(self._connection, f"DROP VIEW {quote(match['view'])}")
            where = f"{text.position}: " if text.position else ""
            raise StatementError(
                f"{where}{self._dialect.title} accepts CREATE MATERIALIZED VIEW, but makes a plain view, which keeps "
                "nothing",
                "keep a summary table up to date by triggers instead",
            )

    def _note_beginnings(self, texts: Sequence[Text], before: Objects) -> None:
        """An index of a long text that was not told how much to hold: MariaDB decides for itself."""
        for table, index, column, characters in ask(self._connection, _BEGINNINGS):
            if ("index", table, index) in before:
                continue
            text = next((text for text in texts if re.search(rf"\b{re.escape(index)}\b", text.sql)), None)
            if text and not re.search(rf"`?\b{re.escape(column)}`?\s*\(\d+\)", text.sql):
                consequence = f"holds the first {characters} characters of {column}"
                self._losses.note(f"index {index}", consequence, text.position)

    def _note_unmatched(self, texts: Sequence[Text]) -> None:
        """An index on generated columns that no query will use that spells out their expressions."""
        if numbers(self._version) >= self._dialect.first_matching_generated:
            return
        made = [text for text in texts if _GENERATED.search(text.sql)]
        for table, index, columns in ask(self._connection, _INDEXED_GENERATED) if made else ():
            pattern = "|".join(re.escape(column) for column in columns.split(", "))
            if text := next((text for text in made if re.search(rf"\b({pattern})\b", text.sql)), None):
                consequence = f"used only by queries that name {columns}: an expression of a column is not recognised"
                self._losses.note(f"index {index} of {table}", consequence, text.position)

    def _objects(self) -> Objects:
        with translated(self._dialect.title):
            return objects(self._connection)

    def _take_back(self, before: Objects) -> str:
        """Drops what is new, and says so, and what is gone for good."""
        dropped = removable(before, self._objects())
        for found in dropped:
            self._execute(Text(drop_sql(found)))
        gone = sorted(before - self._objects())
        said = [f"dropped again, as it came before the failure: {listed(dropped)}"] if dropped else []
        if gone:
            said.append(f"{self._dialect.title} cannot bring back {listed(gone)}")
        return "; ".join(said)

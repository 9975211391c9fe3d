"""The table as it was, as a view over its parts: to be read by queries that ask for what moved, and, where the engine
has INSTEAD OF triggers, to be written by statements that set it. MySQL has none: there a table that keeps
nothing (MySQL manual, "The BLACKHOLE Storage Engine") has a trigger that inserts.

A row that contradicts what is known (another city for the same postal code) is refused when it is inserted; an update
changes the one place where the value stands now.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lab.model.schema import Column, Table
from lab.normalize.split import Split
from lab.normalize.whole import Quote, key_of, quoting, said, whole_name, whole_rows

_COLUMN = re.compile(r'^\s+["`](?P<name>[^"`]+)["`] (?P<type>[A-Z]+(?: ?\([^)]*\))?)(?P<rest>.*)$', re.MULTILINE)
_DEFAULT = re.compile(r" DEFAULT (?P<default>.+?)(?: NOT NULL)?(?: CHECK \(.*| COMMENT '.*)?,?$")


@dataclass(frozen=True, slots=True)
class Doors:
    make: tuple[str, ...]
    drop: tuple[str, ...]


def doors(split: Split, engine: str, created: str) -> Doors:
    """The view, and what lets it be written. `created` are the statements that create the parts, which spell types
    and defaults of columns as the engine does."""
    quote = quoting(engine)
    view = quote(whole_name(split.table))
    make = [f"CREATE VIEW {view} AS\n{whole_rows(split, quote)}"]
    drop = [f"DROP VIEW {view}"]
    if engine == "sqlite":
        make += _Sqlite(split, quote, created).triggers()
    elif engine == "postgres":
        words = _Postgres(split, quote)
        make += words.triggers()
        drop += [f"DROP FUNCTION {quote(words.name(event))}()" for event in words.events()]
    else:
        make += _Mysql(split, quote, created).door()
        drop.append(f"DROP TABLE {quote(insert_name(split.table))}")
    return Doors(tuple(make), tuple(drop))


def insert_name(table: Table) -> str:
    """Of the table MySQL's rows are inserted into."""
    return f"{whole_name(table)}_insert"


class _Words:
    """What both engines' triggers say."""

    def __init__(self, split: Split, quote: Quote) -> None:
        self.split = split
        self.quote = quote
        self.view = quote(whole_name(split.table))
        self.slim = said(split.slim, quote)

    def name(self, event: str) -> str:
        return f"{whole_name(self.split.table)}_{event.lower()}"

    def events(self) -> tuple[str, ...]:
        """Without a primary key no row of the view can be found again."""
        return ("INSERT", "UPDATE", "DELETE") if key_of(self.split.slim) else ("INSERT",)

    def new(self, names: tuple[str, ...] | list[str]) -> str:
        return ", ".join(f"NEW.{self.quote(name)}" for name in names)

    def names(self, names: tuple[str, ...] | list[str]) -> str:
        return ", ".join(map(self.quote, names))

    def by_key(self, table: Table, row: str) -> str:
        return " AND ".join(f"{self.quote(name)} = {row}.{self.quote(name)}" for name in key_of(table))

    def stored(self, table: Table) -> list[Column]:
        return [column for column in table.columns if column.generated is None]

    def facts(self, table: Table) -> list[str]:
        """A part's columns besides its key."""
        return [column.name for column in table.columns if column.name not in key_of(table)]

    def add(self, other: Table) -> str:
        names = [column.name for column in other.columns]
        filled = " AND ".join(f"NEW.{self.quote(name)} IS NOT NULL" for name in key_of(other))
        insert = f"INSERT INTO {said(other, self.quote)} ({self.names(names)}) SELECT {self.new(names)} WHERE {filled}"
        return f"{insert} ON CONFLICT DO NOTHING;"

    def change(self, other: Table, differs: str) -> str:
        values = ", ".join(f"{self.quote(name)} = NEW.{self.quote(name)}" for name in self.facts(other))
        where = f"{self.by_key(other, 'NEW')} AND {differs}"
        return f"UPDATE {said(other, self.quote)} SET {values} WHERE {where};"

    def refusal(self, other: Table) -> str:
        facts, key = ", ".join(self.facts(other)), ", ".join(key_of(other))
        return f"{other.name} has other values of {facts} for this {key}".replace("'", "''")

    def set_slim(self) -> str:
        values = ", ".join(f"{self.quote(c.name)} = NEW.{self.quote(c.name)}" for c in self.stored(self.split.slim))
        return f"UPDATE {self.slim} SET {values} WHERE {self.by_key(self.split.slim, 'OLD')};"

    def delete_slim(self) -> str:
        return f"DELETE FROM {self.slim} WHERE {self.by_key(self.split.slim, 'OLD')};"

    @property
    def deepest_first(self) -> tuple[Table, ...]:
        return tuple(other for other in reversed(self.split.others) if self.facts(other))


class _Sqlite(_Words):
    def __init__(self, split: Split, quote: Quote, created: str) -> None:
        super().__init__(split, quote)
        self._defaults = _defaults(created)

    def triggers(self) -> Iterator[str]:
        bodies = {"INSERT": self._insert(), "UPDATE": self._update(), "DELETE": [self.delete_slim()]}
        for event in self.events():
            body = "\n".join(f"  {line}" for line in bodies[event])
            yield (
                f"CREATE TRIGGER {self.quote(self.name(event))} INSTEAD OF {event} ON {self.view} BEGIN\n{body}\nEND"
            )

    def _differs(self, other: Table) -> str:
        said_ = " OR ".join(f"{self.quote(name)} IS NOT NEW.{self.quote(name)}" for name in self.facts(other))
        return f"({said_})"

    def _insert(self) -> list[str]:
        lines = []
        for other in self.deepest_first:
            found = f"SELECT 1 FROM {said(other, self.quote)} WHERE {self.by_key(other, 'NEW')}"
            lines.append(
                f"SELECT RAISE(ABORT, '{self.refusal(other)}') WHERE EXISTS ({found} AND {self._differs(other)});"
            )
            lines.append(self.add(other))
        columns = self.stored(self.split.slim)
        values = ", ".join(map(self._given, columns))
        names = self.names([column.name for column in columns])
        return [*lines, f"INSERT INTO {self.slim} ({names}) VALUES ({values});"]

    def _given(self, column: Column) -> str:
        """A view has no defaults of its own, so NULL stands for what was not given."""
        value = f"NEW.{self.quote(column.name)}"
        default = self._defaults.get(column.name)
        return f"coalesce({value}, {default})" if default else value

    def _update(self) -> list[str]:
        changes = [
            line for other in self.deepest_first for line in (self.add(other), self.change(other, self._differs(other)))
        ]
        return [*changes, self.set_slim()]


class _Postgres(_Words):
    def triggers(self) -> Iterator[str]:
        bodies = {"INSERT": self._insert(), "UPDATE": self._update(), "DELETE": [self.delete_slim()]}
        for event in self.events():
            function = self.quote(self.name(event))
            lines = [*bodies[event], f"RETURN {'OLD' if event == 'DELETE' else 'NEW'};"]
            body = "\n".join(f"  {line}" for line in lines)
            yield f"CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$\nBEGIN\n{body}\nEND\n$$"
            yield (
                f"CREATE TRIGGER {function} INSTEAD OF {event} ON {self.view}\n"
                f"FOR EACH ROW EXECUTE FUNCTION {function}()"
            )

    def _differs(self, other: Table) -> str:
        facts = self.facts(other)
        return f"({self.names(facts)}) IS DISTINCT FROM ({self.new(facts)})"

    def _insert(self) -> list[str]:
        lines = []
        for other in self.deepest_first:
            lines.append(self.add(other))
            found = (
                f"SELECT FROM {said(other, self.quote)} WHERE {self.by_key(other, 'NEW')} AND {self._differs(other)}"
            )
            lines.append(f"IF EXISTS ({found}) THEN RAISE EXCEPTION '{self.refusal(other)}'; END IF;")
        columns = self.stored(self.split.slim)
        lines += filter(None, map(self._default, columns))
        names = [column.name for column in columns]
        overriding = " OVERRIDING SYSTEM VALUE" if any(column.identity == "always" for column in columns) else ""
        return [*lines, f"INSERT INTO {self.slim} ({self.names(names)}){overriding} VALUES ({self.new(names)});"]

    def _default(self, column: Column) -> str:
        """A view has no defaults of its own, so NULL stands for what was not given."""
        default = column.default
        if column.identity:
            default = f"nextval(pg_get_serial_sequence('{self.slim}', '{column.name}'))"
        value = f"NEW.{self.quote(column.name)}"
        return f"{value} := coalesce({value}, {default});" if default else ""

    def _update(self) -> list[str]:
        changes = [
            line for other in self.deepest_first for line in (self.add(other), self.change(other, self._differs(other)))
        ]
        return [*changes, self.set_slim()]


class _Mysql(_Words):
    def __init__(self, split: Split, quote: Quote, created: str) -> None:
        super().__init__(split, quote)
        self._types = {match["name"]: match["type"] for match in _COLUMN.finditer(created)}
        self._defaults = _defaults(created)

    def door(self) -> Iterator[str]:
        name = self.quote(insert_name(self.split.table))
        columns = ", ".join(f"{self.quote(c.name)} {self._types[c.name]}" for c in self.stored(self.split.table))
        yield f"CREATE TABLE {name} ({columns}) ENGINE = BLACKHOLE"
        body = "\n".join(f"  {line}" for line in self._insert())
        yield f"CREATE TRIGGER {name} BEFORE INSERT ON {name} FOR EACH ROW BEGIN\n{body}\nEND"

    def _given(self, name: str) -> str:
        return f"NEW.{self.quote(name)}"

    def _insert(self) -> Iterator[str]:
        for other in self.deepest_first:
            names = [column.name for column in other.columns]
            key = key_of(other)
            filled = " AND ".join(f"{self._given(name)} IS NOT NULL" for name in key)
            same = " AND ".join(f"{self.quote(name)} = {self._given(name)}" for name in key)
            differs = " OR ".join(f"NOT ({self.quote(name)} <=> {self._given(name)})" for name in self.facts(other))
            table, values = said(other, self.quote), ", ".join(map(self._given, names))
            yield f"IF EXISTS (SELECT 1 FROM {table} WHERE {same} AND ({differs})) THEN"
            yield f"  SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = '{self.refusal(other)[:120]}';"
            yield "END IF;"
            yield f"INSERT INTO {table} ({self.names(names)}) SELECT {values} FROM DUAL WHERE {filled}"
            yield f"  ON DUPLICATE KEY UPDATE {self.quote(key[0])} = {table}.{self.quote(key[0])};"
        columns = self.stored(self.split.slim)
        given = ", ".join(map(self._or_default, columns))
        yield f"INSERT INTO {self.slim} ({self.names([column.name for column in columns])}) VALUES ({given});"

    def _or_default(self, column: Column) -> str:
        default = self._defaults.get(column.name)
        return f"coalesce({self._given(column.name)}, {default})" if default else self._given(column.name)


def _defaults(created: str) -> dict[str, str]:
    """The defaults in statements that create tables, by column."""
    found = ((match["name"], _DEFAULT.search(match["rest"])) for match in _COLUMN.finditer(created))
    return {name: default["default"] for name, default in found if default}

"""Words in texts are found by an index.

PostgreSQL: a column `search` of type tsvector with the texts weighted (names and titles A, the first other text B,
further ones C), kept by GENERATED ALWAYS … STORED or, with --trigger, by a trigger; a GIN index; and
`search_<table>(query, most)`, which takes what people type ("red shoes" -leather) and ranks what it finds. MySQL: a
FULLTEXT index. SQLite: an FTS5 table beside it, kept by triggers.

--table names the tables, --column the texts; without them, every table with a name or title and a longer text.

Queries are not changed: a search by words finds other rows than LIKE does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lab.audit.shapes import TEXTS, is_scalar
from lab.blocks.block import (
    MYSQL,
    POSTGRES,
    QUOTES,
    SQLITE,
    Block,
    Step,
    Wanted,
    chosen_tables,
    free_name,
    is_secret,
    key_columns,
    matches,
    names,
)
from lab.engines.ddl import qualified
from lab.engines.engine import quote
from lab.errors import LabError, did_you_mean
from lab.model.design import Design
from lab.model.schema import Column, Schema, Table

_TITLES = ("name", "title", "subject", "headline", "display_name")
_BODIES = ("description", "body", "content", "text", "summary", "bio", "notes", "message")


def build(design: Design, wanted: Wanted) -> Block:
    schema = design.schema
    tables = chosen_tables(schema, wanted, lambda table: _is_searched(table, schema), "with a title and a text")
    texts = {table.name: _texts(table, schema, wanted) for table in tables}
    for table in tables:
        if any(column.name == "search" for column in table.columns):
            raise LabError(f"{table.name} has a column search already", "name the others: --table")
        key_columns(table, "full_text")
        free_name(schema, f"{table.name}_search")
    kept = _triggered if wanted.is_by_trigger else _generated
    return Block(
        "full_text",
        f"Words are found by an index: {', '.join(f'{name} ({names(found, str)})' for name, found in texts.items())}.\n"
        "search_<table>(query, most) ranks what it finds. Each write of these texts also writes the index.",
        {
            POSTGRES: [step for table in tables for step in (*kept(table, texts[table.name]), _search(table))],
            MYSQL: [_mysql(table, texts[table.name]) for table in tables],
            SQLITE: [step for table in tables for step in _sqlite(table, texts[table.name])],
        },
        tables=tuple(texts),
    )


def _candidates(table: Table, schema: Schema) -> list[Column]:
    return [
        column
        for column in table.columns
        if is_scalar(column, TEXTS) and not is_secret(column) and schema.enum(column.type.name) is None
    ]


def _is_searched(table: Table, schema: Schema) -> bool:
    found = {column.name for column in _candidates(table, schema)}
    return table.primary_key is not None and bool(found & set(_TITLES)) and bool(found & set(_BODIES))


def _texts(table: Table, schema: Schema, wanted: Wanted) -> list[Column]:
    """The most telling first."""
    candidates = {column.name: column for column in _candidates(table, schema)}
    for name in wanted.columns:
        if name not in candidates:
            raise LabError(f"table {table.name} has no text {name}", did_you_mean(name, candidates))
    order = wanted.columns or [name for name in (*_TITLES, *_BODIES) if name in candidates]
    if not order:
        raise LabError(f"table {table.name} has no text to search", "name it: --column description")
    return [candidates[name] for name in order]


def _vector(texts: Sequence[Column], row: str = "") -> str:
    weighted = (
        f"setweight(to_tsvector('english', coalesce({row}{quote(column.name)}, '')), '{'ABC'[min(place, 2)]}')"
        for place, column in enumerate(texts)
    )
    return " || ".join(weighted)


def _generated(table: Table, texts: Sequence[Column]) -> Iterator[Step]:
    name = qualified(table)
    yield Step(
        f"ALTER TABLE {name} ADD COLUMN search tsvector GENERATED ALWAYS AS (\n  {_vector(texts)}) STORED;",
        f"ALTER TABLE {name} DROP COLUMN search;",
    )


def _triggered(table: Table, texts: Sequence[Column]) -> Iterator[Step]:
    name, trigger = qualified(table), quote(f"{table.name}_search")
    changed = names(texts, quote)
    yield Step(
        f"ALTER TABLE {name} ADD COLUMN search tsvector;\nUPDATE {name} SET search = {_vector(texts)};",
        f"ALTER TABLE {name} DROP COLUMN search;",
    )
    yield Step(
        f"CREATE FUNCTION {trigger}() RETURNS trigger LANGUAGE plpgsql AS $$\nBEGIN\n"
        f"  NEW.search := {_vector(texts, 'NEW.')};\n  RETURN NEW;\nEND $$;\n"
        f"CREATE TRIGGER {trigger} BEFORE INSERT OR UPDATE OF {changed} ON {name}\n"
        f"FOR EACH ROW EXECUTE FUNCTION {trigger}();",
        f"DROP TRIGGER {trigger} ON {name};\nDROP FUNCTION {trigger}();",
    )


def _search(table: Table) -> Step:
    name, index, search = qualified(table), quote(f"{table.name}_search_idx"), quote(f"search_{table.name}")
    key = key_columns(table, "full_text")
    columns = ", ".join(f"{quote(column.name)} {column.type}" for column in key)
    return Step(
        f"""
CREATE INDEX {index} ON {name} USING gin (search);
CREATE FUNCTION {search}(query text, most integer DEFAULT 20) RETURNS TABLE ({columns}, rank real)
LANGUAGE sql STABLE AS $$
  SELECT {names(key, quote, "t.")}, ts_rank_cd(t.search, q) AS rank
  FROM {name} t, websearch_to_tsquery('english', query) q
  WHERE t.search @@ q
  ORDER BY rank DESC, {names(key, quote, "t.")}
  LIMIT most
$$;""",
        f"DROP FUNCTION {search};\nDROP INDEX {index};",
    )


def _mysql(table: Table, texts: Sequence[Column]) -> Step:
    name, index = QUOTES[MYSQL](table.name), QUOTES[MYSQL](f"{table.name}_search_idx")
    return Step(
        f"ALTER TABLE {name} ADD FULLTEXT KEY {index} ({names(texts, QUOTES[MYSQL])});",
        f"ALTER TABLE {name} DROP KEY {index};",
    )


def _sqlite(table: Table, texts: Sequence[Column]) -> Iterator[Step]:
    """An FTS5 table with contents of its own for each row, by its rowid (SQLite manual, "FTS5 Extension", 4.4.2)."""
    quoted = QUOTES[SQLITE]
    name, found = quoted(table.name), quoted(f"{table.name}_search")
    columns, key = names(texts, quoted), key_columns(table, "full_text")
    yield Step(
        f"CREATE VIRTUAL TABLE {found} USING fts5({columns});\n"
        f"INSERT INTO {found} (rowid, {columns}) SELECT rowid, {columns} FROM {name};",
        f"DROP TABLE {found};",
    )
    new = f"(SELECT rowid FROM {name} WHERE {matches(key, quoted, '', 'NEW.')})"
    added = f"INSERT INTO {found} (rowid, {columns}) VALUES ({new}, {names(texts, quoted, 'NEW.')});"
    changed = ", ".join(f"{quoted(column.name)} = NEW.{quoted(column.name)}" for column in texts)
    for event, body in (
        ("INSERT", added),
        (f"UPDATE OF {columns}", f"UPDATE {found} SET {changed} WHERE rowid = {new};"),
        ("DELETE", f"DELETE FROM {found} WHERE rowid = OLD.rowid;"),
    ):
        trigger = quoted(f"{table.name}_search_{event.split()[0].lower()}")
        yield Step(
            f"CREATE TRIGGER {trigger} AFTER {event} ON {name} BEGIN\n  {body}\nEND;",
            f"DROP TRIGGER {trigger};",
        )

"""A summary kept by PostgreSQL's triggers: once a statement, from the rows it changed."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from lab.advise.scripts import listed, named, quote
from lab.advise.summaries import COUNT, Summary
from lab.model.schema import Schema, Table

_CASCADING = ("cascade", "set null", "set default")


def up(summary: Summary, schema: Schema) -> Iterator[str]:
    name, keys = quote(summary.name), listed(summary.key_names)
    yield f"CREATE TABLE {name} AS\n{summary.rows()};"
    yield f"ALTER TABLE {name} ADD PRIMARY KEY ({keys});"
    for table, count in summary.tables.items():
        yield _function(summary, table, _rebuilt(summary, schema.table(table), count, schema))
        yield from _triggers(summary, table)


def _rebuilt(summary: Summary, table: Table, count: int, schema: Schema) -> str:
    """The events after which a summary is made anew, as a condition: what changed rows contribute cannot be told from
    them alone where a table is joined with itself, or where its rows take rows of another with them."""
    if count > 1:
        return "TG_OP IN ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE')"
    takes = any(
        key.table == table.name and (key.on_delete in _CASCADING or key.on_update in _CASCADING)
        for other, key in schema.foreign_keys()
        if other.name in summary.tables
    )
    return "TG_OP IN ('UPDATE', 'DELETE', 'TRUNCATE')" if takes else "TG_OP = 'TRUNCATE'"


def _function(summary: Summary, table: str, rebuilt: str) -> str:
    name = quote(summary.name)
    return f"""CREATE FUNCTION {_function_name(summary, table)}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF {rebuilt} THEN
    DELETE FROM {name};
    INSERT INTO {name} {summary.rows()};
    RETURN NULL;
  END IF;
  IF TG_OP IN ('UPDATE', 'DELETE') THEN
    {_merge(summary, summary.rows("-", (table, exp.to_table("old_rows"))))}
    DELETE FROM {name} WHERE {COUNT} = 0;
  END IF;
  IF TG_OP IN ('INSERT', 'UPDATE') THEN
    {_merge(summary, summary.rows("", (table, exp.to_table("new_rows"))))}
  END IF;
  RETURN NULL;
END $$;"""


def _merge(summary: Summary, rows: str) -> str:
    keys, sums = listed(summary.key_names), map(quote, summary.sum_names)
    added = ", ".join(f"{name} = kept.{name} + excluded.{name}" for name in sums)
    return f"INSERT INTO {quote(summary.name)} AS kept {rows}\n    ON CONFLICT ({keys}) DO UPDATE SET {added};"


_TRANSITIONS = {
    "INSERT": "REFERENCING NEW TABLE AS new_rows ",
    "UPDATE": "REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows ",
    "DELETE": "REFERENCING OLD TABLE AS old_rows ",
    "TRUNCATE": "",
}


def _function_name(summary: Summary, table: str) -> str:
    return quote(named(summary.name, table))


def _trigger_name(summary: Summary, event: str) -> str:
    return quote(named(summary.name, event))


def _triggers(summary: Summary, table: str) -> Iterator[str]:
    for event, transitions in _TRANSITIONS.items():
        yield (
            f"CREATE TRIGGER {_trigger_name(summary, event)} AFTER {event} ON {quote(table)} {transitions}"
            f"FOR EACH STATEMENT EXECUTE FUNCTION {_function_name(summary, table)}();"
        )


def obstacle(summary: Summary, schema: Schema) -> str:
    """Nothing: what cannot be told from the changed rows is made anew."""
    return ""


def down(summary: Summary, schema: Schema) -> Iterator[str]:
    for table in summary.tables:
        yield from (f"DROP TRIGGER {_trigger_name(summary, event)} ON {quote(table)};" for event in _TRANSITIONS)
        yield f"DROP FUNCTION {_function_name(summary, table)}();"
    yield f"DROP TABLE {quote(summary.name)};"

"""Every column of every table: its type, what it may hold, and what it is for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lab.docs.groups import Group
from lab.model.schema import Column, Schema, Table
from lab.report.blocks import Block, Bullets, Cell, Code, Details, Heading, Paragraph, Section
from lab.report.blocks import Column as Head
from lab.report.blocks import Table as Grid

_HEADS = tuple(map(Head, ("column", "type", "NULL", "default", "is", "meaning")))


def section(schema: Schema, groups: Sequence[Group]) -> Section:
    columns = sum(len(table.columns) for table in schema.tables)
    blocks: list[Block] = [Paragraph(f"{len(schema.tables)} tables with {columns} columns.")]
    for group in groups:
        blocks.append(Heading(group.name, 3))
        blocks += [_table(table, schema) for table in group.tables]
    if schema.enums:
        blocks.append(Heading("Enums", 3))
        rows = tuple((Cell(e.name), Cell(", ".join(e.values)), Cell(_one_line(e.comment))) for e in schema.enums)
        blocks.append(Grid(tuple(map(Head, ("enum", "values", "meaning"))), rows))
    if schema.statements:
        blocks.append(Heading("Kept as written", 3))
        blocks += [Details(s.what, (Code(s.sql, "sql"),)) for s in schema.statements]
    return Section("dictionary", "Data dictionary", tuple(blocks))


def _table(table: Table, schema: Schema) -> Details:
    rows = tuple(_row(column, table) for column in table.columns)
    rules = tuple(_rules(table, schema))
    name = f"{table.namespace}.{table.name}" if table.namespace else table.name
    inside: list[Block] = [Paragraph(_one_line(table.comment))] if table.comment else []
    inside += [Grid(_HEADS, rows), *([Bullets(rules)] if rules else [])]
    return Details(f"`{name}`", tuple(inside), f"table-{table.name}", _one_line(table.comment).replace("`", ""))


def _row(column: Column, table: Table) -> tuple[Cell, ...]:
    return (
        Cell(column.name),
        Cell(str(column.type)),
        Cell("yes" if column.is_nullable else "no"),
        Cell(_default(column)),
        Cell(", ".join(_roles(column, table))),
        Cell(_one_line(column.comment)),
    )


def _default(column: Column) -> str:
    if column.generated is not None:
        return f"always {column.generated}"
    if column.identity:
        return "counts up"
    return column.default or ""


def _roles(column: Column, table: Table) -> Iterator[str]:
    if table.primary_key and column.name in table.primary_key.columns:
        yield "key"
    if any(key.columns == (column.name,) for key in table.uniques):
        yield "unique"
    yield from (f"→ {key.table}" for key in table.foreign_keys if column.name in key.columns)


def _rules(table: Table, schema: Schema) -> Iterator[str]:
    if table.primary_key and len(table.primary_key.columns) > 1:
        yield f"primary key: {', '.join(table.primary_key.columns)}"
    yield from (f"unique together: {', '.join(key.columns)}" for key in table.uniques if len(key.columns) > 1)
    yield from (f"check: `{check.expression}`" for check in table.checks)
    for key in table.foreign_keys:
        yield (
            f"{', '.join(key.columns)} → {key.table} ({', '.join(key.referenced)}), on delete {key.on_delete}, "
            f"on update {key.on_update}"
        )
    if table.partitioning:
        yield f"partitioned by {table.partitioning.strategy} of {', '.join(table.partitioning.keys)}"
    children = [child.name for child, key in schema.foreign_keys() if key.table == table.name]
    if children:
        yield f"referred to by {', '.join(dict.fromkeys(children))}"


def _one_line(text: str) -> str:
    return " ".join(text.split())

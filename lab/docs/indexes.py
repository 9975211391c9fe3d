"""Which index there is for what: keys, references, and the operations that look for rows by its first column."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from lab.docs.predicates import looked_up
from lab.model.schema import ForeignKey, Index, IndexPart, Key, Schema, Table
from lab.model.workload import Operation
from lab.report.blocks import Block, Bullets, Cell, Column, Heading, Paragraph, Section
from lab.report.blocks import Table as Grid

_INNODB = ("mysql", "mariadb")


def section(schema: Schema, operations: Sequence[Operation], engine: str) -> Section:
    uses = {operation.name: looked_up(operation, schema) for operation in operations}
    rows = [row for table in schema.tables for row in _rows(table, uses)]
    blocks: list[Block] = [
        Paragraph(
            "Keys and constraints bring indexes of their own. Every other one takes room and is written with each row, "
            "so each says here what it is for. `lab advise` measures which more would help, and which do not."
        ),
        Grid(tuple(map(Column, ("table", "index", "on", "kind", "for"))), tuple(rows), "Indexes"),
        Heading("References without an index", 3),
    ]
    bare = [line for table in schema.tables for line in _bare(table)]
    if engine in _INNODB:
        blocks.append(Paragraph("None: InnoDB makes an index for every foreign key that has none."))
    elif bare:
        blocks += [Paragraph("Deleting the row they refer to reads the whole table."), Bullets(tuple(bare))]
    else:
        blocks.append(Paragraph("None."))
    return Section("indexes", "Index strategy", tuple(blocks))


def _rows(table: Table, uses: Mapping[str, Mapping[str, set[str]]]) -> Iterator[tuple[Cell, ...]]:
    if table.primary_key:
        yield _row(table, table.primary_key.name or "primary key", _listed(table.primary_key), "B-tree, unique", uses)
    for key in table.uniques:
        yield _row(table, key.name or "unique", _listed(key), "B-tree, unique", uses)
    for index in table.indexes:
        yield _row(table, index.name, _parts(index), _kind(index), uses, tuple(map(_spoken, index.parts)))


def _row(
    table: Table,
    name: str,
    columns: tuple[str, ...],
    kind: str,
    uses: Mapping[str, Mapping[str, set[str]]],
    spoken: tuple[str, ...] = (),
) -> tuple[Cell, ...]:
    reasons = [f"→ {key.table}" for key in table.foreign_keys if columns[: len(key.columns)] == key.columns]
    reasons += _users(table, columns, uses)
    shown = ", ".join(reasons[:6]) + (f" and {len(reasons) - 6} more" if len(reasons) > 6 else "")
    is_rule = "unique" in kind
    return (
        Cell(table.name),
        Cell(name),
        Cell(", ".join(spoken or columns)),
        Cell(kind),
        Cell(shown or ("a rule" if is_rule else "?")),
    )


def _users(table: Table, columns: tuple[str, ...], uses: Mapping[str, Mapping[str, set[str]]]) -> list[str]:
    """Operations that look for rows by its first two columns; where none does, by the first."""
    for count in (2, 1):
        prefix = set(columns[:count])
        found = [operation for operation, looked in uses.items() if prefix and prefix <= looked.get(table.name, set())]
        if found:
            return found
    return []


def _listed(key: Key) -> tuple[str, ...]:
    return key.columns


def _parts(index: Index) -> tuple[str, ...]:
    return tuple(map(_part, index.parts))


def _part(part: IndexPart) -> str:
    return part.value


def _spoken(part: IndexPart) -> str:
    """With what else is said of it: its order, where NULLs stand, its operator class."""
    words = [part.value, part.operator_class or "", "DESC" if part.is_descending else ""]
    words.append(f"NULLS {part.nulls.upper()}" if part.nulls else "")
    return " ".join(filter(None, words))


def _kind(index: Index) -> str:
    words = [{"btree": "B-tree"}.get(index.method, index.method.upper())]
    words += ["unique"] if index.is_unique else []
    words += [f"with {', '.join(index.include)}"] if index.include else []
    words += [f"where {index.where}"] if index.where else []
    return ", ".join(words)


def _bare(table: Table) -> Iterator[str]:
    leading = [_parts(index) for index in table.indexes] + [key.columns for key in table.keys]
    for key in table.foreign_keys:
        if not any(_serves(columns, key) for columns in leading):
            yield f"{table.name} ({', '.join(key.columns)}) → {key.table}"


def _serves(columns: tuple[str, ...], key: ForeignKey) -> bool:
    return set(columns[: len(key.columns)]) == set(key.columns)

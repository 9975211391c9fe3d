"""PostgreSQL's data definition language, through PostgreSQL's own parser (postgast, libpg_query).

Reads what people write and what pg_dump writes. What the model has no field for is kept verbatim; rows, owners and
privileges are left out, and said to be.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lab.errors import LabError
from lab.model.schema import Index, Schema
from lab.readers.sql.indexes import read_index
from lab.readers.sql.known_types import with_known_types
from lab.readers.sql.reading import Reading, finish
from lab.readers.sql.source import parse, prepare
from lab.readers.sql.statements import read_statement


def read(texts: list[tuple[Path, str]]) -> Schema:
    """The schema one file describes. Raises LabError with file and line at the first mistake."""
    path, text = texts[0]
    source, losses = prepare(text, str(path))
    reading = Reading(source, losses=losses)
    for stmt, offset, length in parse(source):
        reading.text, reading.start = source.statement(offset, length)
        read_statement(stmt, reading)
    return with_known_types(finish(reading))


def parse_index(sql: str, file: str = "") -> Index:
    """The index one CREATE INDEX statement describes; without a name it gets PostgreSQL's. Raises LabError when the
    text is anything else."""
    source, _ = prepare(sql, file)
    statements = parse(source)
    node: Any = statements[0][0] if len(statements) == 1 else None
    if node is None or not node.HasField("index_stmt"):
        raise LabError(f"{source.position(0)}: this is not one CREATE INDEX statement", "write CREATE INDEX … ON …")
    reading = Reading(source)
    reading.text, reading.start = source.statement(*statements[0][1:])
    return read_index(node.index_stmt, reading)

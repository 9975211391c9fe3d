"""The diagram as Mermaid's `erDiagram`, which GitHub and GitLab draw in Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from lab.docs.groups import Group
from lab.model.schema import ForeignKey, Table


def write(groups: Sequence[Group]) -> str:
    """All groups as one diagram: tables with their keys and references alone, so that it stays readable."""
    tables = [table for group in groups for table in group.tables]
    return "\n".join(["erDiagram", *(line for table in tables for line in _table(table, has_all=False))]) + "\n"


def write_group(group: Group) -> str:
    """One group with all columns; references out of it name tables without columns."""
    return "\n".join(["erDiagram", *(line for table in group.tables for line in _table(table, has_all=True))]) + "\n"


def _table(table: Table, has_all: bool) -> Iterator[str]:
    keys = set(table.primary_key.columns) if table.primary_key else set()
    unique = {key.columns[0] for key in table.uniques if len(key.columns) == 1}
    references = {name for key in table.foreign_keys for name in key.columns}
    yield f"  {_word(table.name)} {{"
    for column in table.columns:
        marks = [mark for mark, names in (("PK", keys), ("FK", references), ("UK", unique)) if column.name in names]
        if has_all or marks:
            yield f"    {_word(str(column.type))} {_word(column.name)} {','.join(marks)}".rstrip()
    yield "  }"
    for key in table.foreign_keys:
        yield f'  {_word(key.table)} {_ends(table, key)} {_word(table.name)} : "{", ".join(key.columns)}"'


def _ends(table: Table, key: ForeignKey) -> str:
    is_optional = any(table.column(name).is_nullable for name in key.columns)
    is_single = any(set(unique.columns) == set(key.columns) for unique in table.keys)
    return f"{'|o' if is_optional else '||'}--{'o|' if is_single else 'o{'}"


def _word(name: str) -> str:
    """What Mermaid takes for a name."""
    return re.sub(r"\W+", "_", name).strip("_") or "_"

"""What a table's rows must satisfy, as queries that count the rows which do not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from lab.engines.engine import quote, quote_all
from lab.model.schema import Check, Index, Key, Table


def unique_columns(table: Table) -> list[tuple[str, ...]]:
    """Of the primary key, unique constraints, and unique indexes over plain columns of all rows."""
    keys: list[Key | Index] = [*table.keys, *(index for index in table.indexes if _is_plain(index))]
    return list(dict.fromkeys(tuple(key.columns) for key in keys))


def _is_plain(index: Index) -> bool:
    return index.is_unique and index.where is None and len(index.columns) == len(index.parts)


def unique_name(columns: tuple[str, ...]) -> str:
    return f"unique ({', '.join(columns)})"


def check_name(check: Check) -> str:
    return f"check ({check.expression})"


def violation_queries(
    table: Table,
    name: str,
    expression: Callable[[str], str | None],
    conditions: Mapping[str, str] | None = None,
) -> Iterator[tuple[str, str]]:
    """Each rule of a table, which is called `name` in SQL, with the query that counts the rows that break it.

    `expression` puts a check in the engine's words, None where it has none. `conditions` hold for every row too, by
    what they are called: those an engine does not see to itself.
    """
    for columns in unique_columns(table):
        yield unique_name(columns), _repeated(name, columns)
    for check in table.checks:
        if (condition := expression(check.expression)) is not None:
            yield check_name(check), _broken(name, condition)
    for what, condition in (conditions or {}).items():
        yield what, _broken(name, condition)


def _broken(name: str, condition: str) -> str:
    return f"SELECT count(*) FROM {name} WHERE NOT ({condition})"


def _repeated(name: str, columns: tuple[str, ...]) -> str:
    """Of rows with equal values all but one; NULLs are not equal."""
    filled = " AND ".join(f"{quote(column)} IS NOT NULL" for column in columns)
    groups = f"SELECT count(*) AS n FROM {name} WHERE {filled} GROUP BY {quote_all(columns)} HAVING count(*) > 1"
    return f"SELECT coalesce(sum(d.n - 1), 0) FROM ({groups}) d"

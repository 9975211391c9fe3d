"""First normal form: one value in each place (Codd, "A relational model of data for large shared data banks", 1970).

What a column is called only raises the question, for an array or a document may well be one value to whoever asks for
it. Where there are rows, they answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from lab.model.schema import Column, Table

_NUMBERED = re.compile(r"(.+?)_?([1-9])")
_LINES = frozenset("line address street md sha base level hash tier addr".split())
_LISTS = frozenset("ids tags keywords categories roles permissions emails phones recipients skills".split())
_KEYS = frozenset(("ids", "uuids"))
_DOCUMENTS = ("json", "jsonb")
_TEXTS = ("text", "varchar", "char", "citext")
_ITEM = r"[^,;|\s()/][^,;|()/]{0,39}"
_LIST = rf"^\s*{_ITEM}(?:\s*[,;|]\s*{_ITEM})+\s*$"
_LEAST_LISTS = 0.3
_SENTENCE = r"[.!?](\s|$)"
_SAMPLE = 20_000


@dataclass(frozen=True, slots=True)
class Repeated:
    """Columns that hold several values where one belongs. `is_certain` once rows, or the type, leave no other
    reading; else it is to be judged by who knows the data, and does not decide the verdict."""

    columns: tuple[str, ...]
    what: str
    is_certain: bool


def repeated_values(table: Table, rows: pa.Table | None = None) -> tuple[Repeated, ...]:
    """Where the table is not in first normal form, or may not be."""
    columns = [column for column in table.columns if column.generated is None]
    found = list(_numbered(columns))
    for column in columns:
        values = rows.column(column.name) if rows is not None and column.name in rows.column_names else None
        found += _of_column(column, values)
    return tuple(found)


def _numbered(columns: list[Column]) -> Iterator[Repeated]:
    groups: dict[tuple[str, str], list[str]] = {}
    for column in columns:
        match = _NUMBERED.fullmatch(column.name)
        if match and not set(match[1].lower().split("_")) & _LINES:
            groups.setdefault((match[1], column.type.name), []).append(column.name)
    for (stem, _), names in groups.items():
        if len(names) > 1:
            yield Repeated(tuple(names), f"{', '.join(names)} are one {stem} each: a repeating group", True)


def _of_column(column: Column, values: pa.ChunkedArray | None) -> Iterator[Repeated]:
    kind = column.type.name
    last = column.name.lower().rsplit("_", 1)[-1]
    if column.type.dimensions and last in _KEYS:
        yield Repeated((column.name,), f"{column.name} is an array of references, which no foreign key keeps", True)
    elif column.type.dimensions:
        yield Repeated((column.name,), f"{column.name} is an array: right where it is read and written whole", False)
    elif kind in _DOCUMENTS and values is not None and (share := _share_of_rows_in_documents(values)) > 0.5:
        what = f"{column.name} holds a list of objects in {share:.0%} of its rows: a table in a document"
        yield Repeated((column.name,), what, False)
    elif kind in _TEXTS:
        yield from _of_text(column.name, last, values)


def _of_text(name: str, last: str, values: pa.ChunkedArray | None) -> Iterator[Repeated]:
    if values is None or len(values) == values.null_count:
        if last in _LISTS:
            yield Repeated((name,), f"{name} is named as a list, and is one text", False)
        return
    share = _share_of_lists(values)
    if share >= _LEAST_LISTS and (last in _LISTS or _items_recur(values)):
        yield Repeated((name,), f"{name} holds lists in {share:.0%} of its rows, such as {_example(values)!r}", True)


def _texts(values: pa.ChunkedArray) -> pa.ChunkedArray:
    return values.slice(0, _SAMPLE).drop_null().cast(pa.string())


def _share_of_lists(values: pa.ChunkedArray) -> float:
    texts = _texts(values)
    is_list = pc.and_(pc.match_substring_regex(texts, _LIST), pc.invert(pc.match_substring_regex(texts, _SENTENCE)))
    return float(pc.mean(is_list.cast(pa.float64())).as_py() or 0.0) if len(texts) else 0.0


def _items_recur(values: pa.ChunkedArray) -> bool:
    """Whether the parts come from a small set, as those of a list do and those of `Miller, Ann` do not."""
    parts: Mapping[str, int] = {}
    split = [part.strip() for text in _texts(values).to_pylist() for part in re.split(r"[,;|]", text)]
    parts = dict.fromkeys(split, 0)
    return len(split) >= 5 * len(parts)


def _example(values: pa.ChunkedArray) -> str:
    texts = _texts(values)
    return str(texts.filter(pc.match_substring_regex(texts, _LIST))[0].as_py())


def _share_of_rows_in_documents(values: pa.ChunkedArray) -> float:
    texts = _texts(values)
    is_rows = pc.match_substring_regex(texts, r"^\s*\[\s*\{")
    return float(pc.mean(is_rows.cast(pa.float64())).as_py() or 0.0) if len(texts) else 0.0

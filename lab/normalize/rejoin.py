"""The proof on rows: a table is taken apart and put together again, and has to be the same."""

from __future__ import annotations

from functools import reduce

import numpy as np
import pyarrow as pa

from lab.model.schema import Table
from lab.normalize.codes import code, joined
from lab.normalize.split import Split
from lab.normalize.whole import key_of


def rejoins(rows: pa.Table, split: Split) -> bool:
    """Whether the join of the parts has the table's rows, each as often, and no others. Columns that were not read are
    left out of it."""
    plain = pa.table({name: _comparable(rows.column(name)) for name in rows.column_names})
    whole = _part(plain, split.slim)
    for other in split.others:
        part = _part(plain, other)
        keys = list(key_of(other))
        part = part.group_by(part.column_names).aggregate([])
        new = [name for name in part.column_names if name not in whole.column_names]
        whole = whole.join(part.select([*keys, *new]), keys, join_type="left outer")
    return _is_same(plain, whole.select(plain.column_names))


def _part(rows: pa.Table, table: Table) -> pa.Table:
    return rows.select([column.name for column in table.columns if column.name in rows.column_names])


def _comparable(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Values Arrow can join by: documents and arrays as texts."""
    if not pa.types.is_nested(column.type):
        return column
    texts = [None if value is None else repr(value) for value in column.to_pylist()]
    return pa.chunked_array([pa.array(texts, pa.string())])


def _is_same(one: pa.Table, other: pa.Table) -> bool:
    if one.num_rows != other.num_rows:
        return False
    both = pa.concat_tables([one, other])
    rows = reduce(joined, (code(column) for column in both.columns))
    first, second = np.split(rows.codes, [one.num_rows])
    return np.array_equal(np.bincount(first, minlength=rows.count), np.bincount(second, minlength=rows.count))

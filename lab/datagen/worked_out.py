"""What expressions ask for: values of a row, of those it refers to, and sums over those that belong to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sqlglot import exp

from lab.datagen import formulas, grid, values
from lab.datagen.nulls import with_nulls
from lab.datagen.numbers import on_grid
from lab.datagen.plan import Plans, TablePlan
from lab.datagen.seed import Numbers, Rows
from lab.datagen.wiring import Wiring
from lab.errors import LabError
from lab.model.schema import Column

ColumnOf = Callable[[str, str, Rows], pa.Array]
"""A column of a table in some rows."""


class ValuesOfRow:
    """Of each of `rows`, as `formulas.Row` has it."""

    def __init__(self, plan: TablePlan, plans: Plans, wiring: Wiring, column_of: ColumnOf, rows: Rows) -> None:
        self._plan = plan
        self._plans = plans
        self._wiring = wiring
        self._column_of = column_of
        self._rows = rows

    def value(self, table: str, column: str) -> pa.Array:
        """NULL where the row refers to none."""
        if table in ("", self._plan.table.name):
            return self._column_of(self._plan.table.name, column, self._rows)
        number = next(n for n, key in enumerate(self._plan.table.foreign_keys) if key.table == table)
        parents = self._wiring.reference(number).parents(self._rows)
        made = self._column_of(table, column, np.maximum(parents, 0))
        return with_nulls(made, parents < 0) if (parents < 0).any() else made

    def total(self, tree: exp.Expr) -> Numbers:
        """Over the rows of a table that lie grouped by this one's."""
        name = next(table for table, _ in formulas.columns(tree))
        fan_out = self._plans[name].fan_out
        if fan_out is None:
            raise AssertionError("a sum over rows that lie anywhere")
        starts, sizes = fan_out.starts(self._rows), fan_out.sizes(self._rows)
        ends = np.cumsum(sizes)
        children = np.arange(int(ends[-1]) if len(ends) else 0) + np.repeat(starts - (ends - sizes), sizes)
        summands = formulas.numbers(tree, _Child(name, self._column_of, children))
        sums = np.concatenate([[0.0], np.cumsum(np.nan_to_num(np.broadcast_to(summands, children.shape)))])
        found: Numbers = sums[ends] - sums[ends - sizes]
        return found


def worked_out(column: Column, tree: exp.Expr, row: ValuesOfRow, rows: Rows, drawn: Callable[[], pa.Array]) -> pa.Array:
    """A column's values by an expression; `drawn` gives others where it comes to NULL and may not."""
    kind = values.arrow_type(column.type)
    if isinstance(tree, exp.Column):
        made = row.value(tree.table, tree.name).cast(kind, safe=False)
    elif grid.is_number(column.type):
        found = np.broadcast_to(formulas.numbers(tree, row), rows.shape)
        end = grid.largest(column.type) or float(2**62)
        rounded = on_grid(np.nan_to_num(found), column.type, -end, end)
        made = with_nulls(values.number_array(rounded, column.type), np.isnan(found))
    else:
        made = formulas.texts(tree, row)
        length = grid.text_length(column.type)
        made = made if length is None else pc.utf8_slice_codeunits(made, 0, length)
    return made if column.is_nullable or not made.null_count else pc.if_else(pc.is_null(made), drawn(), made)


class _Child:
    """Rows of a table, by themselves."""

    def __init__(self, table: str, column_of: ColumnOf, rows: Rows) -> None:
        self._table = table
        self._column_of = column_of
        self._rows = rows

    def value(self, table: str, column: str) -> pa.Array:
        return self._column_of(self._table, column, self._rows)

    def total(self, tree: exp.Expr) -> Numbers:
        raise AssertionError("a sum within a sum")


Trees = Mapping[str, Mapping[str, exp.Expr]]
"""By table and column: what is worked out."""


def check_formulas(trees: Trees, plans: Plans) -> None:
    """Raises LabError for a value that is worked out from itself, or a sum over rows that are not grouped."""
    for table, of_table in trees.items():
        for column, tree in of_table.items():
            for total in tree.find_all(exp.Sum):
                _check_total(table, column, total, plans)
            _check_circle(table, column, trees, plans)


def _check_total(table: str, column: str, total: exp.Sum, plans: Plans) -> None:
    names = {name for name, _ in formulas.columns(total)}
    group = plans[name] if len(names) == 1 and (name := next(iter(names))) in plans else None
    if group is None or group.grouped_by is None or group.table.foreign_keys[group.grouped_by].table != table:
        raise _mistake(
            table,
            column,
            plans,
            f"sums up rows that do not belong to those of {table}: {total.sql(dialect='postgres')}",
            f'sum up one table that says per = "{table}"',
        )


def _check_circle(table: str, column: str, trees: Trees, plans: Plans) -> None:
    seen: set[tuple[str, str]] = set()
    waiting = list(_used(table, column, trees))
    while waiting:
        here = waiting.pop()
        if here == (table, column):
            raise _mistake(table, column, plans, "is worked out from itself", "take out one of the expressions")
        if here not in seen:
            seen.add(here)
            waiting += _used(*here, trees)


def _used(table: str, column: str, trees: Trees) -> Iterator[tuple[str, str]]:
    tree = trees.get(table, {}).get(column)
    for name, used in formulas.columns(tree) if tree is not None else ():
        yield name or table, used


def _mistake(table: str, column: str, plans: Plans, message: str, hint: str) -> LabError:
    position = plans[table].column_spec(column).position or plans[table].table.position
    return LabError(f"{f'{position}: ' if position else ''}{table}.{column} {message}", hint)

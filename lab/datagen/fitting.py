"""Whether settings of `data.toml` fit the table or the column they are written for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import pyarrow as pa

from lab.datagen import formulas, grid, values
from lab.datagen.keys import is_one_to_one
from lab.datagen.plan import grouping
from lab.errors import LabError, did_you_mean
from lab.model.data import ColumnSpec, TableSpec
from lab.model.schema import Column, Enum, ForeignKey, Schema, Table


@dataclass(frozen=True, slots=True)
class Misfit:
    """A setting that cannot do what it says, and what to write in its place."""

    setting: str
    message: str
    hint: str


def table_misfits(table: Table, spec: TableSpec, schema: Schema) -> Iterator[Misfit]:
    if spec.per is not None:
        yield from _per(table, spec.per, schema)
    tables = {other.name: other for other in schema.tables}
    is_grouped = grouping(table, spec.per, tables, tables) is not None
    for setting in ("mean", "fewest", "most", "children"):
        if getattr(spec, setting) is not None and not is_grouped:
            parents = " or ".join(_parents(table)) or "another table"
            yield Misfit(setting, f"`{setting}` needs `per`", f"name the parent: {parents}")
    fewest, most, mean = spec.fewest or 0, spec.most, spec.mean
    if most is not None and fewest > most:
        yield Misfit("most", f"at most {most} is less than at least {fewest}", f"write most = {fewest} or more")
    if mean is not None and (mean < fewest or (most is not None and mean > most)):
        end = f"between {fewest} and {most}" if most is not None else f"of {fewest} or more"
        yield Misfit(
            "mean", f"a mean of {mean:g} cannot be reached", f"write a mean {end}, or change `fewest` or `most`"
        )
    if spec.mean is not None and spec.rows is not None:
        yield Misfit("rows", f"{table.name} has both `rows` and `mean`", "keep one: the other follows from it")


def _parents(table: Table) -> list[str]:
    return sorted({key.table for key in table.foreign_keys} - {table.name})


def _per(table: Table, per: str, schema: Schema) -> Iterator[Misfit]:
    names = [other.name for other in schema.tables]
    if any(per in key.columns and key.table != table.name for key in table.foreign_keys):
        return
    if per not in names:
        yield Misfit("per", f"there is no table called {per}", did_you_mean(per, names))
    elif per == table.name:
        yield Misfit("per", f"{table.name} cannot lie grouped by itself", "take `per` out; tree_depth shapes its tree")
    elif not any(key.table == per for key in table.foreign_keys):
        remedy = f"name a table it refers to: {', '.join(_parents(table)) or 'it refers to none'}"
        yield Misfit("per", f"{table.name} does not refer to {per}", remedy)
    elif all(is_one_to_one(table, key, schema.table(per)) for key in table.foreign_keys if key.table == per):
        yield Misfit("per", f"{table.name} has one row at most for each of {per}", "write `rows` in place of `per`")


def column_misfits(table: Table, column: Column, spec: ColumnSpec, schema: Schema) -> Iterator[Misfit]:
    """What of a column's settings does not fit it; the first one is the most telling."""
    keys = [key for key in table.foreign_keys if column.name in key.columns]
    for setting, is_fit, what, hint in _domains(table, column, schema, keys):
        if getattr(spec, setting) not in (None, ()) and not is_fit:
            yield Misfit(
                setting, f"`{setting}` is {what}, and {table.name}.{column.name} is {_described(column, keys)}", hint
            )
    yield from _nulls(table, column, spec, schema)
    yield from _sizes(table, column, spec)
    for by in spec.depends_on:
        yield from _dependency(table, column, by)
    if spec.correlation is not None or spec.correlates_with is not None:
        yield from _correlation(table, column, spec)
    if spec.expression is not None:
        yield from _expression(table, column, spec.expression, schema)
    if spec.after is not None:
        yield from _after(table, column, spec.after, schema)
    for setting in ("values", "common"):
        if getattr(spec, setting) is not None:
            yield from _values(column, setting, getattr(spec, setting), schema.enum(column.type.name))


def _domains(
    table: Table, column: Column, schema: Schema, keys: list[ForeignKey]
) -> Iterator[tuple[str, bool, str, str]]:
    """Each setting: whether it can be for this column, what it is for, and what to write."""
    kind, is_plain = column.type, not keys and not column.type.dimensions
    is_text = is_plain and (grid.is_text(kind) or values.is_unknown(kind, schema))
    is_number = is_plain and grid.is_number(kind)
    is_own = any(key.table == table.name for key in keys)
    follows = "remove it: a reference takes the parent's values" if keys else "remove it"
    is_array = bool(column.type.dimensions) and not keys
    is_json = is_plain and kind.name in ("json", "jsonb")
    yield "kind", is_text or is_array, "for texts", follows
    yield "locale", is_text or is_array, "for texts", follows
    yield "words", is_text, "for texts", follows
    yield "length", is_text, "for texts", follows
    yield "items", is_array, "for arrays", follows
    yield "shape", is_json, "for JSON documents", follows
    yield "histogram", is_number, "for numbers", follows
    yield "distinct", is_text or is_number, "for texts and numbers", follows
    yield "common", is_text or is_number, "for texts and numbers", follows
    yield "expression", is_plain and not is_json, "for values of a table's own", follows
    yield "correlation", is_text or is_number, "for texts and numbers", follows
    yield "range", is_number, "for numbers", follows
    yield "distribution", is_number, "for numbers", follows
    yield "values", is_plain or is_array, "for single values of a table's own", follows
    yield "depends_on", is_plain and not grid.is_moment(kind), "for values of a table's own", follows
    yield "skew", bool(keys), "for references", "remove it, or write it below the column that refers to a table"
    yield "tree_depth", is_own, "for references to the own table", "remove it"
    yield "after", is_plain and grid.is_moment(kind), "for times", "remove it"
    yield "within_days", is_plain and grid.is_moment(kind), "for times", "remove it"


def _described(column: Column, keys: list[ForeignKey]) -> str:
    return f"a reference to {keys[0].table}" if keys else f"of type {column.type}"


def _nulls(table: Table, column: Column, spec: ColumnSpec, schema: Schema) -> Iterator[Misfit]:
    if not spec.nulls:
        return
    if not column.is_nullable:
        yield Misfit("nulls", f"{table.name}.{column.name} is NOT NULL", "remove `nulls`")
    for owner, key in schema.foreign_keys():
        if key.table == table.name and column.name in key.referenced:
            yield Misfit(
                "nulls", f"{owner.name} refers to {table.name}.{column.name}", "remove `nulls`: it has a value"
            )


def _sizes(table: Table, column: Column, spec: ColumnSpec) -> Iterator[Misfit]:
    if spec.range and spec.range[0] > spec.range[1]:
        low, high = spec.range
        yield Misfit("range", "the range is empty", f"write the lower bound first: range = [{high:g}, {low:g}]")
    most = grid.largest(column.type)
    if spec.range and most is not None and max(map(abs, spec.range)) > most + grid.step_of(column.type):
        yield Misfit("range", f"{column.type} ends at {most:,g}", f"stay between {-most:g} and {most:g}")
    for setting in ("length", "items"):
        pair = getattr(spec, setting)
        if pair and pair[0] > pair[1]:
            yield Misfit(setting, "the smaller number comes first", f"write {setting} = [{pair[1]}, {pair[0]}]")
    longest = grid.text_length(column.type)
    if spec.length and longest is not None and spec.length[1] > longest:
        yield Misfit("length", f"{column.type} ends at {longest}", f"write at most {longest}")
    if spec.histogram and list(spec.histogram) != sorted(spec.histogram):
        yield Misfit("histogram", "the bounds are not in order", "write the smaller ones first")
    if spec.common and sum(spec.common.values()) > 1.0 + 1e-9:
        yield Misfit("common", f"the shares add up to {sum(spec.common.values()):g}", "let them be 1 in all at most")
    if spec.words and spec.words[0] > spec.words[1]:
        fewest, many = spec.words
        yield Misfit("words", "fewest comes first", f"write words = [{many}, {fewest}]")


def _dependency(table: Table, column: Column, by: str) -> Iterator[Misfit]:
    names = [other.name for other in table.columns if other.generated is None and other.type.name != "tsvector"]
    if by == column.name:
        yield Misfit("depends_on", f"{column.name} cannot depend on itself", "name another column of the table")
    elif by not in names:
        yield Misfit("depends_on", f"there is no column of {table.name} called {by}", did_you_mean(by, names))


def _correlation(table: Table, column: Column, spec: ColumnSpec) -> Iterator[Misfit]:
    other = spec.correlates_with
    if spec.correlation is None:
        yield Misfit("correlates_with", "`correlates_with` needs `correlation`", "write correlation = 0.8 below it")
    if other is None:
        return
    names = [known.name for known in table.columns if known.name != column.name and known.generated is None]
    referring = {name for key in table.foreign_keys for name in key.columns}
    if other not in names:
        yield Misfit(
            "correlates_with", f"there is no other column of {table.name} called {other}", did_you_mean(other, names)
        )
    elif other in referring or table.column(other).type.dimensions:
        yield Misfit("correlates_with", f"{table.name}.{other} has no order to follow", "name a number, time or text")


def _expression(table: Table, column: Column, text: str, schema: Schema) -> Iterator[Misfit]:
    try:
        tree = formulas.parse(text)
    except LabError as error:
        yield Misfit("expression", error.message, error.hint)
        return
    children = {owner.name for owner, key in schema.foreign_keys() if key.table == table.name}
    for name, used in formulas.columns(tree):
        known = {table.name, *_parents(table), *children} if name else {table.name}
        if name and name not in known:
            yield Misfit("expression", f"{table.name} does not refer to {name}", did_you_mean(name, sorted(known)))
            continue
        owner = schema.table(name) if name else table
        names = [c.name for c in owner.columns if c.generated is None and (name or c.name != column.name)]
        if used not in names:
            yield Misfit("expression", f"there is no column of {owner.name} called {used}", did_you_mean(used, names))


def _after(table: Table, column: Column, after: str, schema: Schema) -> Iterator[Misfit]:
    parent, _, name = after.rpartition(".")
    if parent and parent not in {table.name, *_parents(table)}:
        remedy = f"write a column of {table.name}, or parent.column of one it refers to: {', '.join(_parents(table))}"
        yield Misfit("after", f"{table.name} does not refer to {parent}", remedy.removesuffix(": "))
        return
    owner = schema.table(parent) if parent else table
    times = {c.name for c in owner.columns if grid.is_moment(c.type) and c.generated is None}
    if name not in {c.name for c in owner.columns}:
        yield Misfit("after", f"there is no column of {owner.name} called {name}", did_you_mean(name, sorted(times)))
    elif name not in times:
        yield Misfit("after", f"{owner.name}.{name} is no time", did_you_mean(name, sorted(times)))
    elif owner is table and name == column.name:
        yield Misfit("after", f"{name} cannot follow itself", "name another column")


def _values(column: Column, setting: str, given: Iterable[str], enum: Enum | None) -> Iterator[Misfit]:
    for value in given:
        if enum is not None and value not in enum.values:
            yield Misfit(setting, f"{value!r} is no value of {enum.name}", did_you_mean(value, list(enum.values)))
        elif not _is_of_type(value, column):
            yield Misfit(setting, f"{value!r} is no {column.type}", f"write values a {column.type} column can hold")


def _is_of_type(value: str, column: Column) -> bool:
    kind = replace(column.type, dimensions=0)
    length = grid.text_length(kind)
    if grid.is_text(kind) and length is not None and len(value) > length:
        return False
    try:
        values.as_type([value], kind)
    except (pa.ArrowException, ValueError):
        return False
    return True

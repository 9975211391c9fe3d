"""A `data.toml` for a new design, to be corrected by hand: what was inferred or observed, and every setting there is
with an example that fits one of the design's columns."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields

from lab.datagen import grid, moments
from lab.datagen.choices import choices
from lab.datagen.fitting import column_misfits
from lab.datagen.keys import keys_of
from lab.datagen.plan import TablePlan, plan_tables
from lab.datagen.table_bounds import bounds_of
from lab.model.data import ColumnSpec, DataSpec, JsonSpec, TableSpec
from lab.model.schema import Column, Schema, Table

_INDENT = "# "


def write_spec(schema: Schema, spec: DataSpec | None = None) -> str:
    """The text of a commented `data.toml`: with the numbers of rows at scale 1 and what `spec` says; the rest of the
    settings as comments, each of which is valid where it stands."""
    spec = spec or DataSpec()
    taken = {table.name for table in schema.tables}
    general = {
        "locale": f'locale = "{spec.locale}"  # of names and addresses: a locale of Faker\'s',
        "now": f"now = {spec.now:%Y-%m-%dT%H:%M:%SZ}  # the newest moment in the data",
        "history_days": f"history_days = {spec.history_days:g}  # the oldest one lies so many days before",
    }
    examples, unfit = _examples(schema, spec)
    lines = [
        "# How much data, of which shape. Everything here may be left out: it is inferred from names, types, enums,",
        "# checks and keys. A setting behind # is an example: take the # away, and change it. See docs/data.md.",
        "",
        *(line for key, line in general.items() if key not in taken),
    ]
    for plan in plan_tables(schema, spec, 1.0, seed=1).values():
        lines += ["", *_table(plan, spec.tables.get(plan.table.name, TableSpec()))]
        for column in plan.table.columns:
            lines += _column(plan.table, column, spec, examples.get((plan.table.name, column.name), []))
    if unfit:
        lines += ["", f"# No column here takes: {', '.join(sorted(unfit))}."]
    return "\n".join(lines) + "\n"


def _table(plan: TablePlan, spec: TableSpec) -> Iterator[str]:
    yield f"[{_key(plan.table.name)}]"
    if plan.grouped_by is not None:
        key = plan.table.foreign_keys[plan.grouped_by]
        by = spec.per or (key.table if _is_only(plan.table, key.table) else key.columns[0])
        yield f"per = {_quoted(by)}  # so many for each, lying together"
        yield f"rows = {plan.count:_}" if spec.rows else "mean = 3"
        yield f"{_INDENT}fewest = 0"
        yield f"{_INDENT}most = 1_000"
        yield f'{_INDENT}children = "poisson"  # or geometric (a few have many), zipf, uniform, constant'
        return
    yield f"rows = {plan.count:_}  # at scale 1"
    if not any(key.table != plan.table.name for key in plan.table.foreign_keys):
        yield f"{_INDENT}grows = false  # so many at every scale"


def _is_only(table: Table, parent: str) -> bool:
    return sum(key.table == parent for key in table.foreign_keys) == 1


def _column(table: Table, column: Column, spec: DataSpec, examples: list[str]) -> list[str]:
    found = spec.tables.get(table.name, TableSpec()).columns.get(column.name, ColumnSpec())
    said = [f"{name} = {_value(value)}" for name, value in _settings(found).items()]
    if not said and not examples:
        return []
    return ["", f"[{_key(table.name)}.{_key(column.name)}]", *said, *(_INDENT + example for example in examples)]


def _settings(spec: ColumnSpec | JsonSpec) -> dict[str, object]:
    """Those that differ from saying nothing."""
    empty = type(spec)()
    names = [field.name for field in fields(spec) if field.name != "position"]
    return {name: getattr(spec, name) for name in names if getattr(spec, name) != getattr(empty, name)}


# Examples

_Example = Callable[[Schema, Table, Column], tuple[ColumnSpec, str] | None]


def _examples(schema: Schema, spec: DataSpec) -> tuple[dict[tuple[str, str], list[str]], set[str]]:
    """By table and column: the examples of settings that fit it, one column for each; and the settings that fit none.
    A column takes few, so that they are spread over the file."""
    found: dict[tuple[str, str], list[str]] = {}
    unfit = set()
    for setting, example in _EXAMPLES.items():
        places = [
            ((table.name, column.name), text)
            for table in schema.tables
            for column in table.columns
            if not _is_said(spec, table, column, setting)
            if (text := _fitting(schema, table, column, example)) is not None
        ]
        if places:
            place, text = min(places, key=lambda pair: len(found.get(pair[0], [])))
            found.setdefault(place, []).append(text)
        else:
            unfit.add(setting)
    return found, unfit


def _is_said(spec: DataSpec, table: Table, column: Column, setting: str) -> bool:
    said = spec.tables.get(table.name, TableSpec()).columns.get(column.name, ColumnSpec())
    exclusive = {"values", "common", "range", "histogram", "expression", "words", "length", "kind", "depends_on"}
    taken = _settings(said).keys()
    return setting in taken or bool(setting in exclusive and exclusive & taken)


def _fitting(schema: Schema, table: Table, column: Column, example: _Example) -> str | None:
    if column.generated is not None or column.type.name == "tsvector":
        return None
    made = example(schema, table, column)
    if made is None or any(column_misfits(table, column, made[0], schema)):
        return None
    settings = _settings(made[0])
    text = f"\n{_INDENT}".join(f"{name} = {_value(value)}" for name, value in settings.items())
    return f"{text}  # {made[1]}" if made[1] else text


def _free(table: Table, column: Column) -> bool:
    """Of no key and no reference, with nothing that a check or an enum asks of it."""
    keyed = {name for key in keys_of(table) for name in key}
    keyed |= {name for key in table.foreign_keys for name in key.columns}
    return column.name not in keyed | bounds_of(table).keys()


def _kind(schema: Schema, table: Table, column: Column) -> tuple[ColumnSpec, str] | None:
    return (ColumnSpec(kind="sentence"), "a provider of Faker's, or title, slug, sku, code") if (
        _free(table, column) and grid.text_length(column.type) is None
    ) else None  # fmt: skip


def _locale(schema: Schema, table: Table, column: Column) -> tuple[ColumnSpec, str] | None:
    return (ColumnSpec(locale="de_DE"), "of this column alone") if _free(table, column) else None


def _values(schema: Schema, table: Table, column: Column) -> tuple[ColumnSpec, str] | None:
    enum = schema.enum(column.type.name)
    listed = (
        choices(column, ColumnSpec(), bounds_of(table)[column.name], enum) if column.name in bounds_of(table) else {}
    )
    known = list(listed or (enum.values if enum else ()))
    if not known and column.type.name == "boolean":
        known = ["true", "false"]
    keyed = {name for key in keys_of(table) for name in key}
    if not known or column.name in keyed:
        return None
    weights = {value: float(max(10 - 3 * place, 1)) for place, value in enumerate(known)}
    return ColumnSpec(values=weights), "values and their weights"


def _common(schema: Schema, table: Table, column: Column) -> tuple[ColumnSpec, str] | None:
    value = "1" if grid.is_number(column.type) else "unknown"
    if not _free(table, column) or schema.enum(column.type.name):
        return None
    return ColumnSpec(common={value: 0.2}), "shares of all values; the others are drawn as ever"


def _when(spec: ColumnSpec, comment: str, is_fit: Callable[[Table, Column], bool] = _free) -> _Example:
    return lambda schema, table, column: (spec, comment) if is_fit(table, column) else None


def _is_nullable(table: Table, column: Column) -> bool:
    return column.is_nullable and column.name not in bounds_of(table)


def _after(schema: Schema, table: Table, column: Column) -> tuple[ColumnSpec, str] | None:
    main = moments.main_moment(table)
    if main is None or main.name == column.name or column.name in bounds_of(table):
        return None
    return ColumnSpec(after=main.name, within_days=30.0), "or a parent's: orders.placed_at"


def _depends_on(schema: Schema, table: Table, column: Column) -> tuple[ColumnSpec, str] | None:
    other = _other(table, column, lambda other: grid.is_text(other.type))
    if other is None or not _free(table, column):
        return None
    return ColumnSpec(depends_on=(other.name,)), "wherever that is the same, so is this"


def _correlation(schema: Schema, table: Table, column: Column) -> tuple[ColumnSpec, str] | None:
    other = _other(table, column, lambda other: grid.is_number(other.type))
    if other is None or not _free(table, column) or not grid.is_number(column.type):
        return None
    return ColumnSpec(correlation=0.8, correlates_with=other.name), "without a column: with the order of rows"


def _expression(schema: Schema, table: Table, column: Column) -> tuple[ColumnSpec, str] | None:
    other = _other(table, column, lambda other: grid.is_number(other.type))
    if other is None or not _free(table, column) or not grid.is_number(column.type):
        return None
    name = other.name if re.fullmatch(r"[a-z_][a-z0-9_]*", other.name) else f'"{other.name}"'
    return ColumnSpec(expression=f"{name} * 2"), "of the row's columns, a parent's, or sums: sum(lines.amount)"


def _other(table: Table, column: Column, is_fit: Callable[[Column], bool]) -> Column | None:
    others = (other for other in table.columns if other.name != column.name and is_fit(other) and _free(table, other))
    return next((other for other in others if other.generated is None), None)


def _refers_elsewhere(table: Table, column: Column) -> bool:
    return any(column.name in key.columns and key.table != table.name for key in table.foreign_keys)


def _refers_to_itself(table: Table, column: Column) -> bool:
    return any(column.name in key.columns and key.table == table.name for key in table.foreign_keys)


_SHAPE = {
    "color": JsonSpec(kind="color_name"),
    "size": JsonSpec(values={"M": 3.0, "L": 1.0}),
    "weight": JsonSpec(range=(1.0, 50.0), nulls=0.5),
    "tags": JsonSpec(kind="word", items=(0, 3)),
}
_EXAMPLES: Mapping[str, _Example] = {
    "nulls": _when(ColumnSpec(nulls=0.3), "share of NULLs", _is_nullable),
    "values": _values,
    "kind": _kind,
    "range": _when(ColumnSpec(range=(1.0, 900.0), distribution="lognormal"), "or uniform, normal"),
    "skew": _when(ColumnSpec(skew=0.9), "how unequally often parents are referred to", _refers_elsewhere),
    "tree_depth": _when(ColumnSpec(tree_depth=4), "levels", _refers_to_itself),
    "after": _after,
    "words": _when(ColumnSpec(words=(20, 80)), "fewest and most"),
    "length": _when(ColumnSpec(length=(2, 8)), "fewest and most characters"),
    "depends_on": _depends_on,
    "expression": _expression,
    "correlation": _correlation,
    "histogram": _when(ColumnSpec(histogram=(1.0, 5.0, 20.0, 400.0)), "equally many between each and the next"),
    "distinct": _when(ColumnSpec(distinct=500), "different values"),
    "common": _common,
    "shape": _when(ColumnSpec(shape=_SHAPE), ""),
    "items": _when(ColumnSpec(items=(0, 5)), "fewest and most elements"),
    "locale": _locale,
}


# TOML


def _value(value: object) -> str:
    """A value (TOML 1.0); objects as inline tables."""
    match value:
        case bool():
            return str(value).lower()
        case JsonSpec():
            return _value(_settings(value))
        case Mapping():
            return "{ " + ", ".join(f"{_key(str(key))} = {_value(inner)}" for key, inner in value.items()) + " }"
        case tuple() | list():
            return "[" + ", ".join(_value(item) for item in value) + "]"
        case float() | int():
            return f"{value:.10g}" if float(value) != int(value) or abs(value) >= 1e15 else f"{int(value)}"
    return _quoted(str(value))


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _quoted(name)


def _quoted(text: str) -> str:
    """A basic string."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")

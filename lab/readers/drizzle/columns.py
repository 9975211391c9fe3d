"""A column's builder and what is called on it -> a column, and the constraints that stand on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from lab.model.schema import Action, Column, Enum, ForeignKey, Key, Type
from lab.readers.dialects import in_postgres
from lab.readers.drizzle.chains import Step, is_enum, symbol_name, unchained
from lab.readers.drizzle.expressions import default_sql, sql_text
from lab.readers.drizzle.reading import Known, Reading, cut
from lab.readers.drizzle.sequences import sequence_sql
from lab.readers.drizzle.types import BUILDERS, Built
from lab.readers.types import parse_foreign_type, parse_type
from lab.readers.typescript import (
    Call,
    Function,
    Member,
    Place,
    Record,
    Unknown,
    Value,
    call,
    constant_text,
    entry,
    texts_of,
    truth_of,
)

_ACTIONS: Mapping[str, Action] = {
    "cascade": "cascade",
    "restrict": "restrict",
    "no action": "no action",
    "set null": "set null",
    "set default": "set default",
}


@dataclass(slots=True)
class Read:
    """A column being read, and what its steps add to its table."""

    column: Column
    place: Place
    table: Known
    is_primary: bool = False
    unique: Key | None = None
    foreign_key: ForeignKey | None = None

    @property
    def where(self) -> str:
        return f"{self.table.name}.{self.column.name}"

    def put(self, **changes: object) -> None:
        self.column = replace(self.column, **changes)  # type: ignore[arg-type]


def read_column(key: str, builder: Value, table: Known, reading: Reading) -> Read | None:
    """None, and a loss, for what is no column of Drizzle's or cannot be known."""
    name = table.names[key]
    start, steps = unchained(builder)
    built = _built(start, name, table, reading)
    if built is None:
        reason = start.reason if isinstance(start, Unknown) else f"{builder.place.text} is no column of Drizzle's"
        reading.lose(f"column {name} of {table.name}", f"left out: {reason}", builder.place)
        return None
    if built.loss:
        reading.lose(f"{built.loss[0]} of {table.name}.{name}", built.loss[1], builder.place)
    column = Column(
        name,
        built.type,
        is_nullable=not built.is_serial,
        identity="by default" if built.is_serial else None,
        comment=table.columns.docs.get(key, ""),
        position=builder.place.position,
    )
    read = Read(column, builder.place, table)
    if built.is_serial and reading.provider == "mysql":
        read.unique = Key((name,), f"{table.name}_{name}_unique", column.position)
    for step in steps:
        _apply(step, read, reading)
    return read


def _built(start: Value, name: str, table: Known, reading: Reading) -> Built | None:
    if not isinstance(start, Call):
        return None
    options = next((argument for argument in start.arguments if isinstance(argument, Record)), None)
    if is_enum(start.function) and isinstance(start.function, Call):
        enum = reading.enum(start.function)
        if enum:
            return Built(Type(enum.name))
        return Built(Type("text"), loss=(f"values of enum {start.function.place.text}", "kept as text: not known"))
    if isinstance(start.function, Call) and symbol_name(start.function.function) == "customType":
        return _custom(start.function, options, reading.provider)
    builder = symbol_name(start.function)
    if builder == "mysqlEnum":
        return _inline_enum(start, name, table, reading)
    known = BUILDERS[reading.provider]
    if builder is None or builder not in known:
        return None
    if texts_of(entry(options, "enum")):
        reading.lose(f"values of {table.name}.{name}", "not checked: Drizzle alone knows them", start.place)
    return known[builder](options)


def _custom(made: Call, options: Value | None, provider: str) -> Built | None:
    """`customType({ dataType() { return "citext" } })`."""
    function = entry(made.argument(0), "dataType")
    if not isinstance(function, Function):
        return None
    text = constant_text(call(function, [options] if options else [], made.place))
    if text is None:
        return None
    if provider == "mysql":
        bare, _, rest = text.lower().partition(" character set ")
        is_uuid = bare == "char(36)" and rest.startswith("ascii")
        type_, loss = parse_foreign_type(bare.partition(" collate ")[0], provider)
        return Built(Type("uuid") if is_uuid else type_, loss=(f"type {text}", loss) if loss else None)
    type_, is_whole = parse_type(text)
    return Built(type_, loss=None if is_whole else (f"type {text}", f"kept as {type_}"))


def _inline_enum(start: Call, name: str, table: Known, reading: Reading) -> Built | None:
    """MySQL's enums belong to their column; the model's have names."""
    values = next((found for argument in start.arguments if (found := texts_of(argument)) is not None), None)
    if values is None:
        return None
    enum = Enum(cut(f"{table.name}_{name}"), values, position=start.place.position)
    reading.enums[start] = enum
    return Built(Type(enum.name))


def _apply(step: Step, read: Read, reading: Reading) -> None:
    if step.name in _STEPS:
        _STEPS[step.name](step, read, reading)
    elif step.name not in _SILENT:
        reading.lose(f".{step.name}() of {read.where}", "not read: it is unknown", step.place)


def _not_null(step: Step, read: Read, reading: Reading) -> None:
    read.put(is_nullable=False)


def _primary_key(step: Step, read: Read, reading: Reading) -> None:
    read.is_primary = True
    read.put(is_nullable=False)
    if truth_of(entry(step.argument(), "autoIncrement")) or (
        reading.provider == "sqlite" and read.column.type == Type("integer")
    ):
        read.put(identity="by default")


def _autoincrement(step: Step, read: Read, reading: Reading) -> None:
    read.put(identity="by default")


def _unique(step: Step, read: Read, reading: Reading) -> None:
    name = constant_text(step.argument()) or f"{read.table.name}_{read.column.name}_unique"
    has_distinct_nulls = constant_text(entry(step.argument(1), "nulls")) != "not distinct"
    read.unique = Key((read.column.name,), cut(name), step.place.position, has_distinct_nulls=has_distinct_nulls)


def _default(step: Step, read: Read, reading: Reading) -> None:
    value = step.argument()
    sql = default_sql(value, read.column.type, reading) if value is not None else None
    if sql is None:
        shown = value.place.text if value is not None else "without a value"
        reading.lose(f"default {shown} of {read.where}", "not set: it is not known as SQL of PostgreSQL", step.place)
    else:
        read.put(default=None if sql == "NULL" else sql)


def _default_now(step: Step, read: Read, reading: Reading) -> None:
    read.put(default=_NOW.get(reading.provider, "now()"))


def _default_random(step: Step, read: Read, reading: Reading) -> None:
    read.put(default="gen_random_uuid()")


def _on_update(step: Step, read: Read, reading: Reading) -> None:
    read.put(is_updated_by_client=True)


def _on_update_now(step: Step, read: Read, reading: Reading) -> None:
    reading.lose(f"ON UPDATE CURRENT_TIMESTAMP of {read.where}", "not set when a row changes", step.place)


def _array(step: Step, read: Read, reading: Reading) -> None:
    read.put(type=replace(read.column.type, dimensions=read.column.type.dimensions + 1))


def _generated(step: Step, read: Read, reading: Reading) -> None:
    value = step.argument()
    if isinstance(value, Function):
        value = call(value, [], step.place)
    text = constant_text(value) if constant_text(value) is not None else sql_text(value, reading)
    sql = in_postgres(text, reading.provider) if text is not None else None
    if sql is None:
        reading.lose(f"expression of generated column {read.where}", "a plain column: it is not known", step.place)
        return
    mode = constant_text(entry(step.argument(1), "mode"))
    if mode == "virtual" or (mode is None and reading.provider != "postgres"):
        reading.lose(f"VIRTUAL of generated column {read.where}", "stored, as every version can", step.place)
    read.put(generated=sql)


def _identity(step: Step, read: Read, reading: Reading) -> None:
    is_always = step.name == "generatedAlwaysAsIdentity"
    read.put(
        identity="always" if is_always else "by default", is_nullable=False, sequence=sequence_sql(step.argument())
    )


def _references(step: Step, read: Read, reading: Reading) -> None:
    function = step.argument()
    value = call(function, [], step.place) if isinstance(function, Function) else function
    found = reading.column(value) if isinstance(value, Member) else None
    if found is None:
        shown = function.place.text if function else ""
        what = f"reference {shown} of {read.where}"
        reading.lose(what, "no foreign key: what it refers to is not in the files read", step.place)
        return
    made, column = found
    reading.wanted.append(made)
    referenced = reading.known(made)
    name = "_".join((read.table.name, read.column.name, referenced.name, column, "fk"))
    read.foreign_key = ForeignKey(
        (read.column.name,),
        referenced.name,
        (column,),
        action_of(entry(step.argument(1), "onDelete")),
        action_of(entry(step.argument(1), "onUpdate")),
        name=cut(name) if reading.provider != "sqlite" else None,
        position=step.place.position,
    )


def action_of(value: Value | None) -> Action:
    return _ACTIONS.get(constant_text(value) or "", "no action")


_NOW = {"sqlite": "CURRENT_TIMESTAMP"}
_SILENT = frozenset("$type $default $defaultFn using".split())
_STEPS: Mapping[str, Callable[[Step, Read, Reading], None]] = {
    "$onUpdate": _on_update,
    "$onUpdateFn": _on_update,
    "array": _array,
    "autoincrement": _autoincrement,
    "default": _default,
    "defaultNow": _default_now,
    "defaultRandom": _default_random,
    "generatedAlwaysAs": _generated,
    "generatedAlwaysAsIdentity": _identity,
    "generatedByDefaultAsIdentity": _identity,
    "notNull": _not_null,
    "onUpdateNow": _on_update_now,
    "primaryKey": _primary_key,
    "references": _references,
    "unique": _unique,
}

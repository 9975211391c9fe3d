"""`varchar("name").notNull().default("x")` as what it begins with and what is called on it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lab.readers.typescript import Call, Function, Member, Place, Symbol, Template, Value

TABLE_FUNCTIONS = {
    "pgTable": "postgres",
    "mysqlTable": "mysql",
    "sqliteTable": "sqlite",
    "singlestoreTable": "mysql",
    "cockroachTable": "postgres",
    "gelTable": "postgres",
    "pgTableCreator": "postgres",
    "mysqlTableCreator": "mysql",
    "sqliteTableCreator": "sqlite",
    "singlestoreTableCreator": "mysql",
    "pgSchema": "postgres",
    "mysqlSchema": "mysql",
    "mysqlDatabase": "mysql",
    "pgEnum": "postgres",
}
CORES = {"postgres": "drizzle-orm/pg-core", "mysql": "drizzle-orm/mysql-core", "sqlite": "drizzle-orm/sqlite-core"}
_TABLE_LIKE = re.compile(r"(?i)(?:create|make|define)?\w*table\w*$")


@dataclass(frozen=True, slots=True)
class Step:
    """One `.name(…)` of a chain; `.name` alone has no call."""

    name: str
    arguments: tuple[Value, ...]
    place: Place

    def argument(self, number: int = 0) -> Value | None:
        return self.arguments[number] if len(self.arguments) > number else None


def unchained(value: Value) -> tuple[Value, tuple[Step, ...]]:
    """What a chain begins with (a Call, a Symbol, …) and its steps, in order."""
    steps: list[Step] = []
    while True:
        if isinstance(value, Call) and isinstance(value.function, Member):
            steps.append(Step(value.function.name, value.arguments, value.place))
            value = value.function.object
        elif isinstance(value, Member) and table_call(value.object) is None:
            steps.append(Step(value.name, (), value.place))
            value = value.object
        else:
            return value, tuple(reversed(steps))


def symbol_name(value: Value) -> str | None:
    """The name a package exports something by; None for anything else."""
    return value.name if isinstance(value, Symbol) else None


@dataclass(frozen=True, slots=True)
class TableCall:
    """A call that makes a table. `maker` is pgTable, a creator's call or a schema's; None when the call is of a
    function that was not read, and only looks like one."""

    call: Call
    provider: str | None
    creator: Function | None = None
    schema: Call | None = None
    has_row_security: bool = False


def table_call(value: Value) -> TableCall | None:
    """The table a value is; None when it is none."""
    has_row_security = False
    while isinstance(value, Call) and isinstance(value.function, Member):
        if value.function.name == "enableRLS":
            has_row_security = True
        else:
            break
        value = value.function.object
    if not isinstance(value, Call):
        return None
    found = _table_call(value)
    if found is None or not has_row_security:
        return found
    return TableCall(found.call, found.provider, found.creator, found.schema, True)


def _table_call(call: Call) -> TableCall | None:
    function = call.function
    name = symbol_name(function)
    if name in TABLE_FUNCTIONS and name.endswith("Table"):
        return TableCall(call, TABLE_FUNCTIONS[name])
    if isinstance(function, Member):
        return _member_table_call(call, function)
    if isinstance(function, Call):
        made_by = symbol_name(function.function) or ""
        if made_by.endswith("TableCreator") and made_by in TABLE_FUNCTIONS:
            creator = function.argument(0)
            return TableCall(call, TABLE_FUNCTIONS[made_by], creator if isinstance(creator, Function) else None)
    if name is not None and _TABLE_LIKE.match(name) and len(call.arguments) > 1:
        return TableCall(call, None)
    return None


def _member_table_call(call: Call, function: Member) -> TableCall | None:
    owner = function.object
    if function.name == "withRLS" and symbol_name(owner) in TABLE_FUNCTIONS:
        return TableCall(call, TABLE_FUNCTIONS[symbol_name(owner) or ""], has_row_security=True)
    if function.name == "table" and isinstance(owner, Call):
        made_by = symbol_name(owner.function) or ""
        if made_by in TABLE_FUNCTIONS:
            return TableCall(call, TABLE_FUNCTIONS[made_by], schema=owner)
    return None


def is_enum(value: Value) -> bool:
    """Whether a value is a pgEnum, or a schema's."""
    if not isinstance(value, Call):
        return False
    function = value.function
    if isinstance(function, Member) and function.name == "enum" and isinstance(function.object, Call):
        return symbol_name(function.object.function) == "pgSchema"
    return symbol_name(function) == "pgEnum"


def made_by(value: Value) -> str | None:
    """The package's function a value comes from: `pgView` of `pgView("x").as(…)`; None for anything else."""
    start, _ = unchained(value)
    if isinstance(start, Call):
        return symbol_name(start.function)
    return symbol_name(start.tag) if isinstance(start, Template) else None

"""What a building block is made of: steps with their way back, for each engine that can take them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from textwrap import dedent

from lab.engines.engine import literal, quote
from lab.errors import LabError, did_you_mean
from lab.model.design import Design
from lab.model.schema import Column, Schema, Table
from lab.model.workload import Operation

MYSQL, POSTGRES, SQLITE = "mysql", "postgres", "sqlite"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a user said of a block; what is empty is for the block to choose."""

    tables: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    operation: str = ""
    keep_months: int = 24
    is_by_trigger: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """Statements, and those that undo them."""

    up: str
    down: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """A block for one design: a variant's migration for each engine, and why the others have none."""

    name: str
    description: str
    steps: Mapping[str, Sequence[Step]]
    gaps: Mapping[str, str] = field(default_factory=dict)
    queries: str = ""
    """The variant's part of the workload: sessions, or queries it asks differently."""
    tables: tuple[str, ...] = ()
    """Those it changes."""

    def script(self, engine: str) -> str:
        """The migration in dbmate's convention, the way back in reverse."""
        steps = self.steps[engine]
        up = [step.up for step in steps if step.up]
        down = [step.down for step in reversed(steps) if step.down]
        comment = "".join(f"-- {line}\n" for line in self.description.splitlines())
        return f"{comment}\n-- migrate:up\n{_spaced(up)}\n-- migrate:down\n{_spaced(down)}"


def _spaced(texts: Sequence[str]) -> str:
    return "\n".join(dedent(text).strip() + "\n" for text in texts)


def backtick(name: str) -> str:
    """A delimited identifier of MySQL's."""
    return "`" + name.replace("`", "``") + "`"


QUOTES: Mapping[str, Callable[[str], str]] = {MYSQL: backtick, POSTGRES: quote, SQLITE: quote}


def chosen_tables(schema: Schema, wanted: Wanted, fits: Callable[[Table], bool], what: str) -> tuple[Table, ...]:
    """The tables that were named; else all that fit. Raises LabError for one there is not, and when none fits."""
    known = {table.name: table for table in schema.tables}
    for name in wanted.tables:
        if name not in known:
            raise LabError(f"there is no table {name}", did_you_mean(name, known))
    found = tuple(known[name] for name in dict.fromkeys(wanted.tables)) or tuple(filter(fits, schema.tables))
    if not found:
        raise LabError(f"no table is {what}", f"name one: --table {schema.tables[0].name}" if known else "")
    return found


def chosen_column(table: Table, wanted: Wanted, fits: Callable[[Column], bool], what: str) -> Column:
    """The first column named that the table has; else the first that fits. Raises LabError when there is none."""
    names = [column.name for column in table.columns]
    for name in wanted.columns:
        if name in names:
            return table.column(name)
    found = next(filter(fits, table.columns), None)
    if wanted.columns or found is None:
        lacks = wanted.columns[0] if wanted.columns else what
        raise LabError(
            f"table {table.name} has no column {lacks}" if wanted.columns else f"table {table.name} has no {what}",
            did_you_mean(wanted.columns[0], names) if wanted.columns else "name it: --column placed_at",
        )
    return found


def key_columns(table: Table, block: str) -> tuple[Column, ...]:
    """Of the primary key. Raises LabError for a table without one."""
    if table.primary_key is None:
        raise LabError(
            f"{block} needs a primary key, which {table.name} lacks", "give it one, or name the other tables: --table"
        )
    return tuple(table.column(name) for name in table.primary_key.columns)


def free_name(schema: Schema, wanted: str) -> str:
    """The name itself, when no table has it. Raises LabError when one does."""
    if any(table.name == wanted for table in schema.tables):
        raise LabError(f"there is a table {wanted} already", "rename it, or add the block by hand")
    return wanted


def is_secret(column: Column) -> bool:
    """Whether its values are not to be repeated in a log."""
    return any(word in column.name.lower() for word in ("password", "secret", "token", "hash", "private_key"))


def chosen_operation(design: Design, name: str) -> Operation:
    """Raises LabError for one there is not."""
    operations = {operation.name: operation for operation in design.workload.operations}
    if name not in operations:
        raise LabError(f"there is no operation called {name}", did_you_mean(name, operations))
    return operations[name]


def names(columns: Sequence[Column], quoted: Callable[[str], str], before: str = "") -> str:
    return ", ".join(before + quoted(column.name) for column in columns)


def matches(columns: Sequence[Column], quoted: Callable[[str], str], left: str, right: str) -> str:
    """`left.id = right.id AND …`"""
    return " AND ".join(f"{left}{quoted(column.name)} = {right}{quoted(column.name)}" for column in columns)


def text_array(values: Sequence[str]) -> str:
    return f"array[{', '.join(map(literal, values))}]::text[]"

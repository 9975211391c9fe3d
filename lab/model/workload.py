"""Named operations (queries) with a target class, a weight and parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from lab.model.schema import Position
from lab.model.spoken import text_key

TargetClass = Literal["simple", "complex"]
Value = str | int | float | bool | None

TARGET_SECONDS: Mapping[TargetClass, float] = {"simple": 0.050, "complex": 0.500}
"""How long the 95th percentile of an operation may take, by class."""
Target = Literal["met", "missed", "cannot tell"]
"""`met` when the whole confidence interval of the 95th percentile lies below the target, `missed` when it lies
above, otherwise `cannot tell`."""


@dataclass(frozen=True, slots=True)
class FromColumn:
    """A value of `table.column` taken from a row of the data, rows being equally likely: a foreign key column
    therefore yields hot parents as often as they occur. `row` tells apart rows of one table in one set."""

    table: str
    column: str
    row: int = 0


@dataclass(frozen=True, slots=True)
class Word:
    """One word out of a text column of a random row."""

    table: str
    column: str


@dataclass(frozen=True, slots=True)
class Fresh:
    """A value for `table.column` as the generator would make for a row beyond the loaded ones: never taken yet."""

    table: str
    column: str


@dataclass(frozen=True, slots=True)
class Between:
    """A number, uniform over [low, high], whole when both bounds are."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Choice:
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Ago:
    """A timestamp `low` to `high` days before the newest moment of the data."""

    low_days: float
    high_days: float
    is_date: bool = False
    """Whether it is given as a date, as what it is compared with or put into is one."""


Rule = FromColumn | Word | Fresh | Between | Choice | Ago


@dataclass(frozen=True, slots=True)
class Parameter:
    """How values for `:name` are chosen. Parameters of one operation naming the same table by `FromColumn`
    take their values from the same row."""

    name: str
    rule: Rule
    position: Position | None = None
    is_inferred: bool = False
    """Whether the rule was read off the query, which had none."""


@dataclass(frozen=True, slots=True)
class Held:
    """Parameters a caller still holds from the page before: `names`, the columns of the row that `last_row` gives when
    `offset` is one less, or of the very last row where that is beyond it. NULL, all of them, for the first page."""

    names: tuple[str, ...]
    last_row: Operation
    offset: str
    """The parameter that says how many rows come before the page."""


@dataclass(frozen=True, slots=True)
class Operation:
    """A query or a write. `sql` maps an engine's name to its text; `""` holds the common text, in PostgreSQL's
    dialect. Parameters appear as `:name`, and in the text of an engine without SQL as that engine's module says."""

    name: str
    target_class: TargetClass
    sql: Mapping[str, str]
    parameters: tuple[Parameter, ...] = ()
    weight: float = 1.0
    is_write: bool = False
    is_ordered: bool = False
    """Whether the outermost query orders its rows, so that answers are compared in order."""
    description: str = ""
    position: Position | None = None
    positions: Mapping[str, Position] = field(default_factory=dict)
    """Where each text of `sql` starts."""
    gaps: Mapping[str, str] = field(default_factory=dict)
    """Engines that cannot serve it, by name, and why."""
    session: Mapping[str, str] = field(default_factory=dict)
    """Settings that hold while it runs, and the SQL expressions of their values, which may use its parameters."""
    held: Held | None = None
    """What its text asks for beside `parameters`."""

    @property
    def target_seconds(self) -> float:
        return TARGET_SECONDS[self.target_class]

    def text(self, engine: str) -> str:
        return self.sql.get(text_key(engine, self.sql), "")

    def text_position(self, engine: str) -> Position | None:
        return self.positions.get(text_key(engine, self.sql), self.position)


@dataclass(frozen=True, slots=True)
class Workload:
    """Operations, and for some variants other texts for some of them."""

    operations: tuple[Operation, ...]
    rewrites: Mapping[str, tuple[Operation, ...]] = field(default_factory=dict)
    origin: str = ""
    """Where it came from: a file, or `derived from the schema`."""

    def for_variant(self, variant: str) -> tuple[Operation, ...]:
        """The operations as `variant` runs them, in the workload's order."""
        rewritten = {operation.name: operation for operation in self.rewrites.get(variant, ())}
        return tuple(rewritten.get(operation.name, operation) for operation in self.operations)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A statement in a log that the lab can make no operation of, and why."""

    text: str
    calls: int
    reason: str

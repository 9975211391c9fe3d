"""How much data of which shape: what `data.toml` says, checked against the schema."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from lab.model.schema import Position


@dataclass(frozen=True, slots=True)
class JsonSpec:
    """What a field of a JSON document holds: `shape` a document of its own, else one value, or with `items` so many."""

    kind: str | None = None
    values: Mapping[str, float] | None = None
    range: tuple[float, float] | None = None
    items: tuple[int, int] | None = None
    nulls: float = 0.0
    """Share of documents without the field."""
    shape: Mapping[str, JsonSpec] | None = None


@dataclass(frozen=True, slots=True)
class ColumnSpec:
    """What the user said of a column; None leaves it to inference."""

    kind: str | None = None
    """A provider of Faker (`email`, `city`, `sentence`, …)."""
    values: Mapping[str, float] | None = None
    """Values and their weights."""
    common: Mapping[str, float] | None = None
    """Values that make up such shares of all there are; the others are drawn as without them."""
    range: tuple[float, float] | None = None
    """Lowest and highest number."""
    distribution: str | None = None
    """`uniform`, `normal` or `lognormal`, over the range."""
    histogram: tuple[float, ...] | None = None
    """Bounds with equally many numbers between each and the next."""
    distinct: int | None = None
    """How many different values are drawn from."""
    nulls: float | None = None
    """Share of NULLs, 0 to 1."""
    skew: float | None = None
    """Zipf exponent of a reference's popularity; 0 is uniform."""
    after: str | None = None
    """A timestamp column this one follows: of the same row (`placed_at`), or of the parent (`orders.placed_at`)."""
    within_days: float | None = None
    """How many days after `after` at most."""
    words: tuple[int, int] | None = None
    """Fewest and most words of a text."""
    length: tuple[int, int] | None = None
    """Fewest and most characters of a text."""
    items: tuple[int, int] | None = None
    """Fewest and most elements of an array."""
    locale: str | None = None
    """Of this column's texts, where it is another than the data's."""
    depends_on: tuple[str, ...] = ()
    """Columns of the same table that together determine this one (a functional dependency: city -> postal code)."""
    expression: str | None = None
    """What the value is worked out from: columns of the row, and of rows it refers to (`products.price`)."""
    correlation: float | None = None
    """Rank correlation, -1 to 1, with the column `correlates_with`, or with the order of rows."""
    correlates_with: str | None = None
    shape: Mapping[str, JsonSpec] | None = None
    """The fields of a JSON document."""
    tree_depth: int | None = None
    """Depth of a self-reference's tree."""
    position: Position | None = None


@dataclass(frozen=True, slots=True)
class TableSpec:
    """Rows at scale 1: a number, or so many per parent (`per`, between `fewest` and `most`, `mean` on average)."""

    rows: int | None = None
    per: str | None = None
    mean: float | None = None
    fewest: int | None = None
    most: int | None = None
    children: str | None = None
    """How the numbers per parent are spread: `geometric`, `poisson`, `zipf`, `uniform` or `constant`."""
    grows: bool = True
    """False for tables whose size does not follow the scale (countries)."""
    columns: Mapping[str, ColumnSpec] = field(default_factory=dict)
    position: Position | None = None


@dataclass(frozen=True, slots=True)
class DataSpec:
    tables: Mapping[str, TableSpec] = field(default_factory=dict)
    locale: str = "en_US"
    now: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    """The newest moment in the data: fixed, so that the same seed makes the same data on any day."""
    history_days: float = 730.0
    origin: str = "inferred"

"""What a database's own statistics say of its data: no row is among them, but the most common values are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ColumnStatistics:
    """As PostgreSQL keeps them (manual, 53.28, "pg_stats"). Values are spelled as the server spells them."""

    null_share: float
    distinct: float
    """How many different values; negative, as a share of the rows."""
    common: Mapping[str, float] = field(default_factory=dict)
    """The most common values and their shares of all rows, NULLs included."""
    histogram: tuple[str, ...] = ()
    """Bounds that divide the other values into equally many."""
    correlation: float | None = None
    """Between the order of rows on disk and that of values, -1 to 1; None where values have no order."""
    width_bytes: int = 0
    """On average."""


@dataclass(frozen=True, slots=True)
class TableStatistics:
    rows: int
    columns: Mapping[str, ColumnStatistics] = field(default_factory=dict)


Statistics = Mapping[str, TableStatistics]
"""By table."""

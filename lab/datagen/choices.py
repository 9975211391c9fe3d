"""The values a column is limited to, where it is limited to some."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from lab.datagen.bounds import Bounds
from lab.model.data import ColumnSpec
from lab.model.schema import Column, Enum


def choices(column: Column, spec: ColumnSpec, bounds: Bounds, enum: Enum | None) -> Mapping[str, float]:
    """Values and weights: the spec's, else those of a check or an enum, earlier ones more often. Empty without."""
    if spec.values:
        return spec.values
    declared = bounds.values or (enum.values if enum else ())
    allowed = [value for value in declared if value not in bounds.excluded and (enum is None or value in enum.values)]
    return by_rank(allowed)


def by_rank(values: Iterable[str]) -> dict[str, float]:
    """Weights: the first the most frequent, the second half as often, and so on."""
    return {value: 1 / (number + 1) for number, value in enumerate(dict.fromkeys(values))}

"""A design: a folder in `schemas/`, read whole."""

from __future__ import annotations

from dataclasses import dataclass

from lab.model.change import Variant
from lab.model.data import DataSpec
from lab.model.schema import Schema
from lab.model.workload import Workload


@dataclass(frozen=True, slots=True)
class Design:
    name: str
    source: str
    """The schema's file, relative to where the lab runs."""
    schema: Schema
    variants: tuple[Variant, ...]
    workload: Workload
    data: DataSpec

"""What making rows costs beside Faker making the same kinds of cells, on the e-commerce design.

The reference makes each row of a table column by column, one call of Faker for a cell: a name for a name, a weighted
element for an enum, `unique` where the column is unique, a number within the parent's keys for a reference. What
Faker has no say in is cheaper there: a primary key is a counter. It is asked for a sample of each table; what all
rows would take follows from the table's size. The lab makes every row. Both in turn, round after round.

`ratio` is Faker's time for a cell over the lab's with its pools filled; `text_ratio` the same for free texts alone, for
which people ask Faker (references, keys, states and sums are numbers and choices, which cost it little); `cold_ratio`
counts the filling of the pools, which is done once in a process, as well. SCALE, ROUNDS and SAMPLE (rows a table) are
read from the environment.
"""

from __future__ import annotations

import itertools
import json
import os
import statistics
import subprocess
import sys
import time
from collections import OrderedDict
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from faker import Faker

from benchmarks.table import print_table
from lab.datagen import Generator, grid, pools
from lab.datagen.generator import CHUNK_ROWS
from lab.design import read_design
from lab.model.schema import Column, ForeignKey, Table

DESIGN = Path(__file__).parent.parent / "schemas" / "ecommerce"
SCALE = float(os.environ.get("SCALE", "1"))
ROUNDS = int(os.environ.get("ROUNDS", "5"))
SAMPLE = int(os.environ.get("SAMPLE", "100"))
COLD = (
    "import time; from benchmarks.generate import *; design = read_design(DESIGN); "
    "generator = Generator(design.schema, design.data, SCALE, 1); started = time.perf_counter(); "
    "make(generator, {name: generator.columns(name) for name in generator.tables}); "
    "print(time.perf_counter() - started)"
)
"""A process of its own: everything as the first rows of a run find it."""
Call = Callable[[], Any]
Columns = dict[str, tuple[str, ...]]


def main() -> int:
    design = read_design(DESIGN)
    generator = Generator(design.schema, design.data, SCALE, seed=1)
    every = {name: generator.columns(name) for name in generator.tables}
    texts = {name: tuple(filter(partial(_is_text, generator, name), names)) for name, names in every.items()}
    cells, text_cells = make(generator, every), make(generator, texts)
    ways: dict[str, Call] = {
        "Faker, row by row": Reference(generator, every).seconds,
        "lab": lambda: _seconds(lambda: make(generator, every)),
        "Faker, texts alone": Reference(generator, texts).seconds,
        "lab, texts alone": lambda: _seconds(lambda: make(generator, texts)),
    }
    taken: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(ROUNDS):
        for way, measure in ways.items():
            taken[way].append(measure())
    run = subprocess.run([sys.executable, "-c", COLD], capture_output=True, text=True, check=True)
    cold = float(run.stdout)
    rates = {way: (text_cells if "texts" in way else cells) / statistics.median(found) for way, found in taken.items()}
    rates["lab, pools included"] = cells / cold
    print(f"{cells:,} cells of {len(generator.tables)} tables at scale {SCALE:g}, {text_cells:,} of them texts")
    print_table(("way", "cells/s"), [(way, f"{rate:,.0f}") for way, rate in rates.items()])
    faker, lab, faker_texts, lab_texts = taken.values()
    figures = {
        "ratio": _ratio(faker, lab),
        "text_ratio": _ratio(faker_texts, lab_texts),
        "cold_ratio": round(statistics.median(faker) / cold, 1),
        "cells": cells,
    }
    print(json.dumps(figures))
    return 0


def _ratio(reference: list[float], ours: list[float]) -> float:
    return round(statistics.median(r / o for r, o in zip(reference, ours, strict=True)), 1)


def make(generator: Generator, columns: Columns) -> int:
    """Makes these columns of every row, a chunk at a time as a load does; returns the number of cells."""
    made = 0
    for table, names in columns.items():
        for first in range(0, generator.row_count(table), CHUNK_ROWS):
            rows = np.arange(first, min(first + CHUNK_ROWS, generator.row_count(table)))
            made += sum(len(generator.column(table, name, rows)) for name in names)
    return made


def _is_text(generator: Generator, table: str, name: str) -> bool:
    """Whether the column holds free texts: no choice among a few, no key of another table."""
    owner = generator.schema.table(table)
    is_reference = any(name in key.columns for key in owner.foreign_keys)
    is_chosen = bool(generator._plans[table].choices.get(name))
    return grid.is_text(owner.column(name).type) and not is_reference and not is_chosen


def _seconds(work: Call) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


class Reference:
    """Faker at work on the tables' columns."""

    def __init__(self, generator: Generator, columns: Columns) -> None:
        self._generator = generator
        self._faker = Faker()
        self._faker.seed_instance(1)
        self._calls = {
            name: [_nullable_call(self._faker, generator, name, column) for column in names]
            for name, names in columns.items()
        }

    def seconds(self) -> float:
        """What all rows take, from a sample of each table."""
        return sum(self._table(generated, calls) for generated, calls in self._calls.items())

    def _table(self, name: str, calls: list[Call]) -> float:
        rows = self._generator.row_count(name)
        sample = min(SAMPLE, rows)
        self._faker.unique.clear()
        return _seconds(lambda: [[call() for call in calls] for _ in range(sample)]) * rows / sample


def _nullable_call(faker: Faker, generator: Generator, table: str, column: str) -> Call:
    owner = generator.schema.table(table)
    call, share = _call(faker, generator, owner, owner.column(column)), generator._makers[table].absence.share(column)
    if not share:
        return call
    draw = faker.random.random
    return lambda: None if draw() < share else call()


def _call(faker: Faker, generator: Generator, table: Table, column: Column) -> Call:
    """How Faker makes a cell of a column."""
    plan = generator._plans[table.name]
    reference = next((key for _, key in _references(generator, table) if column.name in key.columns), None)
    if reference is not None:
        parents = max(generator.row_count(reference.table), 1)
        return lambda: faker.random_int(1, parents)
    if table.primary_key and table.primary_key.columns == (column.name,) and grid.is_number(column.type):
        return itertools.count(1).__next__
    if choices := plan.choices.get(column.name):
        elements = OrderedDict(choices)
        return lambda: faker.random_element(elements)
    is_unique = any(key.columns == (column.name,) for key in table.uniques)
    return _kind(faker.unique if is_unique else faker, generator, table, column)


def _references(generator: Generator, table: Table) -> list[tuple[Table, ForeignKey]]:
    return [(owner, key) for owner, key in generator.schema.foreign_keys() if owner.name == table.name]


def _kind(faker: Any, generator: Generator, table: Table, column: Column) -> Call:
    spec, kind = generator._plans[table.name].column_spec(column.name), column.type
    if grid.is_number(kind):
        low, high = spec.range or (0, 10_000)
        if kind.name == "numeric":
            return lambda: faker.pydecimal(right_digits=2, min_value=low, max_value=high)
        return lambda: faker.random_int(int(low), int(high))
    end = generator.spec.now
    start = end - timedelta(days=generator.spec.history_days)
    plain: dict[str, Call] = {
        "boolean": faker.pybool,
        "uuid": faker.uuid4,
        "bytea": lambda: faker.binary(16),
        "date": faker.date_object,
        "timestamptz": lambda: faker.date_time_between_dates(start, end),
        "timestamp": lambda: faker.date_time_between_dates(start, end),
        "inet": faker.ipv4,
        "jsonb": lambda: json.dumps({"color": faker.color_name(), "tags": faker.words(2)}),
    }
    if kind.name in plain:
        return plain[kind.name]
    if spec.words is not None:
        fewest, most = spec.words
        return lambda: " ".join(faker.words(faker.random_int(fewest, most)))
    return _text(faker, spec.kind or pools.kind_of(table.name, column.name))


def _text(faker: Any, kind: str) -> Call:
    """Texts as Faker itself would be asked for them; the lab's own kinds by what comes closest."""
    near: dict[str, Call] = {
        "sku": lambda: faker.bothify("???-###"),
        "code": lambda: faker.bothify("????####"),
        "provider": lambda: faker.random_element(("stripe", "paypal", "adyen", "klarna")),
        "title": lambda: " ".join(faker.words(3)),
        "slug": lambda: "-".join(faker.words(3)),
        "paragraph": lambda: faker.paragraph(nb_sentences=3),
    }
    return near.get(kind) or getattr(faker, kind)


if __name__ == "__main__":
    sys.exit(main())

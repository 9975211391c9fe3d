"""What finding functional dependencies costs, beside Desbordante's HyFD on the same rows.

A sales table of 500,000 rows and 12 columns: customers with a name, a postal code, a city and a state that follow from
each other, and what follows from nothing. Both find all minimal dependencies with three columns at most on the left,
turn about, from values in memory; Desbordante reads them from a data frame, the lab from Arrow, and what it takes to
number the values counts for both. That they find the same is checked. `examine` is all `lab normalize` does with a
table: what nearly holds, the evidence and the verdict with it; `claimed` is what it says are rules, `claimed_true` what
of it holds for every customer there can be, and not only in these rows, of `planted`.

Desbordante is C++ and AGPL: a reference here, and no part of the lab (`pip install 'schema-performance-lab[bench]'`).
`ratio` is its seconds over the lab's, round by round. ROWS and ROUNDS are read from the environment.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from collections.abc import Callable

import numpy as np
import pandas as pd
import pyarrow as pa

from benchmarks.table import print_table
from lab.model.schema import Column, Key, Table, Type
from lab.normalize import examine
from lab.normalize.codes import code
from lab.normalize.dependencies import Dependency, depends
from lab.normalize.mine import mine

ROWS = int(os.environ.get("ROWS", "500000"))
ROUNDS = int(os.environ.get("ROUNDS", "3"))
CUSTOMERS = 20_000


def customers(numbers: np.ndarray) -> dict[str, object]:
    """What follows from the number of a customer."""
    zips = numbers * 31 % 3_000
    return {
        "customer": numbers,
        "name": [f"name {number}" for number in numbers * 7 % 15_013],
        "zip": [f"{number:05}" for number in zips],
        "city": [f"city {number}" for number in zips % 700],
        "state": zips % 700 % 40,
    }


def planted() -> set[Dependency]:
    """All that is true of every customer there can be: two of a name have other postal codes, for one."""
    return _by_lab(pa.table(customers(np.arange(CUSTOMERS))))


def sales() -> pa.Table:
    """The rows, of seed 1."""
    random = np.random.default_rng(1)
    return pa.table(
        {
            "id": np.arange(ROWS),
            **customers(random.zipf(1.3, ROWS) % CUSTOMERS),
            "product": random.integers(0, 5_000, ROWS),
            "quantity": random.integers(1, 9, ROWS),
            "price": random.integers(1, 9_999, ROWS),
            "status": random.integers(0, 5, ROWS),
            "day": random.integers(0, 700, ROWS),
            "hour": random.integers(0, 24, ROWS),
        }
    )


def main() -> int:
    try:
        import desbordante
    except ImportError:
        print("this needs Desbordante: pip install 'schema-performance-lab[bench]'", file=sys.stderr)
        return 2
    rows = sales()
    frame = rows.to_pandas()
    ways: dict[str, Callable[[], set[Dependency]]] = {
        "Desbordante, HyFD": lambda: _by_desbordante(desbordante, frame),
        "lab, mine": lambda: _by_lab(rows),
        "lab, examine": lambda: _claimed(rows),
    }
    taken: dict[str, list[float]] = {way: [] for way in ways}
    found: dict[str, set[Dependency]] = {}
    for _ in range(ROUNDS):
        for way, run in ways.items():
            started = time.perf_counter()
            found[way] = run()
            taken[way].append(time.perf_counter() - started)
    theirs, ours, claimed = found.values()
    if theirs != ours:
        differing = sorted(map(str, theirs ^ ours))
        print(f"the two differ in {len(differing)} dependencies, such as {differing[0]}", file=sys.stderr)
        return 1
    print(f"{ROWS:,} rows of {rows.num_columns} columns, three on the left at most: {len(ours)} minimal dependencies")
    print_table(("way", "seconds"), [(way, f"{statistics.median(seconds):.2f}") for way, seconds in taken.items()])
    reference, mined, examined = taken.values()
    true = planted()
    figures = {
        "ratio": _ratio(reference, mined),
        "examine_ratio": _ratio(reference, examined),
        "seconds": round(statistics.median(mined), 2),
        "examine_seconds": round(statistics.median(examined), 2),
        "reference_seconds": round(statistics.median(reference), 2),
        "found": len(ours),
        "planted": len(true),
        "claimed": len(claimed),
        "claimed_true": len(claimed & true),
    }
    print(json.dumps(figures))
    return 0


def _ratio(reference: list[float], ours: list[float]) -> float:
    return round(statistics.median(r / o for r, o in zip(reference, ours, strict=True)), 2)


def _by_lab(rows: pa.Table) -> set[Dependency]:
    return set(mine({name: code(rows.column(name)) for name in rows.column_names}).dependencies)


def _by_desbordante(desbordante: object, frame: pd.DataFrame) -> set[Dependency]:
    algorithm = desbordante.fd.algorithms.HyFD()  # type: ignore[attr-defined]
    algorithm.load_data(table=frame)
    algorithm.execute(max_lhs=3)
    names = list(frame.columns)
    return {depends([names[i] for i in each.lhs_indices], [names[each.rhs_index]]) for each in algorithm.get_fds()}


def _claimed(rows: pa.Table) -> set[Dependency]:
    types = {
        name: "text" if pa.types.is_string(rows.schema.field(name).type) else "bigint" for name in rows.column_names
    }
    columns = tuple(Column(name, Type(kind), is_nullable=False) for name, kind in types.items())
    verdict = examine(Table("sales", columns, Key(("id",))), (), rows)
    return {each.dependency for each in (*verdict.known, *verdict.snapshots)}


if __name__ == "__main__":
    sys.exit(main())

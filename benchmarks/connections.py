"""Whether a load goes faster over several connections, by engine, on the e-commerce design.

Ready batches of all tables, the largest first, over one connection, two and three, in turn, round after round, each
into a new database. `ENGINE_2` is the rate over two connections divided by that over one in the same round, the median
of the rounds. ENGINES, SCALE and ROUNDS are read from the environment.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from functools import partial
from pathlib import Path

from benchmarks.table import print_table
from lab.bench.lanes import Lanes
from lab.datagen import Generator
from lab.design import read_design
from lab.engines import load_engine
from lab.engines.engine import Engine, Server, Text
from lab.model.schema import Schema
from lab.provision import parse_spec, start

DESIGN = Path(__file__).parent.parent / "schemas" / "ecommerce"
ENGINES = os.environ.get("ENGINES", "postgres mysql mariadb mongodb redis").split()
SCALE = float(os.environ.get("SCALE", "0.2"))
ROUNDS = int(os.environ.get("ROUNDS", "3"))
CONNECTIONS = (1, 2, 3)


def main() -> int:
    design = read_design(DESIGN)
    generator = Generator(design.schema, design.data, SCALE, seed=1)
    largest_first = sorted(generator.tables, key=generator.row_count, reverse=True)
    batches = {name: list(generator.batches(name)) for name in largest_first}
    rows = sum(generator.row_count(name) for name in batches)
    figures: dict[str, float] = {}
    shown: list[tuple[str, ...]] = []
    for name in ENGINES:
        engine = load_engine(name)
        with start(parse_spec(f"{name}@local")) as server:
            seconds: dict[int, list[float]] = {count: [] for count in CONNECTIONS}
            for _ in range(ROUNDS):
                for count, taken in seconds.items():
                    taken.append(load(engine, server, design.schema, batches, count))
        for count in CONNECTIONS[1:]:
            ratios = [one / several for one, several in zip(seconds[1], seconds[count], strict=True)]
            figures[f"{name}_{count}"] = round(statistics.median(ratios), 3)
        shown.append((name, *(f"{rows / statistics.median(taken):,.0f}" for taken in seconds.values())))
    print_table(("engine", *(f"rows/s over {count}" for count in CONNECTIONS)), shown)
    print(json.dumps(figures))
    return 0


def load(engine: Engine, server: Server, schema: Schema, batches: dict[str, list[object]], connections: int) -> float:
    engine.create_database(server, "bench")
    database = engine.connect(server, "bench")
    database.run(Text(sql) for sql in engine.create_sql(schema).before)
    lanes = Lanes(connections, lambda: engine.connect(server, "bench"))
    jobs = [
        partial(lambda table, found, lane: lane.load(table, found), schema.table(name), found)
        for name, found in batches.items()
    ]
    started = time.perf_counter()
    lanes.run(jobs)
    seconds = time.perf_counter() - started
    database.close()
    engine.drop_database(server, "bench")
    return seconds


if __name__ == "__main__":
    sys.exit(main())

"""How time and memory of a load grow with the scale: generation, load, indexes, references and statistics.

The e-commerce design on PostgreSQL (ENGINE names another), whole, at a small and at a large scale, each in a process of
its own, in turn, round after round. `time_ratio` is the large one's time over the small one's, pools and planning
included; `memory_ratio` the same for the process's largest resident memory. FROM and TO are the scales, a factor of
ten apart unless told otherwise; `make bench NAME=growth` takes 0.2 and 2, `FROM=1 TO=10` some minutes.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.table import print_table
from lab.bench import Silent, load_base
from lab.datagen import Generator
from lab.design import read_design
from lab.engines import load_engine
from lab.engines.engine import Server
from lab.provision import parse_spec, start

DESIGN = Path(__file__).parent.parent / "schemas" / "ecommerce"
ENGINE = os.environ.get("ENGINE", "postgres@local")
SCALES = float(os.environ.get("FROM", "0.2")), float(os.environ.get("TO", "2"))
ROUNDS = int(os.environ.get("ROUNDS", "3"))


def main() -> int:
    taken: dict[float, list[dict[str, float]]] = {scale: [] for scale in SCALES}
    with start(parse_spec(ENGINE)) as server:
        for _ in range(ROUNDS):
            for scale, found in taken.items():
                found.append(_apart(server, scale))
    medians = {
        scale: {key: statistics.median(one[key] for one in found) for key in found[0]} for scale, found in taken.items()
    }
    small, large = medians.values()
    print(f"{server.engine} {server.version}")
    print_table(
        ("scale", "rows", "seconds", "rows/s", "peak MB"),
        [
            (
                f"{scale:g}",
                f"{m['rows']:,.0f}",
                f"{m['seconds']:.2f}",
                f"{m['rows'] / m['seconds']:,.0f}",
                f"{m['peak_bytes'] / 1e6:,.0f}",
            )
            for scale, m in medians.items()
        ],
    )
    figures = {
        "scale_ratio": round(SCALES[1] / SCALES[0], 3),
        "row_ratio": round(large["rows"] / small["rows"], 3),
        "time_ratio": round(large["seconds"] / small["seconds"], 3),
        "memory_ratio": round(large["peak_bytes"] / small["peak_bytes"], 3),
    }
    print(json.dumps(figures))
    return 0


def _apart(server: Server, scale: float) -> dict[str, float]:
    """One load in a process of its own, whose memory is its alone."""
    known = json.dumps([server.engine, server.spec, server.version, server.origin, server.address, server.prefix])
    command = [sys.executable, "-m", "benchmarks.growth", str(scale), known]
    run = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, float] = json.loads(run.stdout)
    return found


def load_whole(server: Server, scale: float) -> dict[str, float]:
    design, engine = read_design(DESIGN), load_engine(server.engine)
    started = time.perf_counter()
    generator = Generator(design.schema, design.data, scale, seed=1)
    load = load_base(engine, server, design.schema, generator, Silent(), "growth")
    seconds = time.perf_counter() - started
    engine.drop_database(server, "growth")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return {"rows": load.rows, "seconds": seconds, "peak_bytes": peak}


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(load_whole(Server(*json.loads(sys.argv[2])), float(sys.argv[1]))))
        sys.exit(0)
    sys.exit(main())

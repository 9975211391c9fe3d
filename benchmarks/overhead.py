"""What the lab's timed path costs beside pgbench, on the same prepared read by primary key.

Both run for a second in turn, round after round, against one server. pgbench reports each transaction's latency in
its log; the lab's is what its rounds would record. One client.
"""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from psycopg.conninfo import conninfo_to_dict

from lab.engines import load_engine
from lab.engines.engine import Prepared, Server, Text
from lab.provision import parse_spec, start
from lab.provision.postgres import find_binaries

ROWS = 100_000
ROUNDS = 10
SECONDS = 1.0
SCRIPT = f"\\set id random(1, {ROWS})\nSELECT balance FROM accounts WHERE id = :id;\n"


def main() -> int:
    engine = load_engine("postgres")
    with start(parse_spec("postgres")) as server, tempfile.TemporaryDirectory() as home:
        engine.create_database(server, "bench")
        database = engine.connect(server, "bench")
        database.run(
            [
                Text("CREATE TABLE accounts (id bigint PRIMARY KEY, balance bigint NOT NULL)"),
                Text(f"INSERT INTO accounts SELECT n, n % 1000 FROM generate_series(1, {ROWS}) n"),
            ]
        )
        database.analyze()
        prepared = database.prepare("SELECT balance FROM accounts WHERE id = :id")
        theirs, ours = [], []
        for _ in range(ROUNDS):
            theirs.append(run_pgbench(server, Path(home)))
            ours.append(run_lab(prepared))
        database.close()
    p50s = [[float(np.median(latencies)) for latencies, _ in side] for side in (theirs, ours)]
    rates = [[rate for _, rate in side] for side in (theirs, ours)]
    figures = {
        "p50_ratio": round(float(np.median(np.divide(p50s[1], p50s[0]))), 3),
        "throughput_ratio": round(float(np.median(np.divide(rates[1], rates[0]))), 3),
    }
    print(f"{'':<10}{'p50':>12}{'per second':>14}")
    for name, p50, rate in zip(("pgbench", "lab"), p50s, rates, strict=True):
        print(f"{name:<10}{np.median(p50) * 1e6:>9.1f} µs{np.median(rate):>14,.0f}")
    print(json.dumps(figures))
    return 0


def run_pgbench(server: Server, home: Path) -> tuple[list[float], float]:
    """Latencies in seconds, and transactions per second."""
    parts = conninfo_to_dict(server.address)
    script = home / "read.sql"
    script.write_text(SCRIPT)
    for log in home.glob("pgbench_log*"):
        log.unlink()
    command = [
        find_binaries()[0].folder / "pgbench",
        "-n",
        "-M",
        "prepared",
        "-f",
        script,
        "-T",
        f"{SECONDS:.0f}",
        "-l",
    ]
    command += ["-h", str(parts["host"]), "-p", str(parts["port"]), "-U", str(parts["user"]), "bench"]
    environment = {**os.environ, "PGPASSWORD": str(parts["password"])}
    answer = subprocess.run(command, cwd=home, env=environment, capture_output=True, text=True, check=True)
    rate = re.search(r"tps = ([\d.]+)", answer.stdout)
    assert rate, answer.stdout
    lines = next(home.glob("pgbench_log*")).read_text().splitlines()
    return [int(line.split()[2]) / 1e6 for line in lines], float(rate[1])


def run_lab(prepared: Prepared) -> tuple[list[float], float]:
    """The same, through the lab's timed path: bind, clock, execute, clock, count."""
    bind, execute, count = prepared.bind, prepared.execute, prepared.count
    clock, draw = time.perf_counter_ns, random.Random(1).randint
    latencies: list[float] = []
    begun = clock()
    end = begun + round(SECONDS * 1e9)
    while clock() < end:
        bound = bind({"id": draw(1, ROWS)})
        started = clock()
        result = execute(bound)
        latencies.append((clock() - started) / 1e9)
        count(result)
    return latencies, len(latencies) / ((clock() - begun) / 1e9)


if __name__ == "__main__":
    sys.exit(main())

"""What the lab's timed path costs beside pgbench, on the same prepared read by primary key, with one client and two.

Both run for a second in turn, round after round and in alternating order, against one server. pgbench reports each
transaction's latency in its log. With one client, the lab's latency is what its rounds would record; with two, both
sides are two clients, pgbench's two threads and the lab's two processes under a closed loop.
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
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from psycopg.conninfo import conninfo_to_dict

from lab.bench.clients import Client, carry_out, started
from lab.bench.schedule import Plan
from lab.engines import load_engine
from lab.engines.engine import Database, Prepared, Server, Text
from lab.provision import parse_spec, start
from lab.provision.postgres import find_binaries

ROWS = 100_000
ROUNDS = 10
SECONDS = 1.0
QUERY = "SELECT balance FROM accounts WHERE id = :id"
SCRIPT = f"\\set id random(1, {ROWS})\n{QUERY};\n"
MOST_A_SECOND = 60_000

Side = Callable[[], tuple[Sequence[float], float]]
"""One turn: latencies in seconds, and executions a second."""


def main() -> int:
    engine = load_engine("postgres")
    with (
        start(parse_spec("postgres")) as server,
        tempfile.TemporaryDirectory() as home,
        started(engine, server, 2) as crew,
    ):
        engine.create_database(server, "bench")
        database = engine.connect(server, "bench")
        fill(database)
        prepared = database.prepare(QUERY)
        one = compare(lambda: run_pgbench(server, Path(home), 1), lambda: run_lab(prepared))
        two = compare(lambda: run_pgbench(server, Path(home), 2), lambda: run_clients(crew))
        database.close()
    print(f"{'':<10}{'clients':>8}{'p50':>12}{'per second':>14}")
    for clients, (p50s, rates) in ((1, one), (2, two)):
        for side, name in enumerate(("pgbench", "lab")):
            print(f"{name:<10}{clients:>8}{np.median(p50s[side]) * 1e6:>9.1f} µs{np.median(rates[side]):>14,.0f}")
    figures = {}
    for suffix, (p50s, rates) in (("", one), ("_2_clients", two)):
        figures[f"p50_ratio{suffix}"] = ratio(p50s)
        figures[f"throughput_ratio{suffix}"] = ratio(rates)
    print(json.dumps(figures))
    return 0


def fill(database: Database) -> None:
    database.run(
        [
            Text("CREATE TABLE accounts (id bigint PRIMARY KEY, balance bigint NOT NULL)"),
            Text(f"INSERT INTO accounts SELECT n, n % 1000 FROM generate_series(1, {ROWS}) n"),
        ]
    )
    database.analyze()


def compare(theirs: Side, ours: Side) -> tuple[list[list[float]], list[list[float]]]:
    """Medians and rates of every turn, pgbench's before the lab's; who goes first alternates."""
    p50s: list[list[float]] = [[], []]
    rates: list[list[float]] = [[], []]
    for number in range(ROUNDS):
        for side in (0, 1) if number % 2 else (1, 0):
            latencies, rate = (theirs, ours)[side]()
            p50s[side].append(float(np.median(latencies)))
            rates[side].append(rate)
    return p50s, rates


def ratio(sides: Sequence[Sequence[float]]) -> float:
    return round(float(np.median(np.divide(sides[1], sides[0]))), 3)


def run_pgbench(server: Server, home: Path, clients: int) -> tuple[list[float], float]:
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
    command += ["-c", str(clients), "-j", str(clients)]
    command += ["-h", str(parts["host"]), "-p", str(parts["port"]), "-U", str(parts["user"]), "bench"]
    environment = {**os.environ, "PGPASSWORD": str(parts["password"])}
    answer = subprocess.run(command, cwd=home, env=environment, capture_output=True, text=True, check=True)
    rate = re.search(r"tps = ([\d.]+)", answer.stdout)
    assert rate, answer.stdout
    lines = [line for log in home.glob("pgbench_log*") for line in log.read_text().splitlines()]
    return [int(line.split()[2]) / 1e6 for line in lines], float(rate[1])


def run_lab(prepared: Prepared) -> tuple[list[float], float]:
    """Through the lab's timed path: bind, clock, execute, clock, count."""
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


def run_clients(crew: Sequence[Client]) -> tuple[Sequence[float], float]:
    """Client processes, each with one connection, that send the next request when the last was answered."""
    count = round(MOST_A_SECOND * SECONDS)
    draw = random.Random(1).randint
    pool = [{"id": draw(1, ROWS)} for _ in range(10_000)]
    plan = Plan("bench", (QUERY,), (pool,), (False,), np.zeros(count, np.int64), None, None, 1, SECONDS, 0.0, 10.0)
    blocks: list[np.ndarray] = []
    begun: list[int] = []
    carry_out(crew, [plan] * len(crew), begun.append, lambda client, block, errors: blocks.append(block))
    starts, ends = (np.concatenate([block[:, column] for block in blocks]) for column in (3, 4))
    return (ends - starts) / 1e9, len(ends) / ((ends.max() - begun[0]) / 1e9)


if __name__ == "__main__":
    sys.exit(main())

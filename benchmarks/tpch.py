"""The advisor on TPC-H: what its indexes gain, take and cost, within several bounds.

Scale factor 0.2 on PostgreSQL 15, no key and no index at the start, random_page_cost 1.1, nothing parallel, everything
cached. Times are CPU seconds of the server's process, each query under each set in turn, round by round. The cost is
the sum over the queries that end without indexes; 2, 17, 20 and 21 do not in a sensible time, and are told apart.
Sizes are the indexes' files on a copy with only the set, inserts the rows of one order in a hundred with their items.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Iterator, Mapping, Set
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import psycopg

from benchmarks.table import print_table
from benchmarks.tpch_data import batches, generate, queries, read_schema
from benchmarks.tpch_summaries import Summarized, summarize
from lab.advise import RULES, WIDE_RULES, proposals, reads, summarize_aggregates
from lab.advise.plans import NONE, Shown
from lab.advise.select import Bounds
from lab.advise.shortlist import Nursery, plant
from lab.engines import load_engine
from lab.engines.engine import Engine, Server, Text
from lab.engines.postgres.imagined import PostgresImagined
from lab.engines.postgres.what_if import PostgresWhatIf
from lab.model.data import DataSpec
from lab.model.design import Design
from lab.model.run import Environment, Run
from lab.model.what_if import Execution, Ground
from lab.model.workload import Operation, Workload
from lab.provision import parse_spec, start

SCALE = 0.2
ENGINE = "postgres"
APART = ("q02", "q17", "q20", "q21")
ROUNDS = 3
TIMEOUT_SECONDS = 5.0
BOUNDS: Mapping[str, Bounds] = {
    "25 MB": Bounds(storage_bytes=25_000_000),
    "50 MB": Bounds(storage_bytes=50_000_000),
    "140 MB": Bounds(storage_bytes=140_000_000),
    "6x inserts": Bounds(write_ratio=6.0),
}
REFRESH = (
    "CREATE TABLE refresh_orders AS SELECT * FROM orders WHERE o_orderkey % 100 = 3",
    "CREATE TABLE refresh_lineitem AS SELECT * FROM lineitem WHERE l_orderkey % 100 = 3",
)
DELETES = (
    "DELETE FROM orders WHERE o_orderkey % 100 = 5",
    "DELETE FROM lineitem WHERE l_orderkey % 100 = 5",
)
BESIDE_SUMMARIES = "140 MB"
INSERTS = ("INSERT INTO orders TABLE refresh_orders", "INSERT INTO lineitem TABLE refresh_lineitem")


@dataclass(frozen=True)
class Bench:
    engine: Engine
    server: Server
    run: Run
    started: float

    def say(self, text: str) -> None:
        print(f"[{time.monotonic() - self.started:5.0f} s] {text}", file=sys.stderr, flush=True)


def main() -> int:
    started = time.monotonic()
    scale = float(sys.argv[1]) if len(sys.argv) > 1 else SCALE
    folder, engine = generate(scale), load_engine(ENGINE)
    run = described(folder, scale)
    with start(parse_spec("postgres:15")) as server:
        bench = Bench(engine, server, run, started)
        hurry(bench)
        load(bench, folder)
        bench.say("loaded")
        figures = measure(bench)
        figures["seconds"] = round(time.monotonic() - started)
    print(json.dumps(figures))
    return 0


def described(folder, scale: float) -> Run:  # type: ignore[no-untyped-def]
    schema = read_schema(folder)
    operations = tuple(Operation(name, "complex", {"": sql}) for name, sql in queries().items())
    design = Design("tpch", str(folder), schema, (), Workload(operations), DataSpec())
    here = Environment("", "", "", "", 0, 0, (0.0, 0.0, 0.0))
    return Run("tpch", datetime.now(UTC), "", design, scale, 1, here)


def hurry(bench: Bench) -> None:
    """The server is thrown away: nothing waits for the disk. CPU time is the measure."""
    with psycopg.connect(bench.server.address, dbname="postgres", autocommit=True) as connection:
        for setting in (b"fsync = off", b"full_page_writes = off", b"max_wal_size = '16GB'"):
            connection.execute(b"ALTER SYSTEM SET " + setting)
        connection.execute(b"SELECT pg_reload_conf()")


def load(bench: Bench, folder) -> None:  # type: ignore[no-untyped-def]
    schema = bench.run.design.schema
    bench.engine.create_database(bench.server, "lab_base")
    database = bench.engine.connect(bench.server, "lab_base")
    database.run(map(Text, bench.engine.create_sql(schema).before))
    for table in schema.tables:
        database.load(table, batches(folder / f"{table.name}.parquet"))
    database.run(map(Text, REFRESH))
    database.analyze()
    database.close()


@contextmanager
def ground(bench: Bench) -> Iterator[Ground]:
    for name in ("lab_what_if", "lab_imagined"):
        bench.engine.clone_database(bench.server, "lab_base", name)
    session = PostgresWhatIf(bench.server, "lab_what_if")
    assert session.counts_cpu, "the benchmark needs the CPU time of a server on this machine"
    asked = tuple(Execution(o.name, o.text(ENGINE), {}, 1.0) for o in bench.run.design.workload.operations)
    written = tuple(Execution(sql.split()[2], sql, {}, 1.0) for sql in INSERTS)
    imagined = PostgresImagined(bench.server, "lab_imagined")
    yield Ground(session, asked, written, TIMEOUT_SECONDS, imagined)
    for opened in (session, imagined):
        opened.close()


def measure(bench: Bench) -> dict[str, float]:
    proposed = proposals(bench.run, ENGINE, RULES + WIDE_RULES)
    with ground(bench) as found:
        nursery = plant(found, proposed, reads(bench.run, ENGINE))
        bench.say(f"{len(nursery.proposals)} candidates, {len(nursery.built)} built, {len(nursery.refused)} refused")
        sets = {}
        for name, bounds in BOUNDS.items():
            sets[name] = nursery.choose(bounds)
            bench.say(f"{name}: {len(sets[name])} indexes, {nursery.worth.executed} plans executed so far")
        times = interleaved(found, {"none": NONE, **sets}, nursery.worth.timed_out)
        writes = {name: nursery.writes.ratio(shown) for name, shown in sets.items()}
        bench.say("sets measured")
    sizes = {name: size_on_disk(bench, nursery, shown) for name, shown in sets.items()}
    figures = report(bench, times, sets, sizes, writes, nursery)
    indexes = [nursery.proposals[name].change for name in sorted(sets[BESIDE_SUMMARIES])]
    summaries = [proposal for proposal in proposed if proposal.rule == summarize_aggregates.RULE]
    summarized = summarize(bench.engine, bench.server, indexes, summaries, found.reads, INSERTS + DELETES)
    bench.say("summaries measured")
    return figures | report_summaries(times["none"], summarized)


def interleaved(found: Ground, sets: Mapping[str, Shown], timed_out: Set[str]) -> dict[str, dict[str, float]]:
    """The median seconds of each query under each set; a query the base does not end counts as its time limit."""
    taken: dict[str, dict[str, list[float]]] = {name: {} for name in sets}
    taken["none"] = {query: [TIMEOUT_SECONDS] for query in timed_out}
    for number in range(ROUNDS):
        for execution in found.reads:
            for name, shown in sets.items():
                if name == "none" and execution.operation in APART and (number or execution.operation in timed_out):
                    continue
                found.what_if.show_only(shown)
                seconds = found.what_if.seconds(execution.sql, execution.parameters, TIMEOUT_SECONDS)
                taken[name].setdefault(execution.operation, []).append(seconds or TIMEOUT_SECONDS)
    return {name: {query: statistics.median(s) for query, s in by.items()} for name, by in taken.items()}


def size_on_disk(bench: Bench, nursery: Nursery, shown: Shown) -> int:
    """Bytes of the indexes alone on a copy of their own."""
    bench.engine.clone_database(bench.server, "lab_base", "lab_advised")
    database = bench.engine.connect(bench.server, "lab_advised")
    database.run(text for name in sorted(shown) for text in bench.engine.change_sql(nursery.proposals[name].change).up)
    taken = sum(relation.index_bytes for relation in database.relations())
    database.close()
    bench.engine.drop_database(bench.server, "lab_advised")
    return taken


def report(
    bench: Bench,
    times: Mapping[str, Mapping[str, float]],
    sets: Mapping[str, Shown],
    sizes: Mapping[str, int],
    writes: Mapping[str, float],
    nursery: Nursery,
) -> dict[str, float]:
    base = times["none"]
    counted = [query for query in base if query not in APART]
    ratios = {name: sum(times[name][q] for q in counted) / sum(base[q] for q in counted) for name in sets}
    rows = [
        (f"{number} indexes within {name}", f"{ratios[name]:.3f}", f"{sizes[name] / 1e6:.1f}", f"{writes[name]:.2f}")
        for name, number in ((name, len(shown)) for name, shown in sets.items())
    ]
    print_table(("", "cost / no index", "MB on disk", "inserts / no index"), rows)
    print()
    print_table(("CPU ms", *times), [(q, *(f"{times[name][q] * 1000:,.1f}" for name in times)) for q in sorted(base)])
    for name, shown in sets.items():
        print(f"\n{name}:")
        for index in sorted(shown):
            made = nursery.proposals[index].change
            (text,) = bench.engine.change_sql(made).up
            print(f"  {nursery.built[index].size_bytes / 1e6:6.1f} MB  {text.sql}")
    print()
    figures = {f"ratio {name}": round(ratio, 3) for name, ratio in ratios.items()}
    figures |= {f"MB {name}": round(size / 1e6, 1) for name, size in sizes.items()}
    figures |= {f"inserts {name}": round(ratio, 2) for name, ratio in writes.items()}
    figures |= {f"{q} ms within {name}": round(times[name][q] * 1000, 1) for q in APART for name in sets}
    figures["queries that ended"] = sum(all(times[n][q] < TIMEOUT_SECONDS for n in ("50 MB", "140 MB")) for q in base)
    return figures


def report_summaries(base: Mapping[str, float], found: Summarized) -> dict[str, float]:
    rows = [(q, f"{base[q] * 1000:,.1f}", f"{found.seconds[q] * 1000:,.1f}", "yes" * (q in found.kept)) for q in base]
    print_table(("CPU ms", "none", f"summaries, {BESIDE_SUMMARIES}", "rewritten"), sorted(rows))
    print(f"{found.size_bytes / 1e6:.1f} MB of summaries; {found.answers}")
    print()
    upkeep = [
        (sql, f"{bare * 1000:,.1f}", f"{kept * 1000:,.1f}", f"{kept / bare:,.1f}")
        for sql, (bare, kept) in found.upkeep.items()
    ]
    print_table(("CPU ms of a write", "indexes", "and summaries", "ratio"), upkeep)
    counted = [query for query in base if query not in ("q02", "q17", "q20")]
    bare, kept = (sum(each[place] for each in found.upkeep.values()) for place in (0, 1))
    return {
        "summaries: of 19 under 500 ms": sum(found.seconds[query] < 0.5 for query in counted),
        "summaries: of 19 under 50 ms": sum(found.seconds[query] < 0.05 for query in counted),
        "summaries: answers compared": found.answers["compared"],
        "summaries: answers that differ": found.answers["different"],
        "summaries: MB": round(found.size_bytes / 1e6, 1),
        "summaries: upkeep": round(kept / bare, 2),
    }


if __name__ == "__main__":
    sys.exit(main())

"""How often the gate cries wolf, and how often it sees a slowdown, beside pytest-benchmark's `mean:10%`.

Ten reads, five on SQLite and five on PostgreSQL, run on two copies of one database: the base, and a head that is
the same, or whose every execution is held up by a tenth or a fifth of the time it just took. All four are interleaved
in rounds, as `lab check` does it, through the lab's own timed path. Suites are then judged in two ways:

resampled   some hundred rounds of each statement are taken once; each suite is a stretch of consecutive rounds of them,
            beginning anywhere. Stretches overlap, so the suites are not independent of each other.
live        a suite is measured anew, from the first pair to the verdict.

In a suite with a slowdown one statement is slower and the other nine are not; each is the slower one in turn. The same
pairs are given to pytest-benchmark's own comparison: the mean of the head's executions against a stored mean, that of
as many executions of the base taken earlier. There are no writes: what a commit waits for the disk says little of it.
"""

from __future__ import annotations

import json
import os
import random
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray
from pytest_benchmark.utils import parse_compare_fail

from benchmarks.table import print_table
from lab import stats
from lab.bench.measure import CHECKED
from lab.bench.placement import own_processors, place_together
from lab.bench.rounds import Candidate, Parameters, run_rounds, time_floor
from lab.bench.samples import Samples, paired
from lab.engines import load_engine
from lab.engines.engine import Database, Engine, Prepared, Server, Text
from lab.model.rule import Rule
from lab.model.run import Floor
from lab.provision import parse_spec, start

PROCESSORS = sorted(os.sched_getaffinity(0))
ROWS, USERS = 20_000, 1_000
SUITES = 400
LIVE_SUITES = {"same": 30, "tenth": 30, "fifth": 20}
SLOWDOWNS = {"same": 0.0, "tenth": 0.1, "fifth": 0.2}
SIDES = {"base": 0.0, **SLOWDOWNS}
POOLED_PASSES = 2
POOL_SECONDS, LIVE_SECONDS = 10.0, 4.0
FEWEST_ROUNDS = 10
"""No verdict is sure before."""
TABLES = (
    "CREATE TABLE users (id bigint PRIMARY KEY, email text NOT NULL)",
    "CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint NOT NULL, status text NOT NULL, total bigint NOT NULL)",
    f"INSERT INTO users WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {USERS}) "
    "SELECT i, 'user' || i || '@example.org' FROM n",
    f"INSERT INTO orders WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {ROWS}) "
    f"SELECT i, i % {USERS} + 1, CASE WHEN i % 7 = 0 THEN 'paid' ELSE 'new' END, i % 500 FROM n",
    "CREATE INDEX orders_user_idx ON orders (user_id)",
)
STATEMENTS = {
    "by key": "SELECT status, total FROM orders WHERE id = :id",
    "of a user": "SELECT id, status, total FROM orders WHERE user_id = :user_id ORDER BY total DESC, id LIMIT 20",
    "joined": "SELECT email, total FROM orders o JOIN users u ON u.id = user_id WHERE o.id BETWEEN :id AND :id + 50",
    "summed": "SELECT status, count(*), sum(total) FROM orders WHERE id BETWEEN :id AND :id + 2000 GROUP BY status",
    "counted": "SELECT count(*) FROM orders WHERE user_id BETWEEN :user_id AND :user_id + 5 AND status = 'paid'",
}
STORED = parse_compare_fail("mean:10%")
Latencies = NDArray[np.float64]


@dataclass
class Bench:
    """One server with a copy of the database for each side."""

    engine: Engine
    server: Server
    connections: list[Database] = field(default_factory=list)

    @property
    def operations(self) -> list[str]:
        return [f"{self.engine.name} {key}" for key in STATEMENTS]

    def candidates(self) -> list[Candidate]:
        """Every side with a new connection."""
        self.close()
        found = []
        for side, slowdown in SIDES.items():
            database = self.engine.connect(self.server, f"alarms_{side}")
            self.connections.append(database)
            statements = zip(self.operations, STATEMENTS.values(), strict=True)
            found.append(Candidate(side, {o: held_up(database.prepare(sql), slowdown) for o, sql in statements}))
        return found

    def floor(self, number: int) -> Floor:
        """By a connection that is placed as those are which are timed."""
        return time_floor(number, self.connections[0].prepare(self.engine.noop_sql))

    def renewed(self, rng: random.Random) -> list[Candidate] | None:
        """New connections, placed as the lab does it before a round."""
        if not self.engine.has_server:
            return None
        found = self.candidates()
        place_together(self.connections, rng, PROCESSORS)
        return found

    def close(self) -> None:
        while self.connections:
            self.connections.pop().close()


@dataclass(frozen=True)
class Tally:
    """Suites judged: how many raised an alarm, by either; and how many the gate could not tell."""

    suites: int = 0
    alarms: int = 0
    stored_alarms: int = 0
    untold: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.suites + other.suites,
            self.alarms + other.alarms,
            self.stored_alarms + other.stored_alarms,
            self.untold + other.untold,
        )


def main() -> int:
    rng = random.Random(1)
    with own_processors(), ExitStack() as stack:
        benches = [stack.enter_context(bench(name)) for name in ("sqlite", "postgres")]
        pool = gather(benches, rng)
        print(f"{'':<20}{'median':>10}" + "".join(f"{side:>10}" for side in SLOWDOWNS) + "   (measured ratios)")
        for operation, sides in pool.items():
            ratios = [float(np.median(sides[side] / sides["base"])) for side in SLOWDOWNS]
            print(f"{operation:<20}{np.median(sides['base']) * 1e6:>8.1f}µs" + "".join(f"{r:>10.3f}" for r in ratios))
        live = {side: live_suites(benches, side, rng) for side in SLOWDOWNS}
    resampled = {side: resampled_suites(pool, side, np.random.default_rng(2)) for side in SLOWDOWNS}
    show(resampled, live)
    return 0


@contextmanager
def bench(name: str) -> Iterator[Bench]:
    engine = load_engine(name)
    with start(parse_spec(name)) as server, ExitStack() as stack:
        engine.create_database(server, "alarms")
        database = engine.connect(server, "alarms")
        database.run([Text(sql) for sql in TABLES])
        database.analyze()
        database.close()
        for side in SIDES:
            engine.clone_database(server, "alarms", f"alarms_{side}")
        found = Bench(engine, server)
        stack.callback(found.close)
        yield found


def held_up(prepared: Prepared, slowdown: float) -> Prepared:
    """Each execution takes so much longer: the processor is kept busy for that part of what it took."""
    if not slowdown:
        return prepared
    clock = time.perf_counter_ns

    def execute(bound: object) -> object:
        started = clock()
        result = prepared.execute(bound)
        now = clock()
        until = now + round((now - started) * slowdown)
        while now < until:
            now = clock()
        return result

    return replace(prepared, execute=execute)


def draws(operations: Sequence[str], rng: random.Random) -> dict[str, Iterator[Parameters]]:
    def endless() -> Iterator[Parameters]:
        while True:
            yield {"id": rng.randint(1, ROWS - 2_000), "user_id": rng.randint(1, USERS)}

    return {operation: endless() for operation in operations}


def gather(benches: Sequence[Bench], rng: random.Random) -> dict[str, dict[str, Latencies]]:
    """Seconds by statement and side, paired, in the order they were taken."""
    passes: list[dict[str, dict[str, Latencies]]] = []
    for number in range(POOLED_PASSES):
        found: dict[str, dict[str, Latencies]] = {}
        for each in benches:
            samples = Samples(each.engine.name, 0)
            run_rounds(
                each.candidates(),
                draws(each.operations, rng),
                POOL_SECONDS,
                samples,
                rng,
                lambda number: None,
                pace=CHECKED,
                before_round=partial(each.renewed, rng),
            )
            for operation in each.operations:
                cells = {side: samples.cell(side, operation) for side in SIDES}
                found[operation] = {side: cell.latencies for side, cell in cells.items()}
                found[operation]["round"] = cells["base"].rounds + CHECKED.rounds * number
        passes.append(found)
    return {o: {s: np.concatenate([p[o][s] for p in passes]) for s in sides} for o, sides in passes[0].items()}


def rule(comparisons: int) -> Rule:
    """What `lab check` uses: of each operation the median and the 99th percentile are compared."""
    return replace(Rule(), comparisons=2 * comparisons)


def resampled_suites(pool: Mapping[str, Mapping[str, Latencies]], side: str, rng: np.random.Generator) -> Tally:
    """Of equal sides every statement counts, of unequal ones the slower."""
    operations = list(pool)
    chosen = rule(len(operations))
    tally = Tally()
    for number in range(SUITES):
        counted = operations if side == "same" else [operations[number % len(operations)]]
        found = [stretch(pool[operation], side, chosen, rng) for operation in counted]
        outcomes = [outcome for outcome, _ in found]
        is_untold = "slower" not in outcomes and "undecided" in outcomes
        tally += Tally(1, int("slower" in outcomes), int(any(stored for _, stored in found)), int(is_untold))
    return tally


def stretch(
    sides: Mapping[str, Latencies], side: str, chosen: Rule, rng: np.random.Generator
) -> tuple[stats.Finding, bool]:
    """The verdict on consecutive pairs, looked at after each round; and whether pytest-benchmark fails on them."""
    base, head, rounds = sides["base"], sides[side], sides["round"].astype(np.int64)
    starts = [*(np.flatnonzero(np.diff(rounds, prepend=-1))), len(rounds)]
    most = min(CHECKED.rounds, len(starts) // 3)
    at = int(rng.integers(most, len(starts) - most))
    first = starts[at]
    finding: stats.Finding = "undecided"
    for taken in range(FEWEST_ROUNDS, most + 1):
        now = slice(first, starts[at + taken])
        evidence = stats.weigh(base[now], head[now], rounds[now], chosen)
        finding = stats.judge(evidence, chosen)
        if stats.is_settled(evidence, chosen):
            break
    earlier = int(rng.integers(0, max(2 * first - now.stop, 0) + 1))
    return finding, is_stored_alarm(base[earlier : earlier + now.stop - first], head[now])


def is_stored_alarm(stored: Latencies, head: Latencies) -> bool:
    return bool(STORED.fails({"mean": float(head.mean())}, {"mean": float(stored.mean())}))


def live_suites(benches: Sequence[Bench], side: str, rng: random.Random) -> Tally:
    tally = Tally()
    stored: dict[str, Latencies] = {}
    operations = [operation for each in benches for operation in each.operations]
    for number in range(LIVE_SUITES[side] + 1):
        slowed = operations[number % len(operations)]
        outcomes: dict[str, stats.Finding] = {}
        failed: dict[str, bool] = {}
        measured: dict[str, Latencies] = {}
        for each in benches:
            for operation, (finding, base, head) in live(each, side, slowed, len(operations), rng).items():
                outcomes[operation], measured[operation] = finding, base
                failed[operation] = operation in stored and is_stored_alarm(stored[operation], head)
        if stored:
            tally += Tally(
                1,
                int("slower" in outcomes.values() if side == "same" else outcomes[slowed] == "slower"),
                int(any(failed.values()) if side == "same" else failed[slowed]),
                int("slower" not in outcomes.values() and "undecided" in outcomes.values()),
            )
        stored = measured
    return tally


def live(
    each: Bench, side: str, slowed: str, comparisons: int, rng: random.Random
) -> dict[str, tuple[stats.Finding, Latencies, Latencies]]:
    """One engine's part of a suite: each statement's verdict, and the seconds of both sides."""
    chosen = rule(comparisons)
    samples = Samples(each.engine.name, 0)

    def sided(candidates: Sequence[Candidate]) -> list[Candidate]:
        if not candidates:
            return []
        sides = {candidate.variant: candidate.prepared for candidate in candidates}
        head = {o: sides[side if o == slowed else "same"][o] for o in each.operations}
        return [Candidate("base", sides["base"]), Candidate("head", head)]

    def pairs(operation: str) -> tuple[Latencies, Latencies, NDArray[np.int64]]:
        return paired(samples.cell("base", operation), samples.cell("head", operation))

    floors: list[Floor] = []
    run_rounds(
        sided(each.candidates()),
        draws(each.operations, rng),
        LIVE_SECONDS,
        samples,
        rng,
        lambda number: None,
        floor=lambda number: floors.append(each.floor(number)),
        pace=CHECKED,
        before_round=lambda: sided(each.renewed(rng) or ()),
        is_settled=lambda operation: judged(*pairs(operation), floors, chosen)[1],
    )
    return {o: (judged(*pairs(o), floors, chosen)[0], *pairs(o)[:2]) for o in each.operations}


def judged(
    before: Latencies, after: Latencies, rounds: NDArray[np.int64], floors: Sequence[Floor], chosen: Rule
) -> tuple[stats.Finding, bool]:
    """The verdict so far, and whether it is sure."""
    kept = stats.steady_pairs(rounds, floors)
    if kept is None:
        return "undecided", False
    evidence = stats.weigh(before[kept], after[kept], rounds[kept], chosen)
    return stats.judge(evidence, chosen), stats.is_settled(evidence, chosen)


def show(resampled: Mapping[str, Tally], live: Mapping[str, Tally]) -> None:
    titles = {"same": "A/A, any alarm", "tenth": "+10 %, seen", "fifth": "+20 %, seen"}
    figures: dict[str, float] = {}
    rows = []
    for kind, tallies in (("resampled", resampled), ("live", live)):
        for side, tally in tallies.items():
            ours, theirs = tally.alarms / tally.suites, tally.stored_alarms / tally.suites
            rows.append(
                [f"{titles[side]}, {kind}", str(tally.suites), f"{ours:.1%}", f"{theirs:.1%}", str(tally.untold)]
            )
            figures |= {f"{side}_{kind}": round(ours, 4), f"{side}_{kind}_pytest_benchmark": round(theirs, 4)}
    print()
    print_table(("", "suites", "lab check", "pytest-benchmark", "could not tell"), rows)
    print(json.dumps(figures))


if __name__ == "__main__":
    sys.exit(main())

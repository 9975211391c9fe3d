"""Whether a stall of the server shows: SIGSTOP to all its processes for a second, in the middle of an open loop.

The ideal is what a client would see that was never late itself: a request meant to start during the stall waits until
its end, and then takes what requests take outside of it. Beside it stands what a closed loop of the same mean rate
says, which sends nothing while it waits, and so hardly counts the stall. SQLite is left out: it has no server.
"""

from __future__ import annotations

import json
import signal
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import psutil

from lab.bench.clients import Client, carry_out, started
from lab.bench.schedule import Plan, poisson_starts
from lab.engines import load_engine
from lab.engines.engine import Engine
from lab.errors import LabError
from lab.provision import parse_spec, start

ENGINES = ("postgres", "mysql", "mongodb", "redis")
RATE = 400.0
SECONDS = 10.0
STALL_AT, STALL_SECONDS = 4.0, 1.0
CONNECTIONS = 8
BOUNDS = {"postgres": 0.02}
OTHER_BOUND = 0.05
DATABASE = "lab_stall"


@dataclass
class Stall:
    """Stops a server's processes once, and knows from when to when they stood still (ns of `perf_counter`)."""

    roots: Sequence[psutil.Process]
    begin_ns: int = 0
    end_ns: int = 0
    _thread: threading.Thread | None = field(default=None, repr=False)

    def begin(self, load_begin_ns: int) -> None:
        self._thread = threading.Thread(target=self._stop_and_go, args=(load_begin_ns,))
        self._thread.start()

    def join(self) -> None:
        assert self._thread
        self._thread.join()

    def _stop_and_go(self, load_begin_ns: int) -> None:
        time.sleep(max(load_begin_ns / 1e9 + STALL_AT - time.perf_counter(), 0.0))
        stopped = []
        try:
            for process in self._family():
                process.send_signal(signal.SIGSTOP)
                stopped.append(process)
            self.begin_ns = time.perf_counter_ns()
            time.sleep(STALL_SECONDS)
        finally:
            self.end_ns = time.perf_counter_ns()
            for process in stopped:
                process.send_signal(signal.SIGCONT)

    def _family(self) -> Iterator[psutil.Process]:
        for root in self.roots:
            yield root
            yield from root.children(recursive=True)


@dataclass(frozen=True)
class Result:
    ideal: float
    measured: float
    closed: float

    @property
    def ratio(self) -> float:
        return self.measured / self.ideal


def main() -> int:
    figures = {}
    print(f"p99.9 of {RATE:.0f} requests a second for {SECONDS:.0f} s, the server stopped for {STALL_SECONDS:.0f} s\n")
    print(f"{'':<12}{'ideal':>10}{'open loop':>12}{'ratio':>8}{'closed loop':>14}")
    for name in ENGINES:
        try:
            result = run(load_engine(name))
        except LabError as error:
            print(f"{name:<12}not measured: {error.message}")
            continue
        print(
            f"{name:<12}{result.ideal * 1e3:>7.0f} ms{result.measured * 1e3:>9.0f} ms{result.ratio:>8.3f}"
            f"{result.closed * 1e3:>11.1f} ms"
        )
        figures[f"{name}_ratio"] = round(result.ratio, 4)
        figures[f"{name}_closed_ratio"] = round(result.closed / result.ideal, 4)
    print("sqlite      has no server to stop")
    print(json.dumps(figures))
    is_within = all(abs(figures.get(f"{name}_ratio", 0) - 1) <= BOUNDS.get(name, OTHER_BOUND) for name in ENGINES)
    return 0 if is_within else 1


def run(engine: Engine) -> Result:
    before = set(psutil.Process().children())
    with start(parse_spec(engine.name)) as server:
        roots = [process for process in psutil.Process().children() if process not in before]
        engine.create_database(server, DATABASE)
        with started(engine, server, 1) as crew:
            requests, stall = under_load(crew, open_plan(engine), roots)
            waits, _ = under_load(crew, closed_plan(engine), roots)
        engine.drop_database(server, DATABASE)
    response = (requests[:, 4] - requests[:, 1]) / 1e9
    wait = (waits[:, 4] - waits[:, 3]) / 1e9
    return Result(ideal(requests, stall), float(np.quantile(response, 0.999)), float(np.quantile(wait, 0.999)))


def under_load(crew: Sequence[Client], plan: Plan, roots: Sequence[psutil.Process]) -> tuple[np.ndarray, Stall]:
    stall, blocks = Stall(roots), []
    carry_out(crew, [plan], stall.begin, lambda client, block, errors: blocks.append(block))
    stall.join()
    return np.concatenate(blocks), stall


def ideal(requests: np.ndarray, stall: Stall) -> float:
    """p99.9 of the schedule that was run, for a stall of the length that was measured."""
    intended = requests[:, 1]
    is_stalled = (intended >= stall.begin_ns) & (intended < stall.end_ns)
    service = (requests[:, 4] - requests[:, 3])[~is_stalled]
    waits = np.where(is_stalled, stall.end_ns - intended, 0) + np.median(service)
    return float(np.quantile(waits / 1e9, 0.999))


def open_plan(engine: Engine) -> Plan:
    starts = poisson_starts(RATE, SECONDS, np.random.default_rng(1))
    sequence = np.zeros(len(starts), np.int64)
    nothing = ([{}],)
    return Plan(
        DATABASE, (engine.noop_sql,), nothing, (False,), sequence, starts, None, CONNECTIONS, SECONDS, 5.0, 30.0
    )


def closed_plan(engine: Engine) -> Plan:
    """One client that pauses as long as the open loop does on average."""
    pauses = np.random.default_rng(1).exponential(1 / RATE, round(2 * RATE * SECONDS))
    sequence = np.zeros(len(pauses), np.int64)
    return replace(open_plan(engine), sequence=sequence, starts=None, thinks=pauses, connections=1)


if __name__ == "__main__":
    sys.exit(main())

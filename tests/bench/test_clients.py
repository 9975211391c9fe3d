"""Client processes on real servers: what they do to a database, what they see of a stall, and how they end."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

import numpy as np
import psutil
import pytest

from lab.bench.clients import Client, carry_out, started
from lab.bench.schedule import ANSWERED, FAILED, Plan, poisson_starts
from lab.engines import load_engine
from lab.engines.engine import Database, Engine, Server, ServerLost, Text
from lab.errors import Interrupted, LabError
from lab.provision import parse_spec, start

SERVED = ("sqlite", "postgres", "mysql", "mariadb", "mongodb", "redis")
INSERT = "INSERT INTO numbers (n) VALUES (:n)"


def open_loop(text: str, database: str = "clients", rate: float = 100.0, seconds: float = 1.0, seed: int = 1) -> Plan:
    starts = poisson_starts(rate, seconds, np.random.default_rng(seed))
    sets = [{"n": seed * 100_000 + number} for number in range(len(starts))]
    sequence = np.zeros(len(starts), np.int64)
    return Plan(database, (text,), (sets,), (True,), sequence, starts, None, 4, seconds, 2.0, 10.0)


def closed_loop(plan: Plan, connections: int = 1) -> Plan:
    return replace(plan, starts=None, thinks=np.full(len(plan.sequence), 0.002), connections=connections)


def requests_of(crew: tuple[Client, ...], plans: list[Plan]) -> np.ndarray:
    blocks: list[np.ndarray] = []
    carry_out(crew, plans, lambda begin: None, lambda client, block, errors: blocks.append(block))
    return np.concatenate(blocks)


@pytest.fixture(params=["sqlite", "postgres"])
def numbers(request: pytest.FixtureRequest) -> Iterator[tuple[Engine, Server, Database]]:
    """A table of unique numbers."""
    server: Server = request.getfixturevalue(f"{request.param}_server")
    engine = load_engine(request.param)
    engine.create_database(server, "clients")
    database = engine.connect(server, "clients")
    database.run([Text("CREATE TABLE numbers (n integer PRIMARY KEY)")])
    yield engine, server, database
    database.close()
    engine.drop_database(server, "clients")


@pytest.mark.parametrize("name", SERVED)
def test_every_engine_can_be_put_under_load(name: str, request: pytest.FixtureRequest) -> None:
    server: Server = request.getfixturevalue(f"{name}_server")
    engine = load_engine(name)
    engine.create_database(server, "clients")
    plan = open_loop(engine.noop_sql)
    with started(engine, server, 1) as crew:
        found = requests_of(crew, [plan])
        again = requests_of(crew, [closed_loop(plan)])
    engine.drop_database(server, "clients")
    assert (len(found), set(found[:, 6])) == (len(plan.sequence), {ANSWERED})
    assert 0 < len(again) <= len(plan.sequence)
    assert (found[:, 1] <= found[:, 3]).all() and (found[:, 3] < found[:, 4]).all()


def test_what_several_clients_write_is_written_once(numbers: tuple[Engine, Server, Database]) -> None:
    engine, server, database = numbers
    plans = [open_loop(INSERT, seed=1), open_loop(INSERT, seed=2)]
    with started(engine, server, 2) as crew:
        found = requests_of(crew, plans)
    assert set(found[:, 6]) == {ANSWERED}
    assert database.rows("SELECT count(*) FROM numbers", {}) == [(len(found),)]
    assert len(found) == sum(len(plan.sequence) for plan in plans)


def test_a_request_that_fails_is_counted_and_said(numbers: tuple[Engine, Server, Database]) -> None:
    engine, server, database = numbers
    database.run([Text("INSERT INTO numbers VALUES (100000)")])
    errors: list[tuple[int, str]] = []
    blocks: list[np.ndarray] = []
    with started(engine, server, 1) as crew:
        carry_out(
            crew,
            [open_loop(INSERT)],
            lambda begin: None,
            lambda _, block, said: (blocks.append(block), errors.extend(said)),
        )
    outcomes = np.concatenate(blocks)[:, 6]
    assert (outcomes == FAILED).sum() == 1
    assert len(errors) == 1 and "unique" in errors[0][1].lower()


def test_a_statement_that_cannot_be_prepared_stops_the_load(postgres_server: Server) -> None:
    engine = load_engine("postgres")
    with started(engine, postgres_server, 1) as crew, pytest.raises(LabError, match="numbrs"):
        requests_of(crew, [open_loop("UPDATE numbrs SET n = :n WHERE n = :n", "postgres")])


def postgres_processes() -> list[int]:
    found = []
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):  # a worker of the server's own may have ended meanwhile
            if "postgres" in process.name():
                found.append(process.pid)
    return found


def tell(processes: list[int], number: signal.Signals) -> None:
    for process in processes:
        with suppress(ProcessLookupError):
            os.kill(process, number)


def test_a_stall_of_the_server_shows(postgres_server: Server) -> None:
    """In the responses of the requests that were meant to start meanwhile, also of those not yet sent."""
    engine = load_engine("postgres")
    engine.create_database(postgres_server, "clients")
    stop = threading.Event()
    assert postgres_processes()
    begun: list[int] = []

    def stall() -> None:
        stop.wait(0.5)
        family = postgres_processes()
        tell(family, signal.SIGSTOP)
        begun.append(time.perf_counter_ns())
        stop.wait(0.5)
        begun.append(time.perf_counter_ns())
        tell(family, signal.SIGCONT)

    thread = threading.Thread(target=stall)
    with started(engine, postgres_server, 1) as crew:
        blocks: list[np.ndarray] = []
        plan = open_loop(engine.noop_sql, rate=200.0, seconds=1.5)
        carry_out(crew, [plan], lambda begin: thread.start(), lambda _, block, errors: blocks.append(block))
    thread.join()
    engine.drop_database(postgres_server, "clients")
    found = np.concatenate(blocks)
    stalled = found[(found[:, 1] > begun[0]) & (found[:, 1] < begun[1])]
    assert len(stalled) > 20 > plan.connections
    assert (stalled[:, 4] >= begun[1]).all()


@pytest.fixture
def doomed(state: object) -> Iterator[tuple[Server, list[int]]]:
    """A server of its own, and its process ids."""
    before = {process.pid for process in psutil.Process().children()}
    with start(parse_spec("postgres")) as server:
        yield server, [process.pid for process in psutil.Process().children() if process.pid not in before]


def test_a_server_that_dies_ends_the_load_and_leaves_what_was_measured(doomed: tuple[Server, list[int]]) -> None:
    server, pids = doomed
    engine = load_engine("postgres")
    engine.create_database(server, "clients")
    blocks: list[np.ndarray] = []

    def kill(client: int, block: np.ndarray, errors: list[tuple[int, str]]) -> None:
        blocks.append(block)
        for pid in pids:
            if psutil.pid_exists(pid):
                os.kill(pid, signal.SIGQUIT)

    with started(engine, server, 2) as crew, pytest.raises(ServerLost, match="went away"):
        plan = open_loop(engine.noop_sql, seconds=30.0)
        carry_out(crew, [plan, plan], lambda begin: None, kill)
    assert sum(map(len, blocks)) > 10


@pytest.mark.parametrize("how", ["interrupt", "kill"])
def test_clients_end_and_what_they_measured_is_kept(sqlite_server: Server, how: str) -> None:
    engine = load_engine("sqlite")
    engine.create_database(sqlite_server, "clients")
    blocks: list[np.ndarray] = []

    def cut(client: int, block: np.ndarray, errors: list[tuple[int, str]]) -> None:
        blocks.append(block)
        if len(blocks) == 1 and how == "interrupt":
            raise Interrupted
        if len(blocks) == 1:
            crew[1].process.kill()

    expected = Interrupted if how == "interrupt" else LabError
    with started(engine, sqlite_server, 2) as crew:
        plan = open_loop(engine.noop_sql, seconds=60.0)
        with pytest.raises(expected, match=None if how == "interrupt" else "ended by itself"):
            carry_out(crew, [plan, plan], lambda begin: None, cut)
    engine.drop_database(sqlite_server, "clients")
    assert len(blocks) > 1
    assert all(client.process.poll() is not None for client in crew)

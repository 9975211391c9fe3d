from __future__ import annotations

import threading
from typing import Any, cast

import pytest

from lab.bench.lanes import Lanes, Stopped
from lab.engines.engine import Database


class Connection:
    """Knows only whether it was closed."""

    def __init__(self) -> None:
        self.is_closed = False

    def close(self) -> None:
        self.is_closed = True


class Opened:
    def __init__(self) -> None:
        self.all: list[Connection] = []

    def __call__(self) -> Database:
        self.all.append(Connection())
        return cast(Database, self.all[-1])


@pytest.mark.parametrize("count", [1, 3])
def test_results_come_in_the_order_of_the_jobs(count: int) -> None:
    opened = Opened()
    jobs = [lambda database, number=number: number * number for number in range(20)]
    assert Lanes(count, opened).run(jobs) == [number * number for number in range(20)]
    assert 1 <= len(opened.all) <= count
    assert all(connection.is_closed for connection in opened.all)


def test_lanes_work_at_the_same_time_on_connections_of_their_own() -> None:
    meet = threading.Barrier(2, timeout=10)

    def job(database: Database) -> int:
        meet.wait()
        return id(database)

    assert len(set(Lanes(2, Opened()).run([job, job]))) == 2


def test_the_first_failure_stops_the_others() -> None:
    opened, ended = Opened(), threading.Event()
    has_begun = threading.Event()
    lanes = Lanes(2, opened)

    def endless() -> Any:
        while True:
            yield 1

    def goes_on(database: Database) -> None:
        try:
            for _ in lanes.check(endless()):
                has_begun.set()
        except Stopped:
            ended.set()
            raise

    def fails(database: Database) -> None:
        assert has_begun.wait(10)
        raise ValueError("row 7")

    never_run: list[Database] = []
    with pytest.raises(ValueError, match="row 7"):
        lanes.run([goes_on, fails, lambda database: never_run.append(database)])
    assert ended.wait(10)
    assert never_run == []


def test_no_jobs_open_at_most_one_connection() -> None:
    opened = Opened()
    assert Lanes(3, opened).run([]) == []
    assert all(connection.is_closed for connection in opened.all)

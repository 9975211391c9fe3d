"""The search for the highest rate, against a variant of which it is known, and how a load is judged."""

from __future__ import annotations

import math

import numpy as np
import pytest

from lab.bench.requests import Requests
from lab.bench.schedule import ANSWERED, FAILED, UNSENT
from lab.bench.sweep import Search, judge
from lab.bench.traffic import Load, Subject, Traffic, make_plans
from lab.model.traffic import SweepStep
from lab.model.workload import Operation

MS = 1_000_000
READ = Operation("read", "simple", {"": "q"}, weight=3)
WRITE = Operation("write", "simple", {"": "w"}, is_write=True)
REPORT = Operation("report", "complex", {"": "r"})


def search_up_to(limit: float, first: float = 10.0, unlucky: tuple[int, ...] = ()) -> Search:
    search = Search(first)
    for number in range(60):
        if search.is_done:
            break
        is_met = search.next_rate <= limit and number not in unlucky
        search.note(SweepStep(search.next_rate, search.next_rate, is_met, "" if is_met else "read", 0.1))
    return search


@pytest.mark.parametrize("limit", [0.9, 3.0, 10.0, 777.0, 12_345.0])
def test_the_highest_rate_is_found_within_a_tenth(limit: float) -> None:
    result = search_up_to(limit).result("base", 2)
    assert result.highest_met and result.lowest_missed and result.is_complete
    assert result.highest_met <= limit < result.lowest_missed <= 1.1 * result.highest_met
    assert (result.first_broken, result.answered_rate) == ("read", result.highest_met)


def test_one_unlucky_step_changes_nothing() -> None:
    result = search_up_to(777.0, unlucky=(2,)).result("base", 1)
    assert result.highest_met and result.highest_met > 700


def test_a_variant_that_bears_nothing_ends_the_search() -> None:
    result = search_up_to(0.0).result("base", 1)
    assert result.highest_met is None and result.lowest_missed and result.lowest_missed <= 1.0


def test_an_unfinished_search_says_what_it_knows() -> None:
    search = Search(10.0)
    search.note(SweepStep(10.0, 9.8, True))
    result = search.result("base", 1)
    assert (result.highest_met, result.lowest_missed, result.is_complete) == (10.0, None, False)
    assert not math.isinf(search.next_rate)


def load_of(rows: list[tuple[int, ...]]) -> Load:
    subject = Subject("e", "base", "d", (READ, REPORT), ("q", "r"), lambda o: iter([{}]), {}, 10.0, 1)
    load = Load(subject, Traffic(rate=10.0))
    load.requests.add(0, np.array(rows), [])
    return load


def rows(
    operation: int, count: int, wait: int, lag: int, service: int, outcome: int = ANSWERED
) -> list[tuple[int, ...]]:
    """Requests that waited for a connection, then for the client, then for the server: milliseconds."""
    times = (0, wait * MS, (wait + lag) * MS, (wait + lag + service) * MS)
    return [(operation, *times, 1, outcome)] * count


def judged(found: list[tuple[int, ...]], has_server: bool = True) -> SweepStep:
    load = load_of(found)
    return judge(load.snapshot(), load.requests, 10.0, has_server)


def test_a_rate_is_met_when_every_operation_is() -> None:
    assert judged(rows(0, 100, 0, 0, 40) + rows(1, 100, 0, 0, 400)).is_met


def test_the_operation_furthest_from_its_target_is_named() -> None:
    step = judged(rows(0, 100, 30, 0, 40) + rows(1, 100, 0, 0, 1000))
    assert (step.is_met, step.broken, step.broken_p95_seconds) == (False, "report", 1.0)


@pytest.mark.parametrize(("lag", "service", "is_limited"), [(60, 10, True), (0, 70, False)])
def test_the_client_is_the_limit_when_without_its_delay_targets_are_met(
    lag: int, service: int, is_limited: bool
) -> None:
    assert judged(rows(0, 100, 0, lag, service)).is_client_limited is is_limited
    assert not judged(rows(0, 100, 0, lag, service), has_server=False).is_client_limited


def test_failing_requests_meet_no_target() -> None:
    step = judged(rows(0, 90, 0, 0, 1) + rows(0, 10, 0, 0, 1, FAILED))
    assert (step.is_met, step.broken) == (False, "read")


def test_requests_never_sent_count_as_late() -> None:
    assert not judged(rows(0, 90, 0, 0, 1) + rows(0, 10, 900, 0, 0, UNSENT)).is_met


def test_a_load_is_summed_up_by_operation() -> None:
    found = load_of(rows(0, 30, 5, 1, 10) + rows(0, 5, 0, 0, 1, FAILED) + rows(1, 3, 0, 0, 600))
    read, report = found.snapshot().operations
    assert read.response and read.service and report.response
    assert (read.response.count, read.errors, read.target) == (30, 5, "met")
    assert (round(read.response.p50, 6), round(read.service.p50, 6)) == (0.016, 0.010)
    assert report.target == "cannot tell"


def test_the_table_of_requests_keeps_each() -> None:
    requests = Requests("e", "base", "open", (READ, REPORT))
    requests.add(1, np.array(rows(0, 1, 5, 1, 10) + rows(1, 1, 50, 0, 0, UNSENT)), [])
    sent, unsent = requests.table().to_pylist()
    assert (sent["operation"], sent["client"], sent["outcome"]) == ("read", 1, "answered")
    assert (sent["response_seconds"], sent["service_seconds"]) == (0.016, 0.010)
    assert (unsent["response_seconds"], unsent["service_seconds"], unsent["outcome"]) == (0.05, None, "unsent")


def test_clients_share_the_rate_and_no_write_is_sent_twice() -> None:
    numbers = iter(range(1_000_000))
    subject = Subject(
        "e", "base", "d", (READ, WRITE), ("q", "w"), lambda o: ({"n": next(numbers)} for _ in iter(int, 1)), {}, 9.0, 1
    )
    plans = make_plans(subject, Traffic(clients=3, rate=300.0, duration_seconds=10.0))
    assert [plan.connections for plan in plans] == [8, 8, 8]
    assert abs(sum(len(plan.sequence) for plan in plans) - 3000) < 300
    written = [given["n"] for plan in plans for given in plan.parameters[1]]
    assert len(written) == len(set(written)) >= sum(int((plan.sequence == 1).sum()) for plan in plans)
    assert len({plan.starts.tobytes() for plan in plans if plan.starts is not None}) == 3


def test_all_connections_together_fit_the_servers() -> None:
    assert all(clients * Traffic(clients, 10.0).connections <= 40 for clients in range(1, 33))

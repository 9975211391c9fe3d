"""Choosing a set under a fake database: what is taken together, within which bounds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set

import pytest

from lab.advise.select import Bounds
from lab.advise.shortlist import Nursery, in_order, plant, rejected
from lab.errors import LabError
from lab.model.change import AddIndex
from lab.model.run import Proposal
from lab.model.schema import Index, IndexPart
from lab.model.what_if import Built, Execution, Ground, Plan

Speed = Callable[[str, frozenset[str]], float]
MEGABYTE = 1_000_000


class Fake:
    """Plans and times by a formula. Uses an index only if it makes its query faster than any subset without it."""

    counts_cpu = True
    hides_from_writes = True

    def __init__(self, speed: Speed, sizes: Mapping[str, int], writes: Mapping[str, float]) -> None:
        self.speed, self.sizes, self.writes = speed, sizes, writes
        self.shown: frozenset[str] = frozenset()
        self.executed = 0

    def build(self, change: AddIndex) -> Built:
        if change.name == "impossible":
            raise LabError("index row too big")
        return Built(self.sizes.get(change.name, MEGABYTE), 0.1)

    def settle(self) -> None: ...

    def show_only(self, names: Set[str]) -> None:
        self.shown = frozenset(names)

    def plan(self, sql: str, parameters: Mapping[str, object]) -> Plan:
        used = self.shown
        for name in sorted(self.shown):
            if self.speed(sql, used - {name}) <= self.speed(sql, used):
                used -= {name}
        return Plan(f"{sql} by {sorted(used)}", used, self.speed(sql, used) * 1000)

    def seconds(self, sql: str, parameters: Mapping[str, object], timeout_seconds: float) -> float | None:
        self.executed += 1
        seconds = self.speed(sql, self.plan(sql, parameters).used)
        return seconds if seconds < timeout_seconds else None

    def write_seconds(self, statements: Sequence[tuple[str, Mapping[str, object]]]) -> float:
        return 1.0 + sum(self.writes.get(name, 0.1) for name in self.shown)

    def tidy(self) -> None: ...

    def close(self) -> None: ...


def proposal(name: str) -> Proposal:
    return Proposal("rule", AddIndex(Index(name, "t", (IndexPart("c"),))), "because", ("q1",))


def nursery(
    speed: Speed,
    *names: str,
    sizes: Mapping[str, int] | None = None,
    writes: Mapping[str, float] | None = None,
    queries: Sequence[str] = ("q1", "q2"),
) -> Nursery:
    fake = Fake(speed, sizes or {}, writes or {})
    reads = tuple(Execution(query, query, {}, 1.0) for query in queries)
    ground = Ground(fake, reads, (Execution("w", "w", {}, 1.0),), 10.0)
    return plant(ground, map(proposal, names), {query: {"t"} for query in queries})


def by_table(times: Mapping[tuple[str, frozenset[str]], float]) -> Speed:
    """The best time among the listed sets that are all shown; 1 second by nothing."""

    def speed(query: str, shown: frozenset[str]) -> float:
        return min((t for (q, names), t in times.items() if q == query and names <= shown), default=1.0)

    return speed


def each(**times: float) -> Speed:
    """`q1_a=0.5`: query q1 takes 0.5 s when a is there."""
    listed = {(key.split("_")[0], frozenset([key.split("_")[1]])): t for key, t in times.items()}
    return by_table(listed)


def test_what_helps_is_taken_and_what_does_not_is_told_why() -> None:
    planted = nursery(each(q1_a=0.2, q2_b=0.5), "a", "b", "c")
    shown = planted.choose(Bounds())
    assert shown == {"a", "b"}
    assert [p.change.name for p in in_order(planted, shown)] == ["a", "b"]
    (trial,) = rejected(planted, shown)
    assert trial.proposal.change.name == "c" and "no plan uses it" in trial.verdict


def test_of_two_that_do_the_same_job_one_is_taken() -> None:
    assert len(nursery(each(q1_a=0.2, q1_b=0.2), "a", "b").choose(Bounds())) == 1


def test_two_that_only_help_together_are_not_lost_where_one_gains_a_little() -> None:
    speed = by_table({("q1", frozenset("a")): 0.98, ("q1", frozenset("ab")): 0.1})
    assert nursery(speed, "a", "b").choose(Bounds()) == {"a", "b"}


def test_room_goes_to_what_gains_most_for_it() -> None:
    sizes = {"big": 9 * MEGABYTE, "one": 4 * MEGABYTE, "two": 4 * MEGABYTE}
    speed = each(q1_big=0.3, q1_one=0.4, q2_two=0.4)
    assert nursery(speed, "big", "one", "two", sizes=sizes).choose(Bounds(10 * MEGABYTE)) == {"one", "two"}


def test_what_does_two_things_gives_way_to_one_and_a_smaller_one() -> None:
    sizes = {"wide": 14 * MEGABYTE, "small": 6 * MEGABYTE, "other": 14 * MEGABYTE}
    speed = each(q1_wide=0.05, q2_wide=0.05, q2_small=0.4, q3_other=0.25, q4_other=0.25)
    planted = nursery(speed, "wide", "small", "other", sizes=sizes, queries=["q1", "q2", "q3", "q4"])
    assert planted.choose(Bounds(21 * MEGABYTE)) == {"small", "other"}


def test_a_bound_is_never_exceeded() -> None:
    sizes = {"a": 8 * MEGABYTE, "b": 8 * MEGABYTE}
    shown = nursery(each(q1_a=0.1, q2_b=0.2), "a", "b", sizes=sizes).choose(Bounds(10 * MEGABYTE))
    assert shown == {"a"}


def test_the_cost_of_writes_is_bounded() -> None:
    planted = nursery(each(q1_a=0.1, q2_b=0.2), "a", "b", writes={"a": 3.0, "b": 0.5})
    assert planted.choose(Bounds(write_ratio=2.0)) == {"b"}
    assert planted.choose(Bounds(write_ratio=5.0)) == {"a", "b"}


def test_what_slows_a_query_is_not_taken() -> None:
    def speed(query: str, shown: frozenset[str]) -> float:
        return {"q1": 0.1, "q2": 1.0}[query] if "a" in shown else 1.0

    class Misled(Fake):
        def seconds(self, sql: str, parameters: Mapping[str, object], timeout_seconds: float) -> float | None:
            return 1.6 if sql == "q2" and self.shown else super().seconds(sql, parameters, timeout_seconds)

        def plan(self, sql: str, parameters: Mapping[str, object]) -> Plan:
            return Plan(f"{sql}{sorted(self.shown)}", self.shown, 1.0 if self.shown else 2.0)

    reads = tuple(Execution(query, query, {}, 1.0) for query in ("q1", "q2"))
    planted = plant(Ground(Misled(speed, {}, {}), reads, (), 10.0), [proposal("a")], {})
    assert planted.choose(Bounds()) == frozenset()


def test_a_query_that_never_ended_is_worth_its_time_limit() -> None:
    speed = each(q1_a=0.5)
    endless = nursery(lambda query, shown: speed(query, shown) if shown else 60.0, "a", queries=["q1"])
    assert endless.worth.timed_out == {"q1"}
    assert endless.choose(Bounds()) == {"a"}


def test_what_cannot_be_built_is_said() -> None:
    planted = nursery(each(q1_a=0.5), "a", "impossible")
    trials = rejected(planted, planted.choose(Bounds()))
    assert [t.verdict for t in trials if t.proposal.change.name == "impossible"] == ["index row too big"]


def test_few_executions_cost_many_sets() -> None:
    names = [f"i{number}" for number in range(12)]
    planted = nursery(lambda q, shown: 1.0 - 0.05 * len(shown), *names, queries=["q1"])
    planted.choose(Bounds())
    assert planted.worth.executed < 200


@pytest.mark.parametrize("bounds", [Bounds(), Bounds(5 * MEGABYTE), Bounds(write_ratio=1.5)])
def test_doing_nothing_is_an_answer(bounds: Bounds) -> None:
    assert nursery(lambda query, shown: 1.0, "a", "b").choose(bounds) == frozenset()


def test_without_time_for_any_candidate_the_nursery_says_so() -> None:
    fake = Fake(lambda sql, used: 1.0, {}, {})
    ground = Ground(
        fake, (Execution("a", "a", {}, 1.0),), timeout_seconds=10.0, seconds_left=iter([1.0] + [0.0] * 99).__next__
    )
    assert plant(ground, [proposal("x")], {"a": {"t"}}).is_too_late

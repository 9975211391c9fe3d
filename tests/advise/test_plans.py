"""The plans an execution could have, told apart by a planner that takes the cheapest it sees."""

from __future__ import annotations

from collections.abc import Mapping, Set

from lab.advise.foreseen import Foreseen
from lab.advise.plans import NONE, Plans
from lab.advise.worth import Worth
from lab.model.change import AddIndex
from lab.model.what_if import Built, Execution, Ground, Plan

READ = Execution("read", "read", {}, 1.0)
COSTS = {
    frozenset[str](): 100.0,
    frozenset({"wide"}): 10.0,
    frozenset({"narrow"}): 30.0,
    frozenset({"left", "right"}): 20.0,
    frozenset({"left"}): 99.5,
    frozenset({"trap"}): 25.0,
}
SECONDS = {"trap": 3.0}
"""What else a plan takes than a hundredth of its cost."""
SIZES = {"wide": 90, "narrow": 10, "left": 20, "right": 20, "trap": 5, "idle": 1}
TABLES = dict.fromkeys(SIZES, "t")


class Database:
    counts_cpu = True

    def __init__(self) -> None:
        self.shown: frozenset[str] = NONE
        self.asked = self.executed = 0

    def show_only(self, names: Set[str]) -> None:
        self.shown = frozenset(names)

    def plan(self, sql: str, parameters: Mapping[str, object]) -> Plan:
        self.asked += 1
        used = min((used for used in COSTS if used <= self.shown), key=lambda used: COSTS[used])
        return Plan(str(sorted(used)), used, COSTS[used])

    def seconds(self, sql: str, parameters: Mapping[str, object], timeout_seconds: float) -> float | None:
        self.executed += 1
        plan = self.plan(sql, parameters)
        seconds = max([plan.cost / 100, *(SECONDS[name] for name in plan.used if name in SECONDS)])
        return seconds if seconds <= timeout_seconds else None

    def build(self, change: AddIndex) -> Built:
        raise NotImplementedError

    def settle(self) -> None: ...

    def write_seconds(self, statements: object) -> float:
        return 1.0

    def tidy(self) -> None: ...

    def close(self) -> None: ...


def explored() -> Plans:
    plans = Plans(Database(), [READ], TABLES, {})
    plans.explore(0, SIZES, SIZES.keys())
    return plans


def worth() -> tuple[Worth, Database]:
    database = Database()
    found = Worth(Ground(database, (READ,), (), 10.0), TABLES, {})
    found.plans.explore(0, SIZES, SIZES.keys())
    return found, database


def test_plans_are_found_behind_the_best_one() -> None:
    used = [plan.used for plan in explored().options(0)]
    assert used[0] == {"wide"}
    assert {frozenset({"left", "right"}), frozenset({"trap"}), frozenset({"narrow"}), NONE} <= set(used)


def test_what_a_set_gets_is_known_without_asking_again() -> None:
    database = Database()
    plans = Plans(database, [READ], TABLES, {})
    plans.explore(0, SIZES, SIZES.keys())
    asked = database.asked
    assert plans.foreseen(0, {"left", "right", "idle"}).used == {"left", "right"}
    assert plans.foreseen(0, {"idle"}).used == NONE
    assert plans.plan(0, {"wide", "idle"}).used == {"wide"}
    assert database.asked == asked


def test_the_front_holds_nothing_that_is_both_dearer_and_larger() -> None:
    front = [sorted(plan.used) for plan in explored().front(0, SIZES)]
    assert front == [["wide"], ["left", "right"], ["trap"], []]


def test_candidates_of_other_tables_are_no_matter() -> None:
    plans = Plans(Database(), [READ], {**TABLES, "other": "u"}, {"read": {"t"}})
    assert plans.relevant(0, {"other", "wide"}) == {"wide"}


def test_a_plan_not_executed_is_worth_what_its_cost_promises() -> None:
    found, database = worth()
    executed = database.executed
    assert found.total(frozenset({"wide"})) == 0.1
    assert database.executed == executed


def test_a_plan_that_breaks_its_promise_is_found_out() -> None:
    found, _ = worth()
    trapped = frozenset({"trap", "narrow"})
    assert found.total(trapped) < 1.0 and not found.is_verified(trapped)
    found.verify(trapped)
    assert found.is_verified(trapped)
    assert found.total(trapped) > found.total(NONE)
    assert found.slows(trapped) == ["read"]
    assert found.slows(frozenset({"narrow"})) == []


def test_sets_as_bits_are_worth_the_same() -> None:
    found, _ = worth()
    found.verify(frozenset({"trap"}))
    foreseen = Foreseen(found, SIZES)
    for names in ({"wide"}, {"narrow", "idle"}, {"left", "right"}, {"left"}, set[str]()):
        assert foreseen.total(foreseen.bits(names)) == found.total(frozenset(names))
    assert foreseen.total(foreseen.bits({"trap"})) == float("inf")


def test_what_did_not_end_is_believed_to_end_only_for_much_less() -> None:
    database = Database()
    found = Worth(Ground(database, (READ,), (), 0.5), TABLES, {})
    found.plans.explore(0, SIZES, SIZES.keys())
    assert found.timed_out == {"read"}
    assert found.total(frozenset({"narrow"})) == 0.5
    assert found.total(frozenset({"wide"})) < 0.1

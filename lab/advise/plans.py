"""The plans a database would choose among candidate indexes, and nothing executed.

A planner takes the cheapest plan it finds among what it sees, so a plan chosen among many is still chosen among fewer
as long as all it uses are there, and what it chooses among a few is the cheapest of the plans known to use no others.
To find an execution's plans, the planner is shown all candidates, then all but one of those it used, and so on, the
cheapest first; and the same among ever smaller candidates, and with each alone. (The tree of hitting sets: Reiter, "A
Theory of Diagnosis from First Principles", 1987; atomic configurations: Finkelstein, Schkolnick and Tiberi, 1988.)
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set

from lab.model.what_if import Execution, Plan, Planner

Shown = frozenset[str]
NONE: Shown = frozenset()
_MOST_LAYERS = 8
"""Plans looked for among the candidates of at most one size."""
_SMALLER = 3.0
"""The next limit of size, so many times below the last."""


class Plans:
    """`tables` maps a candidate to its table, `reads` an operation to those it reads (an operation that is not there
    may read any)."""

    def __init__(
        self,
        planner: Planner,
        executions: Sequence[Execution],
        tables: Mapping[str, str],
        reads: Mapping[str, Set[str]],
    ) -> None:
        self._planner = planner
        self.executions = executions
        self._tables = tables
        every = frozenset(tables.values())
        self._reads = [frozenset(reads.get(execution.operation, every)) for execution in executions]
        self._planned: list[dict[Shown, Plan]] = [{} for _ in executions]
        self._options: list[dict[Shown, Plan]] = [{} for _ in executions]
        self._sorted: list[list[Plan] | None] = [None for _ in executions]

    def relevant(self, number: int, shown: Set[str]) -> Shown:
        reads, tables = self._reads[number], self._tables
        return frozenset(name for name in shown if tables[name] in reads)

    def plan(self, number: int, shown: Set[str]) -> Plan:
        """What the planner chooses for an execution among candidates: asked, or known from what it chose before."""
        relevant = self.relevant(number, shown)
        planned = self._planned[number]
        if relevant not in planned:
            planned[relevant] = self._known(number, relevant) or self._asked(number, relevant)
        plan = planned[relevant]
        if plan.used not in self._options[number]:
            self._options[number][plan.used] = plan
            self._sorted[number] = None
        return plan

    def _known(self, number: int, relevant: Shown) -> Plan | None:
        planned = self._planned[number].items()
        return next((plan for seen, plan in planned if plan.used <= relevant <= seen), None)

    def _asked(self, number: int, relevant: Shown) -> Plan:
        self._planner.show_only(relevant)
        execution = self.executions[number]
        return self._planner.plan(execution.sql, execution.parameters)

    def foreseen(self, number: int, shown: Set[str]) -> Plan:
        """What it should choose, by what is known: the cheapest plan there is. Asks nothing."""
        relevant = self.relevant(number, shown)
        if plan := self._planned[number].get(relevant):
            return plan
        return next(plan for plan in self.options(number) if plan.used <= relevant)

    def asked(self, number: int) -> Mapping[Shown, Plan]:
        """The plans by the sets they were asked for."""
        return self._planned[number]

    def options(self, number: int) -> Sequence[Plan]:
        """Every plan known for an execution, the cheapest first."""
        if (found := self._sorted[number]) is None:
            self.plan(number, NONE)
            found = sorted(self._options[number].values(), key=lambda plan: (plan.cost, len(plan.used)))
            self._sorted[number] = found
        return found

    def explore(self, number: int, sizes: Mapping[str, int], alone: Set[str]) -> None:
        """Looks for the plans of an execution among candidates of these sizes; for those of each of some `alone`."""
        candidates = self.relevant(number, sizes.keys())
        for name in sorted(candidates & alone):
            self.plan(number, {name})
        for limit in _limits([sizes[name] for name in candidates]):
            self._explore_layers(number, frozenset(name for name in candidates if sizes[name] <= limit))

    def front(self, number: int, sizes: Mapping[str, int]) -> list[Plan]:
        """The plans than which none is both cheaper and by smaller indexes (a Pareto front), the largest first."""
        front: list[Plan] = []
        for plan in sorted(self.options(number), key=lambda plan: (sum(sizes[n] for n in plan.used), plan.cost)):
            if not front or plan.cost < front[-1].cost:
                front.append(plan)
        return front[::-1]

    def _explore_layers(self, number: int, candidates: Shown) -> None:
        first = self.plan(number, candidates)
        waiting = [(first.cost, sorted(candidates))]
        seen = {candidates}
        for _ in range(_MOST_LAYERS):
            if not waiting:
                return
            among = frozenset(heapq.heappop(waiting)[1])
            for name in sorted(self.plan(number, among).used):
                fewer = among - {name}
                if fewer not in seen:
                    seen.add(fewer)
                    heapq.heappush(waiting, (self.plan(number, fewer).cost, sorted(fewer)))


def _limits(sizes: Iterable[int]) -> Iterator[float]:
    """Of size: that of the largest, and ever smaller ones until only the smallest are left."""
    listed = sorted(sizes)
    limit = float(listed[-1]) if listed else 0.0
    while listed and limit >= listed[0]:
        yield limit
        limit /= _SMALLER

"""Where a column is NULL: by its share of NULLs, by what checks say of other columns, and where what came before is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import sqlglot
from sqlglot import exp

from lab.datagen import conditions
from lab.datagen.kin import Kin
from lab.datagen.names import has_word
from lab.datagen.plan import TablePlan
from lab.datagen.seed import Mask, Rows, chance, stream
from lab.datagen.wiring import Wiring
from lab.model.schema import Schema

RARE = r"delet\w*|archiv\w*|cancel\w*|refund\w*|revok\w*|banned|block\w*|suspend\w*"
"""Words for what befalls few rows."""
_NULL_SHARE = 0.1
_RARE_SHARE = 0.95


class _Rule(NamedTuple):
    share: float
    key: np.uint64
    conditions: tuple[tuple[exp.Expr, bool], ...]
    """Under which conditions the column is, or is not, NULL."""
    origin: Callable[[Rows], Rows] | None
    """What its NULLs follow from, where that is not the row."""
    earlier: str | None
    """A column of the row without which it is NULL, too."""


class Absence:
    """The NULLs of one table. `column` gives a column of a row, `origin` the rows its values are drawn for."""

    def __init__(
        self,
        plan: TablePlan,
        schema: Schema,
        seed: int,
        wiring: Wiring,
        kin: Mapping[str, Kin],
        column: Callable[[str, Rows], pa.Array],
        origin: Callable[[str, Rows], Rows],
    ) -> None:
        self._plan = plan
        self._seed = seed
        self._wiring = wiring
        self._kin = kin
        self._column = column
        self._origin = origin
        self._referenced = {
            name for _, key in schema.foreign_keys() if key.table == plan.table.name for name in key.referenced
        }
        self._rule = cache(self._rule_of)

    def share(self, name: str) -> float:
        """Of NULLs among a column's values, as far as no condition decides."""
        spec, bounds = self._plan.column_spec(name), self._plan.column_bounds(name)
        if not self._may_be(name) or bounds.presence == "always":
            return 0.0
        if bounds.presence == "never":
            return 1.0
        if spec.nulls is not None:
            return spec.nulls
        if self._refers_to_itself(name) or spec.expression or bounds.expression:
            return 0.0
        return _RARE_SHARE if has_word(name, RARE) else _NULL_SHARE

    def of(self, name: str, rows: Rows, origin: Rows) -> Mask | None:
        """Where a column is NULL, its values being drawn for `origin`; None where it never is."""
        rule = self._rule(name)
        found: Mask | None = None
        if rule.share > 0 or rule.conditions:
            found = chance(rule.key, rule.origin(rows) if rule.origin else origin, rule.share)
            for condition, is_null in rule.conditions:
                holds = conditions.holds(condition, lambda other: self._column(other, rows))
                found = np.where(holds, is_null, found)
        if rule.earlier is not None:
            missing = self.of(rule.earlier, rows, self._origin(rule.earlier, rows))
            if missing is not None:
                found = missing if found is None else found | missing
        return found

    def _rule_of(self, name: str) -> _Rule:
        kin = self._kin.get(name)
        return _Rule(
            self.share(name),
            self._key(name),
            tuple(self._conditions(name)),
            kin.origin if kin is not None else None,
            self._plan.column_bounds(name).missing_with,
        )

    def _may_be(self, name: str) -> bool:
        return self._plan.table.column(name).is_nullable and name not in self._referenced

    def _conditions(self, name: str) -> Iterator[tuple[exp.Expr, bool]]:
        bounds = self._plan.column_bounds(name)
        for texts, is_null in ((bounds.required, False), (bounds.absent, True)) if self._may_be(name) else ():
            for text in texts:
                yield sqlglot.parse_one(text, read="postgres"), is_null

    def _refers_to_itself(self, name: str) -> bool:
        number, _ = self._wiring.owners.get(name, (None, 0))
        return number is not None and self._plan.table.foreign_keys[number].table == self._plan.table.name

    def _key(self, name: str) -> np.uint64:
        """One for all columns of a foreign key: it is there or it is not."""
        number, _ = self._wiring.owners.get(name, (None, 0))
        names = (name,) if number is None else self._plan.table.foreign_keys[number].columns
        return stream(self._seed, self._plan.table.name, *names, "null")

"""The planner's statistics at two sizes -> those at a size beyond.

Each number is taken to go on by the power of the size it followed between the two: the rows of a table that grows, the
different values of a reference to it, the highest value of a key, the share of the commonest value.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from lab.model.planner import PlannerFacts, RelationFacts

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_NUMBERS = re.compile(r"\{-?\d+(?:\.\d+)?(?:,-?\d+(?:\.\d+)?)*\}")


def extrapolate(small: PlannerFacts, large: PlannerFacts, growth: float, further: float) -> PlannerFacts:
    """At `further` times the size of `large`, which is `growth` times the size of `small`."""
    rows = small.rows, large.rows
    relations = tuple(_relation(each, small, growth, further) for each in large.relations)
    new_rows = {(each.namespace, each.name): each.rows for each in relations}
    columns = {}
    for key, fields in large.columns.items():
        table = key[:2]
        counts = rows[0].get(table, 0.0), rows[1].get(table, 0.0), new_rows.get(table, 0.0)
        before = small.columns.get(key)
        columns[key] = _column(before, fields, counts, growth, further) if before and min(counts) > 0 else fields
    return PlannerFacts(relations, columns)


def _relation(relation: RelationFacts, small: PlannerFacts, growth: float, further: float) -> RelationFacts:
    before = small.rows.get((relation.namespace, relation.name), 0.0)
    factor = further ** _exponent(before, relation.rows, growth)
    return replace(
        relation,
        rows=relation.rows * factor if relation.rows > 0 else relation.rows,
        pages=max(1, round(relation.pages * factor)),
        visible_pages=round(relation.visible_pages * factor),
    )


def _exponent(before: float, after: float, growth: float, lowest: float = 0.0, highest: float = 1.0) -> float:
    """Of the power law through two sizes, within bounds."""
    if before <= 0 or after <= 0:
        return 0.0
    return min(max(math.log(after / before) / math.log(growth), lowest), highest)


def _column(
    before: Mapping[str, Any],
    fields: Mapping[str, Any],
    rows: tuple[float, float, float],
    growth: float,
    further: float,
) -> Mapping[str, Any]:
    few, many = _distinct(before["n_distinct"], rows[0]), _distinct(fields["n_distinct"], rows[1])
    new_distinct = min(many * further ** _exponent(few, many, growth), rows[2])
    is_share = fields["n_distinct"] < 0 and before["n_distinct"] < 0
    found = dict(fields)
    found["n_distinct"] = fields["n_distinct"] if is_share else -1.0 if new_distinct >= rows[2] else new_distinct
    if fields["most_common_freqs"] and before["most_common_freqs"]:
        highest = before["most_common_freqs"][0], fields["most_common_freqs"][0]
        factor = further ** _exponent(*highest, growth, lowest=-1.0, highest=0.0)
        found["most_common_freqs"] = [share * factor for share in fields["most_common_freqs"]]
    if fields["histogram_bounds"] and before["histogram_bounds"]:
        found["histogram_bounds"] = _bounds(before["histogram_bounds"], fields["histogram_bounds"], growth, further)
    return found


def _distinct(n_distinct: float, rows: float) -> float:
    """How many different values, where pg_stats says a negative share of the rows."""
    return -n_distinct * rows if n_distinct < 0 else n_distinct


def _bounds(before: str, after: str, growth: float, further: float) -> str:
    """Numbers of which the highest grows are stretched; dates, texts and identifiers go on as they are."""
    if not (_NUMBERS.fullmatch(before) and _NUMBERS.fullmatch(after)):
        return after
    ends = float(_NUMBER.findall(before)[-1]), float(_NUMBER.findall(after)[-1])
    factor = further ** _exponent(*ends, growth)

    def stretched(found: re.Match[str]) -> str:
        return f"{float(found[0]) * factor:.6f}" if "." in found[0] else str(round(int(found[0]) * factor))

    return _NUMBER.sub(stretched, after) if factor > 1.001 else after

"""The planner's statistics at two sizes -> those at a size beyond.

A table either grows with the size or not at all, and so does the pool a column's values come from; the highest value
of a key and the share of the commonest value go on by the power of the size they followed between the two.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from lab.model.planner import PlannerFacts, RelationFacts

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_MOSTLY = 0.65
"""From this power of the size on, something is taken to grow with it."""
_ALL_DIFFERENT = 0.995
"""From this share of the rows on, different values are taken to be as many as rows."""
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
    factor = further ** _grows(before, relation.rows, growth)
    pages = _pages(relation, factor)
    return replace(
        relation,
        rows=relation.rows * factor if relation.rows > 0 else relation.rows,
        pages=pages,
        visible_pages=round(relation.visible_pages * pages / max(relation.pages, 1)),
    )


def _grows(before: float, after: float, growth: float) -> float:
    """1 for what grows with the size, 0 for what does not: between sizes that are small, chance alone makes the power
    something in between."""
    return 1.0 if before > 0 and after > 0 and math.log(after / before) > math.log(growth) * _MOSTLY else 0.0


def _pages(relation: RelationFacts, factor: float) -> int:
    """The last page is half full on average; a B-tree has a page about itself, and from its second leaf on a root."""
    beside = (0 if relation.kind != "i" else 1 if relation.pages <= 2 else 2) if factor > 1 else 0
    full = max(relation.pages - beside - 0.5, 0.5)
    return max(1, relation.pages + round(full * (factor - 1)))


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
    found = dict(fields)
    found["n_distinct"] = _new_distinct(before["n_distinct"], fields["n_distinct"], rows, growth, further)
    if fields["most_common_freqs"] and before["most_common_freqs"]:
        highest = before["most_common_freqs"][0], fields["most_common_freqs"][0]
        factor = further ** _exponent(*highest, growth, lowest=-1.0, highest=0.0)
        found["most_common_freqs"] = [share * factor for share in fields["most_common_freqs"]]
    if fields["histogram_bounds"] and before["histogram_bounds"]:
        found["histogram_bounds"] = _bounds(before["histogram_bounds"], fields["histogram_bounds"], growth, further)
    return found


def _new_distinct(
    before: float, after: float, rows: tuple[float, float, float], growth: float, further: float
) -> float:
    """As pg_stats says it. Values are taken to be drawn from a pool that stays as it is, or that grows with the size:
    the first rows nearly all have one of their own, and then they repeat."""
    if before == after == -1.0:
        return after
    pools = _pool(_distinct(before, rows[0]), rows[0]), _pool(_distinct(after, rows[1]), rows[1])
    if math.isinf(pools[1]):
        return -1.0
    pool = pools[1] * further ** (_grows(*pools, growth) if math.isfinite(pools[0]) else 0.0)
    return float(min(-pool * math.expm1(-rows[2] / pool), rows[2]))


def _distinct(n_distinct: float, rows: float) -> float:
    """How many different values, where pg_stats says a negative share of the rows."""
    return -n_distinct * rows if n_distinct < 0 else n_distinct


def _pool(distinct: float, rows: float) -> float:
    """The number of values K of which so many rows draw `distinct` different ones on average, each as likely as the
    others: distinct = K (1 - exp(-rows / K)) (Feller, "An Introduction to Probability Theory", vol. 1, II.5, the
    occupancy problem). Infinite where hardly any repeats."""
    if distinct >= rows * _ALL_DIFFERENT or distinct <= 0:
        return math.inf if distinct > 0 else 1.0
    low, high = distinct, distinct**2 * 1e3 + 1
    for _ in range(60):
        middle = math.sqrt(low * high)
        low, high = (middle, high) if -middle * math.expm1(-rows / middle) < distinct else (low, middle)
    return high


def _bounds(before: str, after: str, growth: float, further: float) -> str:
    """Numbers of which the highest grows are stretched; dates, texts and identifiers go on as they are."""
    if not (_NUMBERS.fullmatch(before) and _NUMBERS.fullmatch(after)):
        return after
    ends = float(_NUMBER.findall(before)[-1]), float(_NUMBER.findall(after)[-1])
    factor = further ** _exponent(*ends, growth)

    def stretched(found: re.Match[str]) -> str:
        return f"{float(found[0]) * factor:.6f}" if "." in found[0] else str(round(int(found[0]) * factor))

    return _NUMBER.sub(stretched, after) if factor > 1.001 else after

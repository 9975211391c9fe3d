"""Verdicts on nesting as sentences."""

from __future__ import annotations

import pytest

from lab.model.interval import OPEN_END, Interval
from lab.model.nesting import WORK, Nesting, NestingPoint
from lab.report.blocks import Details
from lab.report.sections.nesting import _details, sentence

POINT = NestingPoint(4096, dict.fromkeys(WORK, Interval(0.5, 0.4, 0.6)), dict.fromkeys(WORK, (0.001, 0.002)))


def nesting(low: float, estimate: float, high: float, mean: float = 2.5, usual: float = 6, most: int = 13) -> Nesting:
    weights = {"whole": 18.0, "children": 0.0, "parent": 0.0, "append": 5.0}
    crossover = Interval(estimate, low, high)
    return Nesting("lines", "orders", (POINT,), weights, True, crossover, mean, usual, most)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            nesting(220, 310, 420),
            "Embed `lines` in `orders`: at 18 reads of a parent with its children to 5 new children, that is the "
            "faster up to 310 children (220 to 420); a parent has 2.50 here on average, and 13 at most.",
        ),
        (nesting(OPEN_END, OPEN_END, OPEN_END), "the faster at every size up to 4,096 children; a parent has"),
        (nesting(900, OPEN_END, OPEN_END), "up to 900 children at least, and not shown to be overtaken up to 4,096"),
        (
            nesting(20, 30, 40, most=200),
            "Embed the newest `lines` in `orders` and leave all in their collection: at 18 reads of a parent with its "
            "children to 5 new children, embedding is the faster up to 30 children (20 to 40); 95 of 100 parents "
            "have 6 at most, but some 200.",
        ),
        (nesting(20, 30, 40, mean=90, usual=200, most=900), "Keep `lines` in a collection that refers to `orders`: at"),
        (nesting(20, 30, 40, mean=90, usual=200, most=900), "it is the faster from 30 children on (20 to 40)"),
        (nesting(0, 0, 2, mean=5), "it is the faster from the first child on (or from 2.0)"),
        (nesting(2, 10, 40), "cannot tell which is the faster, at 18 reads of a parent with its children"),
        (nesting(0, 10, OPEN_END), "give it more time with `--time-budget`"),
    ],
)
def test_a_verdict_is_a_sentence_to_act_on(given: Nesting, said: str) -> None:
    assert said in sentence(given)


def test_every_size_is_shown_with_both_medians() -> None:
    details = _details(nesting(220, 310, 420))
    assert isinstance(details, Details) and details.note == "embed"
    (row,) = details.blocks[0].rows  # type: ignore[union-attr]
    assert [cell.text for cell in row] == ["4,096", *["0.40–0.60x"] * 4]
    assert row[1].note == "1.00 ms : 2.00 ms"

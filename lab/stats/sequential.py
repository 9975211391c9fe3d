"""Is it slower? Told as pairs come in, as often as one likes to look, for many operations at once.

Each round says whether its median ratio lies above a threshold. Were the true ratio at most the threshold, the next
round would do so with a chance of at most one half, whatever came before. The likelihood of the signs under an unknown
larger chance, over their likelihood under one half, is then a supermartingale, and by Ville's inequality it ever
reaches 1 / level with a probability of at most `level`: the test may be looked at after every round and stopped at will
(Robbins, "Statistical methods related to the law of the iterated logarithm", 1970; Howard & Ramdas, "Sequential
estimation of quantiles with applications to A/B testing and best-arm identification", 2022).

Why rounds and not pairs: for the tenth of a second a round lasts, one side may sit on the busier processor, and then
all its pairs say the same. Counting pairs cried wolf in 19 % of suites of equal designs (decision 016).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from lab.model.interval import OPEN_END, Interval
from lab.model.rule import Rule
from lab.stats.pairs import log_ratios
from lab.stats.quantiles import Samples

Finding = Literal["slower", "not slower", "undecided"]
_TAIL = 0.99
_FEWEST_BEFORE_A_TAIL = 100
"""The 99th percentile of fewer is the largest of them."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the pairs of one operation say so far."""

    ratio: Interval
    """Median of the paired ratios. Its ends hold at every look: the lower at `Rule.level_each`, the upper at
    `Rule.miss`."""
    pairs: int
    rounds: int
    slower: float
    """P-value of `no slower than 1 + margin`, valid at every look."""
    not_slower: float
    """P-value of `slower than 1 + tolerance`, likewise."""
    tail: float
    """P-value of `the 99th percentile is no higher than 1 + tail_margin`, likewise."""


def weigh(base: Samples, head: Samples, rounds: NDArray[np.int64], rule: Rule) -> Evidence:
    """The evidence of paired latencies of shape (n,), in the order they were taken, with the round of each pair.
    Raises ValueError when n = 0 or the shapes differ."""
    logs = log_ratios(base, head)
    blocks = _blocks(rounds)
    medians = np.sort([np.median(logs[block]) for block in blocks])
    above, below = (medians > math.log1p(rule.margin)).sum(), (medians < math.log1p(rule.tolerance)).sum()
    return Evidence(
        _interval(float(np.median(logs)), medians, rule),
        len(logs),
        len(medians),
        p_value(int(above), len(medians)),
        p_value(int(below), len(medians)),
        _tail_p_value(base, head / (1 + rule.tail_margin), blocks),
    )


def _blocks(rounds: NDArray[np.int64]) -> list[slice]:
    """Where each round's pairs lie; a round's follow each other."""
    starts = [0, *(np.flatnonzero(np.diff(rounds)) + 1), len(rounds)]
    return [slice(start, end) for start, end in itertools.pairwise(starts)]


def judge(evidence: Evidence, rule: Rule) -> Finding:
    """What is sure by now."""
    if min(evidence.slower, evidence.tail) <= rule.level_each:
        return "slower"
    return "not slower" if evidence.not_slower <= rule.miss else "undecided"


def is_settled(evidence: Evidence, rule: Rule) -> bool:
    """Whether more pairs are not worth their time."""
    finding = judge(evidence, rule)
    return finding == "slower" or (finding == "not slower" and evidence.pairs >= rule.enough_pairs)


def p_value(successes: int, trials: int) -> float:
    """Of `the chance of a success is at most one half`, valid at every look: the reciprocal of the mixture of
    likelihood ratios over a uniform chance; 1 where successes are no more than half."""
    if 2 * successes <= trials:
        return 1.0
    return math.exp(min(-log_evidence(successes, trials), 0.0))


def log_evidence(successes: int, trials: int) -> float:
    """log of 2^n B(s + 1, n - s + 1)."""
    beta = math.lgamma(successes + 1) + math.lgamma(trials - successes + 1) - math.lgamma(trials + 2)
    return trials * math.log(2) + beta


def holm(p_values: Sequence[float], level: float) -> list[bool]:
    """Which hypotheses fall, the chance of felling any true one being at most `level`, however they hang together
    (Holm, "A simple sequentially rejective multiple test procedure", 1979)."""
    fallen = [False] * len(p_values)
    for step, place in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        if p_values[place] > level / (len(p_values) - step):
            break
        fallen[place] = True
    return fallen


def _interval(estimate: float, ordered: Samples, rule: Rule) -> Interval:
    """The thresholds neither test excludes; 0 and OPEN_END where it takes more rounds to exclude any."""
    n = len(ordered)
    low, high = _needed(n, rule.level_each), _needed(n, rule.miss)
    lower = 0.0 if low is None else math.exp(ordered[n - low])
    upper = OPEN_END if high is None else math.exp(ordered[high - 1])
    return Interval(min(max(math.exp(estimate), lower), upper), lower, upper)


def _needed(trials: int, level: float) -> int | None:
    """The fewest successes that are evidence enough."""
    low, high = trials // 2 + 1, trials + 1
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if p_value(middle, trials) <= level else (middle + 1, high)
    return low if low <= trials else None


def _tail_p_value(base: Samples, head: Samples, blocks: Sequence[slice]) -> float:
    """In which rounds more of the head's executions than of the base's lie above the 99th percentile of both sides'
    earlier rounds: were the tails alike, it would be either side as often. Looking only back keeps the supermartingale
    one."""
    ours, theirs = 0, 0
    for block in blocks:
        if 2 * block.start < _FEWEST_BEFORE_A_TAIL:
            continue
        threshold = np.quantile(np.concatenate([base[: block.start], head[: block.start]]), _TAIL)
        more = (head[block] > threshold).sum() - (base[block] > threshold).sum()
        ours += int(more > 0)
        theirs += int(more < 0)
    return p_value(ours, ours + theirs)

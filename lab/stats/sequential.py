"""Is it slower? Told as pairs come in, as often as one likes to look, for many operations at once.

Each pair says whether its ratio lies above a threshold. Were the true median ratio at most the threshold, the next
pair would do so with a chance of at most one half, whatever came before. The likelihood of the signs under an unknown
larger chance, over their likelihood under one half, is then a supermartingale, and by Ville's inequality it ever
reaches 1 / level with a probability of at most `level`: the test may be looked at after every round and stopped at will
(Robbins, "Statistical methods related to the law of the iterated logarithm", 1970; Howard & Ramdas, "Sequential
estimation of quantiles with applications to A/B testing and best-arm identification", 2022). Nothing is assumed of the
shape of latencies or of how the machine's noise hangs together from pair to pair.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from lab.model.interval import Interval
from lab.stats.pairs import log_ratios
from lab.stats.quantiles import Samples

Finding = Literal["slower", "not slower", "undecided"]
_TAIL = 0.99
_FEWEST_BEFORE_A_TAIL = 100
"""The 99th percentile of fewer is the largest of them."""


@dataclass(frozen=True, slots=True)
class Rule:
    """When an operation counts as slower, and how sure that has to be.

    It is `slower` when its median ratio is shown to lie above 1 + `margin`, or its 99th percentile above
    1 + `tail_margin`; `not slower` when the median ratio is shown to lie below 1 + `tolerance`. Of two thresholds, so
    that what lies between them may be called either way and only what lies on one has to be measured for ever.
    """

    margin: float = 0.05
    tolerance: float = 0.10
    tail_margin: float = 0.25
    level: float = 0.01
    """Chance that any of `comparisons` is called slower, were all of them exactly at their margin."""
    miss: float = 0.01
    """Chance that an operation exactly at the tolerance is called not slower."""
    comparisons: int = 1
    enough_pairs: int = 400
    """A `not slower` operation is sampled up to here, for the sake of its 99th percentile."""

    @property
    def level_each(self) -> float:
        """Bonferroni's: what the first step of Holm's procedure asks."""
        return self.level / self.comparisons


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the pairs of one operation say so far."""

    ratio: Interval
    """Median of the paired ratios. Its ends hold at every look: the lower at `Rule.level_each`, the upper at
    `Rule.miss`."""
    pairs: int
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
    above, below = logs > math.log1p(rule.margin), logs < math.log1p(rule.tolerance)
    return Evidence(
        _interval(np.sort(logs), rule),
        len(logs),
        p_value(int(above.sum()), len(logs)),
        p_value(int(below.sum()), len(logs)),
        _tail_p_value(base, head / (1 + rule.tail_margin), rounds),
    )


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


def _interval(ordered: Samples, rule: Rule) -> Interval:
    """The thresholds neither test excludes; 0 and infinity where it takes more pairs to exclude any."""
    n = len(ordered)
    low, high = _needed(n, rule.level_each), _needed(n, rule.miss)
    return Interval(
        math.exp(float(np.median(ordered))),
        0.0 if low is None else math.exp(ordered[n - low]),
        math.inf if high is None else math.exp(ordered[high - 1]),
    )


def _needed(trials: int, level: float) -> int | None:
    """The fewest successes that are evidence enough."""
    low, high = trials // 2 + 1, trials + 1
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if p_value(middle, trials) <= level else (middle + 1, high)
    return low if low <= trials else None


def _tail_p_value(base: Samples, head: Samples, rounds: NDArray[np.int64]) -> float:
    """Pairs of which one side alone lies above the 99th percentile of both sides' earlier rounds: were the tails
    alike, it would be either side's as often. Looking only back keeps the supermartingale one."""
    ours, theirs = 0, 0
    for number in np.unique(rounds)[1:]:
        earlier, now = rounds < number, rounds == number
        if 2 * earlier.sum() < _FEWEST_BEFORE_A_TAIL:
            continue
        threshold = np.quantile(np.concatenate([base[earlier], head[earlier]]), _TAIL)
        is_head, is_base = head[now] > threshold, base[now] > threshold
        ours += int((is_head & ~is_base).sum())
        theirs += int((is_base & ~is_head).sum())
    return p_value(ours, ours + theirs)

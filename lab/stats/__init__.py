"""Samples -> Summary, pairs -> Comparison, pairs so far -> Evidence: pure functions."""

from lab.stats.bootstrap import quantile_interval, quantile_ratio
from lab.stats.crossing import crossing
from lab.stats.drift import steady_pairs, steady_rounds
from lab.stats.pairs import SMALLEST_EFFECT, compare, log_ratios
from lab.stats.quantiles import LEVEL, Samples, summarize, target
from lab.stats.sequential import Evidence, Finding, holm, is_settled, judge, p_value, weigh

__all__ = [
    "LEVEL",
    "SMALLEST_EFFECT",
    "Evidence",
    "Finding",
    "Samples",
    "compare",
    "crossing",
    "holm",
    "is_settled",
    "judge",
    "log_ratios",
    "p_value",
    "quantile_interval",
    "quantile_ratio",
    "steady_pairs",
    "steady_rounds",
    "summarize",
    "target",
    "weigh",
]

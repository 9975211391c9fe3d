"""Samples -> Summary, pairs -> Comparison, pairs so far -> Evidence: pure functions."""

from lab.stats.bootstrap import quantile_interval, quantile_ratio
from lab.stats.drift import is_too_unsteady, steady_rounds
from lab.stats.pairs import SMALLEST_EFFECT, compare, log_ratios
from lab.stats.quantiles import LEVEL, summarize, target
from lab.stats.sequential import Evidence, Finding, holm, is_settled, judge, p_value, weigh

__all__ = [
    "LEVEL",
    "SMALLEST_EFFECT",
    "Evidence",
    "Finding",
    "compare",
    "holm",
    "is_settled",
    "is_too_unsteady",
    "judge",
    "log_ratios",
    "p_value",
    "quantile_interval",
    "quantile_ratio",
    "steady_rounds",
    "summarize",
    "target",
    "weigh",
]

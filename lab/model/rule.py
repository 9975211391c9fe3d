"""When a change of a design counts as a regression, and how sure that has to be."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """An operation is slower when its median ratio is shown to lie above 1 + `margin`, or its 99th percentile's above
    1 + `tail_margin`; not slower when the median ratio is shown to lie below 1 + `tolerance`. Two thresholds, so that
    what lies between them may be called either way and nothing has to be measured for ever.

    Margins are shares: 0.05 is 5 %.
    """

    margin: float = 0.05
    tolerance: float = 0.10
    tail_margin: float = 0.25
    work_margin: float = 0.05
    """Counters of work: pages, rows, keys or steps."""
    size_margin: float = 0.25
    """Bytes of tables and indexes together."""
    load_margin: float = 0.50
    """Seconds of loading the rows and building the indexes."""
    level: float = 0.01
    """Chance that any of `comparisons` is called slower, were all of them exactly at their margin."""
    miss: float = 0.01
    """Chance that an operation exactly at the tolerance is called not slower."""
    comparisons: int = 1
    enough_pairs: int = 400
    """An operation that is not slower is measured up to here, for the sake of its 99th percentile."""

    @property
    def level_each(self) -> float:
        """Bonferroni's: what the first step of Holm's procedure asks."""
        return self.level / self.comparisons

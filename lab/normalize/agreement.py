"""In which columns pairs of rows agree: what refutes most dependencies before any is checked on all rows.

Pairs are neighbours in the order of a column or two, so that they agree in something at least (Papenbrock and
Naumann, "A Hybrid Approach to Functional Dependency Discovery", SIGMOD 2016). A pair that agrees in X and not in A
refutes X -> A.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np
import numpy.typing as npt

from lab.normalize.codes import Coded

Masks = npt.NDArray[np.int64]
"""A bit for each column, set where the pair agrees."""
MOST_COLUMNS = 62
_PAIRS = 4_000
_MOST_ORDERS = 200


class Agreements:
    """Agreements of sampled pairs of rows, each with how often it was seen."""

    def __init__(self, columns: Sequence[Coded], seed: int = 1) -> None:
        self._columns = columns
        self._random = np.random.default_rng(seed)
        self._full = (1 << len(columns)) - 1
        seen = [self._masks(*pairs) for pairs in self._neighbours()]
        every = np.concatenate(seen) if seen else np.empty(0, np.int64)
        self._known, self._counts = np.unique(every, return_counts=True)

    def refuted(self, left: int) -> int:
        """The columns, as bits, that `left` is seen not to determine."""
        agreeing = self._known[(self._known & left) == left]
        return int(np.bitwise_or.reduce(~agreeing & self._full)) if len(agreeing) else 0

    def agree(self, left: int) -> bool:
        """Whether a pair was seen that agrees in all of them, so that they are no key."""
        return bool(((self._known & left) == left).any())

    def disagreement(self, left: int, right: int) -> tuple[int, int]:
        """How many sampled pairs agree in `left`, and how many of them not in `right`."""
        agreeing = (self._known & left) == left
        parting = agreeing & ((self._known & right) != right)
        return int(self._counts[agreeing].sum()), int(self._counts[parting].sum())

    def learn(self, one: int, other: int) -> None:
        """Notes the agreement of two rows that refuted what no sampled pair did."""
        mask = self._masks(np.array([one]), np.array([other]))
        if not np.isin(mask[0], self._known):
            self._known = np.append(self._known, mask)
            self._counts = np.append(self._counts, 0)

    def _neighbours(self) -> Iterator[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]]:
        rows = len(self._columns[0].codes) if self._columns else 0
        if rows < 2:
            return
        singles = [(column,) for column in self._columns]
        orders: list[tuple[Coded, ...]] = [*singles, *combinations(self._columns, 2)][:_MOST_ORDERS]
        for columns in orders:
            sample = self._sample(rows)
            keys = np.lexsort([column.codes[sample] for column in columns])
            order = sample[keys]
            yield order[:-1], order[1:]

    def _sample(self, rows: int) -> npt.NDArray[np.int64]:
        """Rows of a stretch, which lie together as they were written, and as many from anywhere."""
        if rows <= 2 * _PAIRS:
            return np.arange(rows)
        start = int(self._random.integers(0, rows - _PAIRS))
        anywhere = self._random.integers(0, rows, _PAIRS)
        return np.unique(np.concatenate([np.arange(start, start + _PAIRS), anywhere]))

    def _masks(self, ones: npt.NDArray[np.int64], others: npt.NDArray[np.int64]) -> Masks:
        masks = np.zeros(len(ones), np.int64)
        for place, column in enumerate(self._columns):
            masks |= (column.codes[ones] == column.codes[others]).astype(np.int64) << place
        return masks

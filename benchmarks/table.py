"""Tables as benchmarks print them."""

from __future__ import annotations

from collections.abc import Sequence


def print_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """The first column to the left, the others to the right."""
    lines = [head, *rows]
    first, *others = (max(len(line[place]) for line in lines) for place in range(len(head)))
    for name, *cells in lines:
        print("  ".join([f"{name:<{first}}", *(f"{cell:>{width}}" for cell, width in zip(cells, others, strict=True))]))

"""The work a plan did."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def work(node: Mapping[str, Any]) -> dict[str, float]:
    """Buffers touched by the whole plan; rows read by its scans, those filtered away included."""
    buffers = node.get("Shared Hit Blocks", 0) + node.get("Shared Read Blocks", 0)
    return {"buffers": float(buffers), "rows read": float(sum(_rows_read(node)))}


def _rows_read(node: Mapping[str, Any]) -> Iterator[float]:
    children = node.get("Plans", ())
    if "Scan" in node["Node Type"] and "Bitmap Index" not in node["Node Type"]:
        removed = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
        yield (node.get("Actual Rows", 0) + removed) * node.get("Actual Loops", 1)
    for child in children:
        yield from _rows_read(child)

"""Samples by cell, and the shape of their distribution."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from lab.model.run import EngineRun

Latencies = npt.NDArray[np.float64]
MOST_POINTS = 4000
"""More samples than this are thinned to evenly spaced quantiles before a density is drawn."""


def latencies(samples: pa.Table, engine: EngineRun) -> dict[tuple[str, str], Latencies]:
    """Seconds by (variant, operation) on one engine, which samples name by its spec or its product."""
    if samples.num_rows == 0:
        return {}
    frame = samples.select(["engine", "variant", "operation", "latency_seconds"]).to_pandas()
    named = frame["engine"] == engine.server.spec
    if not named.any():
        named = frame["engine"] == engine.server.engine
    grouped = frame[named].groupby(["variant", "operation"], sort=False)["latency_seconds"]
    found = {(str(key[0]), str(key[1])): np.asarray(group, dtype=np.float64) for key, group in grouped}
    return {key: values[values > 0] for key, values in found.items() if (values > 0).any()}


def density(values: Latencies, low: float, high: float, points: int = 48) -> Mapping[str, Latencies]:
    """Gaussian kernel density of log10(seconds), at `points` places where it is not nearly 0, between low and high
    seconds; its highest value is 1. Bandwidth by Silverman's rule (Density Estimation, 1986, eq. 3.31), at least
    1 % of the width from low to high."""
    logs = np.log10(_thinned(values))
    spread = min(float(logs.std()), float(np.subtract(*np.quantile(logs, [0.75, 0.25]))) / 1.34)
    bandwidth = max(0.9 * spread * len(logs) ** -0.2, 0.01 * math.log10(high / low), 1e-4)
    first = max(math.log10(low), float(logs.min()) - 3 * bandwidth)
    last = min(math.log10(high), float(logs.max()) + 3 * bandwidth)
    grid = np.linspace(first, last, points)
    heights = np.exp(-0.5 * ((grid[:, None] - logs[None, :]) / bandwidth) ** 2).sum(axis=1)
    return {"seconds": 10.0**grid, "height": heights / (heights.max() or 1.0)}


def _thinned(values: Latencies) -> Latencies:
    if len(values) <= MOST_POINTS:
        return values
    return np.quantile(values, np.linspace(0, 1, MOST_POINTS))

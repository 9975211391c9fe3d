"""The functions of `exact` beside Python's own."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
import pytest

from lab.datagen import exact

SHARES = np.concatenate([np.linspace(2.0**-53, 1 - 2.0**-53, 10_001), [1e-300, 1e-10, 0.075, 0.925, 1 - 1e-10]])


def test_logarithms() -> None:
    x = np.concatenate([SHARES, SHARES * 1e12, [1.0, 5e-324 * 2**60, 1e300]])
    assert exact.log(x) == pytest.approx([math.log(value) for value in x], rel=1e-15, abs=1e-18)


def test_powers_of_e() -> None:
    x = np.linspace(-300, 300, 10_001)
    assert exact.exp(x) == pytest.approx([math.exp(value) for value in x], rel=4e-16, abs=0)


@pytest.mark.parametrize("power", [0.4, 0.6, 1 / 0.6, -1.5, 3.0])
def test_powers(power: float) -> None:
    assert exact.power(SHARES[1:-5], power) == pytest.approx([value**power for value in SHARES[1:-5]], rel=4e-15)
    assert exact.power(np.array([0.0, 1.0]), power).tolist() == [0, 1]


def test_the_normal_law_and_its_quantiles() -> None:
    law, shares = NormalDist(), SHARES[SHARES > 1e-16]
    quantiles = exact.normal_quantile(shares)
    assert quantiles == pytest.approx([law.inv_cdf(share) for share in shares], rel=1e-13, abs=1e-14)
    assert exact.normal_share(quantiles) == pytest.approx(shares, abs=2e-7)


def test_lines_keep_to_their_side_of_a_curve_and_near_it() -> None:
    shares = np.linspace(0, 1, 100_003)
    concave = exact.chords(lambda x: exact.power(x, 0.6))(shares)
    convex = exact.tangents(lambda x: exact.power(x, 1.5), lambda x: 1.5 * exact.power(x, 0.5))(shares)
    assert (concave <= shares**0.6 + 1e-15).all() and (np.diff(concave) > 0).all()
    assert (convex <= shares**1.5 + 1e-15).all()
    assert np.abs(concave - shares**0.6)[shares > 0.01].max() < 2e-6 and np.abs(convex - shares**1.5).max() < 1e-5

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

"""Logarithms, powers and the normal law, with the same bits on every machine.

numpy's own functions of that kind take other instructions on other processors and differ in the last bit, which a
time in microseconds shows. Here they are made of operations IEEE 754 rounds exactly (+, -, *, /, square root, scaling
by powers of two), each over whole arrays.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

_Numbers = NDArray[np.float64]

_LN2_HIGH = float.fromhex("0x1.62e42fee00000p-1")
"""ln 2 to 32 bits, so that its product with an exponent is exact; the rest of it in the other."""
_LN2_LOW = float.fromhex("0x1.a39ef35793c76p-33")
_ATANH = tuple(2.0 / (2 * n + 1) for n in range(11, -1, -1))
_EXP = tuple(1.0 / math.factorial(n) for n in range(14, -1, -1))
_MIDDLE = 0.425
_PIECES = 4096
"""So few that a table of them stays in a processor's cache."""

# Coefficients of algorithm AS 241, PPND16 (Wichura, Applied Statistics 37, 1988), the highest power first.
_CENTRE = (
    (
        2509.0809287301227,
        33430.57558358813,
        67265.7709270087,
        45921.95393154987,
        13731.69376550946,
        1971.5909503065513,
        133.14166789178438,
        3.3871328727963665,
    ),
    (
        5226.495278852854,
        28729.085735721943,
        39307.89580009271,
        21213.794301586597,
        5394.196021424751,
        687.1870074920579,
        42.31333070160091,
        1.0,
    ),
)
_NEAR = (
    (
        0.0007745450142783414,
        0.022723844989269184,
        0.2417807251774506,
        1.2704582524523684,
        3.6478483247632045,
        5.769497221460691,
        4.630337846156546,
        1.4234371107496835,
    ),
    (
        1.0507500716444169e-09,
        0.0005475938084995345,
        0.015198666563616457,
        0.14810397642748008,
        0.6897673349851,
        1.6763848301838038,
        2.053191626637759,
        1.0,
    ),
)
_FAR = (
    (
        2.0103343992922881e-07,
        2.7115555687434876e-05,
        0.0012426609473880784,
        0.026532189526576124,
        0.29656057182850487,
        1.7848265399172913,
        5.463784911164114,
        6.657904643501103,
    ),
    (
        2.0442631033899397e-15,
        1.421511758316446e-07,
        1.8463183175100548e-05,
        0.0007868691311456133,
        0.014875361290850615,
        0.1369298809227358,
        0.599832206555888,
        1.0,
    ),
)


def log(x: _Numbers) -> _Numbers:
    """Natural logarithms of positive numbers, to about 1 unit in the last place."""
    fraction, exponent = np.frexp(x)
    is_low = fraction < math.sqrt(0.5)
    fraction = np.where(is_low, fraction * 2, fraction)
    power = exponent - is_low
    s = (fraction - 1) / (fraction + 1)
    found: _Numbers = power * _LN2_HIGH + (power * _LN2_LOW + s * _polynomial(_ATANH, s * s))
    return found


def exp(x: _Numbers) -> _Numbers:
    """Powers of e, of exponents between -700 and 700."""
    power = np.rint(x / math.log(2))
    rest = (x - power * _LN2_HIGH) - power * _LN2_LOW
    return np.ldexp(_polynomial(_EXP, rest), power.astype(np.int32))


def power(x: _Numbers, exponent: float) -> _Numbers:
    """Powers of numbers that are not negative; of 0, 0."""
    found = exp(exponent * log(np.where(x > 0, x, 1.0)))
    return np.where(x > 0, found, 0.0)


def normal_quantile(u: _Numbers) -> _Numbers:
    """The standard normal number that a share `u` of all lies below, to 1 part in 10**16 (AS 241)."""
    centred = u - 0.5
    found = centred * _ratio(_CENTRE, _MIDDLE * _MIDDLE - centred * centred)
    is_tail = np.abs(centred) > _MIDDLE
    if is_tail.any():
        tail = u[is_tail]
        depth = np.sqrt(-log(np.maximum(np.minimum(tail, 1 - tail), 2.0**-60)))
        size = np.where(depth <= 5, _ratio(_NEAR, depth - 1.6), _ratio(_FAR, depth - 5))
        found[is_tail] = np.where(tail < 0.5, -size, size)
    return found


class Lines:
    """A function as straight lines over pieces of equal width from 0 to `end`, many times faster than logarithms and
    powers are. `starts` are its values at the beginning of each piece, `rises` how much it grows over it."""

    def __init__(self, end: float, starts: _Numbers, rises: _Numbers) -> None:
        self._scale = len(starts) / end if end > 0 else 0.0
        # One piece more, for the end itself.
        self._starts = np.append(starts, starts[-1] + rises[-1])
        self._rises = np.append(rises, rises[-1])

    def __call__(self, x: _Numbers) -> _Numbers:
        """Of numbers between 0 and the end."""
        rest = x * self._scale
        whole = np.floor(rest)
        rest -= whole
        pieces = whole.astype(np.int64)
        rest *= self._rises.take(pieces, mode="clip", out=whole)
        rest += self._starts.take(pieces, mode="clip", out=whole)
        return rest


def chords(function: Callable[[_Numbers], _Numbers], end: float = 1.0) -> Lines:
    """Lines between points of the function from 0 on: nowhere above it where it is concave, growing wherever it
    grows."""
    points = function(end * (np.arange(_PIECES + 1) / _PIECES))
    return Lines(end, points[:-1], np.diff(points))


def tangents(function: Callable[[_Numbers], _Numbers], slope: Callable[[_Numbers], _Numbers]) -> Lines:
    """Lines that touch the function, from 0 to 1: nowhere above it where it is convex."""
    middles = (np.arange(_PIECES) + 0.5) / _PIECES
    rises = slope(middles) / _PIECES
    return Lines(1.0, function(middles) - rises / 2, rises)


def normal_share(z: _Numbers) -> _Numbers:
    """The share of standard normal numbers below `z`, to 2 parts in 10**7 (Abramowitz & Stegun 1964, 7.1.26)."""
    x = np.abs(z) * math.sqrt(0.5)
    t = 1 / (1 + 0.3275911 * x)
    series = t * _polynomial((1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592), t)
    below = 0.5 * series * exp(-np.minimum(x * x, 700.0))
    return np.where(z < 0, below, 1 - below)


def _ratio(coefficients: tuple[Sequence[float], Sequence[float]], x: _Numbers) -> _Numbers:
    return _polynomial(coefficients[0], x) / _polynomial(coefficients[1], x)


def _polynomial(coefficients: Sequence[float], x: _Numbers) -> _Numbers:
    """By Horner's rule."""
    found: _Numbers = np.full_like(x, coefficients[0])
    for coefficient in coefficients[1:]:
        found *= x
        found += coefficient
    return found

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.model.interval import Interval
from lab.report import units


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        (0.0, "0 s"),
        (4.2e-8, "42.0 ns"),
        (4.812e-5, "48.1 µs"),
        (0.00099951, "1.00 ms"),
        (0.003214, "3.21 ms"),
        (0.9996, "1.00 s"),
        (12.34, "12.3 s"),
        (119.96, "120 s"),
        (250.0, "4 min 10 s"),
        (179.8, "3 min 0 s"),
        (float("inf"), "–"),
    ],
)
def test_seconds_keep_three_digits(value: float | None, text: str) -> None:
    assert units.seconds(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "–"), (0, "0 B"), (512, "512 B"), (1536, "1.50 KiB"), (3_366_000, "3.21 MiB"), (2**30, "1.00 GiB")],
)
def test_bytes_are_binary(value: int | None, text: str) -> None:
    assert units.size_bytes(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        (0.0, "0x"),
        (0.00041, "0.00041x"),
        (0.0412, "0.041x"),
        (0.0996, "0.10x"),
        (0.812, "0.81x"),
        (1.0, "1.00x"),
        (1.118, "1.12x"),
        (12.34, "12.3x"),
        (1234.0, "1,230x"),
    ],
)
def test_ratios(value: float | None, text: str) -> None:
    assert units.ratio(value) == text


@pytest.mark.parametrize(
    ("interval", "text"),
    [
        (None, "–"),
        (Interval(0.87, 0.811, 0.929), "0.81–0.93x"),
        (Interval(0.5, 0.4999, 0.5001), "0.50x"),
    ],
)
def test_intervals_of_ratios(interval: Interval | None, text: str) -> None:
    assert units.ratio_interval(interval) == text


@pytest.mark.parametrize(
    ("interval", "text"),
    [
        (None, "–"),
        (Interval(0.0032, 0.0031, 0.0034), "3.10–3.40 ms"),
        (Interval(0.0012, 0.00095, 0.0013), "0.950–1.30 ms"),
        (Interval(130, 119, 140), "119 s – 2 min 20 s"),
    ],
)
def test_intervals_of_seconds_share_a_unit(interval: Interval | None, text: str) -> None:
    assert units.seconds_interval(interval) == text


@pytest.mark.parametrize(
    ("share", "text"), [(0, "0 %"), (0.001, "<1 %"), (0.42, "42 %"), (0.999, ">99 %"), (1, "100 %")]
)
def test_percent_never_overstates(share: float, text: str) -> None:
    assert units.percent(share) == text


@pytest.mark.parametrize(
    ("text", "tick"), [("1.00 ms", "1 ms"), ("0.50x", "0.5x"), ("100 ms", "100 ms"), ("1,200 s", "1,200 s")]
)
def test_ticks_drop_zeros(text: str, tick: str) -> None:
    assert units.tick(text) == tick


@given(st.floats(1e-9, 1e6))
def test_seconds_read_back_within_half_a_per_cent(value: float) -> None:
    text = units.seconds(value)
    if "min" in text:
        minutes, seconds = map(int, re.findall(r"\d+", text.replace(",", "")))
        assert abs(minutes * 60 + seconds - value) <= 1
    else:
        number, unit = text.split()
        sizes = {name: size for size, name in units.SECOND_UNITS}
        assert abs(float(number.replace(",", "")) * sizes[unit] - value) <= value * 0.0051


@given(st.floats(1e-6, 1e6))
def test_significant_has_no_exponent(value: float) -> None:
    assert re.fullmatch(r"[\d,]+(\.\d+)?", units.significant(value))

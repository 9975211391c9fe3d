"""What the words of options mean, and what is said of those that mean nothing."""

from __future__ import annotations

import pytest

from lab.cli.options import check_above_zero, read_size, read_write_ratio
from lab.errors import LabError


@pytest.mark.parametrize(
    ("text", "expected"), [("200MB", 200_000_000), ("1.5GiB", 1_610_612_736), ("0", 0), ("7 kb", 7000)]
)
def test_sizes(text: str, expected: int) -> None:
    assert read_size(text) == expected


@pytest.mark.parametrize("text", ["50XB", "fifty", "-5MB", "infMB", "nan", ""])
def test_what_is_no_size(text: str) -> None:
    with pytest.raises(LabError) as error:
        read_size(text)
    assert "size" in error.value.message and "200MB" in error.value.hint


@pytest.mark.parametrize(("text", "said"), [("0.5x", "1x or more, not 0.5x"), ("x2", "cannot read"), ("nan", "cannot")])
def test_what_is_no_write_budget(text: str, said: str) -> None:
    assert read_write_ratio("2x") == 2 == read_write_ratio("2")
    with pytest.raises(LabError) as error:
        read_write_ratio(text)
    assert said in error.value.message


def test_the_time_that_was_written_is_the_time_that_is_told() -> None:
    check_above_zero("--time-budget", 0.1)
    with pytest.raises(LabError, match="must be above 0, not -3"):
        check_above_zero("--time-budget", -3)

"""budgets.toml: what it says, and what is told of what it cannot say."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from lab.errors import LabError
from lab.model.budget import Budgets
from lab.readers.budgets import read_budgets

NAMES = ["login", "orders_of_user"]


def read(home: Path, text: str) -> Budgets:
    (home / "budgets.toml").write_text(text)
    return read_budgets(home / "budgets.toml", NAMES)


def test_no_file_sets_no_budgets(tmp_path: Path) -> None:
    assert read_budgets(tmp_path / "budgets.toml", NAMES) == Budgets()


def test_everything_can_be_said(tmp_path: Path) -> None:
    text = (
        '[operations.login]\np95_ms = 2.5\nmax_ratio = 1.2\nwork = { buffers = 4, "VM steps" = 50 }\n'
        'may_regress = "because"\nuntil = 2026-12-31\n[size]\nmax_ratio = 1.5\n[load]\nmax_ratio = 2\n'
    )
    found = read(tmp_path, text)
    login = found.operations["login"]
    assert (login.p95_seconds, login.max_ratio, login.work) == (0.0025, 1.2, {"buffers": 4, "VM steps": 50})
    assert (login.may_regress, login.until, login.position and login.position.line) == (
        "because", date(2026, 12, 31), 1,
    )  # fmt: skip
    assert (found.size_ratio, found.load_ratio) == (1.5, 2)


@pytest.mark.parametrize(
    ("text", "line", "said", "hint"),
    [
        ("[operations.logon]\np95_ms = 5", 1, "no operation called logon", "did you mean login?"),
        ("\n[operations.login]\np95 = 5", 3, "no setting called p95", "did you mean p95_ms?"),
        ("[operations.login]\np95_ms = -5", 2, "p95_ms: input should be greater than 0", "p95_ms = 5"),
        ('[operations.login]\np95_ms = "fast"', 2, "p95_ms: input should be a valid number", "p95_ms = 5"),
        ("[operations.login]\nmax_ratio = 0.5", 2, "max_ratio: input should be greater than or equal to 1", "1.10"),
        ("[operations.login]\nwork = { bufers = 5 }", 2, "no counter of work called bufers", "did you mean buffers?"),
        ('[operations.login]\nmay_regress = "why"', 2, "a reason and a last day", "until = "),
        ("[operations.login]\nuntil = 2026-01-01", 2, "a reason and a last day", "may_regress = "),
        ("[operation.login]\np95_ms = 5", 1, "no setting called operation", "did you mean operations?"),
        ("[operations.login\n", 1, "not valid TOML", "a budget is [operations.login]"),
        ("operations = 3", 1, "operations: input should be a valid dictionary", "[operations.login]"),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path: Path, text: str, line: int, said: str, hint: str) -> None:
    with pytest.raises(LabError) as caught:
        read(tmp_path, text)
    assert f"budgets.toml:{line}: " in caught.value.message and said in caught.value.message
    assert hint in caught.value.hint

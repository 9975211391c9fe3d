"""`budgets.toml`: what a team allows each operation of a design."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from lab.errors import LabError
from lab.model.budget import Budgets, OperationBudget
from lab.model.toml_text import KeyFinder, parse_toml
from lab.readers.settings_file import SettingsFile
from lab.text_files import read_text

_Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
_Ratio = Annotated[float, Field(ge=1, le=1000)]
COUNTERS = (
    "buffers",
    "rows read",
    "VM steps",
    "handler reads",
    "handler writes",
    "documents examined",
    "keys examined",
    "commands",
    "keys looked up",
    "bytes answered",
)
"""What the engines count of an execution's work (`Explained.work`)."""
_EXAMPLES = {
    "operations": "[operations.login]",
    "size": "[size], and max_ratio = 1.5 below it",
    "load": "[load], and max_ratio = 2.0 below it",
    "p95_ms": "p95_ms = 5",
    "max_ratio": "max_ratio = 1.10",
    "work": 'work = { buffers = 20, "VM steps" = 500 }',
    "may_regress": 'may_regress = "the new column is read, too"',
    "until": "until = 2026-12-31",
}


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Operation(_Strict):
    p95_ms: _Positive | None = None
    max_ratio: _Ratio | None = None
    work: dict[str, Annotated[float, Field(ge=0, allow_inf_nan=False)]] = {}
    may_regress: str = ""
    until: date | None = None


class _Ratios(_Strict):
    max_ratio: _Ratio | None = None


class _File(_Strict):
    operations: dict[str, dict[str, Any]] = {}
    size: dict[str, Any] = {}
    load: dict[str, Any] = {}


def read_budgets(path: Path, operations: Sequence[str]) -> Budgets:
    """The file's budgets for the named operations; none without a file. Raises LabError with file and line."""
    if not path.exists():
        return Budgets()
    text = read_text(path)
    raw = parse_toml(text, str(path), "a budget is [operations.login], and p95_ms = 5 below it")
    return _Reader(KeyFinder(str(path), text), _EXAMPLES, operations).budgets(raw, str(path))


@dataclass(frozen=True, slots=True)
class _Reader(SettingsFile):
    operations: Sequence[str]

    def budgets(self, raw: Mapping[str, Any], origin: str) -> Budgets:
        file = self.checked(_File, raw, ())
        size = self.checked(_Ratios, file.size, ("size",))
        load = self.checked(_Ratios, file.load, ("load",))
        found = {name: self.operation(name, given) for name, given in file.operations.items()}
        return Budgets(found, size.max_ratio, load.max_ratio, origin)

    def operation(self, name: str, given: Mapping[str, Any]) -> OperationBudget:
        keys = ("operations", name)
        self.known(name, self.operations, "operation", keys)
        budget = self.checked(_Operation, given, keys)
        for counter in budget.work:
            self.known(counter, COUNTERS, "counter of work", (*keys, "work", counter))
        if bool(budget.may_regress) != (budget.until is not None):
            missing = "until" if budget.may_regress else "may_regress"
            place = self.finder.position((*keys, "may_regress" if budget.may_regress else "until"))
            raise LabError(f"{place}: an exception has a reason and a last day", f"write {_EXAMPLES[missing]}")
        p95 = None if budget.p95_ms is None else budget.p95_ms / 1000
        return OperationBudget(
            p95, budget.max_ratio, budget.work, budget.may_regress, budget.until, self.finder.position(keys)
        )

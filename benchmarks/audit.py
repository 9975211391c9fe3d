"""How much of what is wrong the audit finds, how much of what it says is right, and how long 300 models take.

Each defect of `audit_catalogue` is put into each clean schema of `audit_schemas` that has a place for it. Recall is the
share that is found, by its rule and at its place; precision the share of what is said, of the clean schemas and beyond
them of the spoiled ones, that is about a defect.
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.audit_catalogue import DEFECTS
from benchmarks.table import print_table
from lab.audit import audit
from lab.model.finding import Finding
from lab.model.schema import Schema
from lab.readers import read

FOLDER = Path(__file__).parent / "audit_schemas"
MODELS = 300
ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Outcome:
    """One defect in one schema."""

    rule: str
    schema: str
    is_found: bool
    true: int
    false: tuple[Finding, ...]


def clean() -> dict[str, Schema]:
    return {path.name: read(path) for path in sorted(FOLDER.iterdir())}


def findings(name: str, schema: Schema) -> tuple[Finding, ...]:
    return audit(schema, texts={str(FOLDER / name): (FOLDER / name).read_text()})


def outcomes() -> Iterator[Outcome]:
    for name, schema in clean().items():
        before = findings(name, schema)
        yield Outcome("(clean)", name, True, 0, before)
        known = {(each.rule, each.subject) for each in before}
        for defect in DEFECTS:
            made = defect.put(schema, random.Random(f"{name} {defect.rule}"))
            if made is None or schema.provider not in defect.engines:
                continue
            spoiled, subject = made
            new = [each for each in findings(name, spoiled) if (each.rule, each.subject) not in known]
            own = [each for each in new if each.rule == defect.rule and each.subject.startswith(subject)]
            right = [each for each in new if each in own or each.rule in defect.also]
            false = tuple(each for each in new if each not in right)
            yield Outcome(defect.rule, name, bool(own), len(right), false)


def figures(found: list[Outcome]) -> tuple[float, float]:
    """Recall and precision."""
    seeded = [each for each in found if each.rule != "(clean)"]
    true = sum(each.true for each in found)
    false = sum(len(each.false) for each in found)
    return sum(each.is_found for each in seeded) / len(seeded), true / (true + false)


def large_schema(models: int = MODELS) -> Schema:
    """Copies of the clean PostgreSQL schemas under names of their own, until there are so many tables."""
    tables = []
    sources = [schema for schema in clean().values() if schema.provider == "postgres"]
    for number in range(models):
        source = sources[number % len(sources)]
        prefix = f"area{number // sum(len(each.tables) for each in sources)}_{number % len(sources)}"
        for each in source.tables:
            keys = tuple(replace(key, table=f"{prefix}_{key.table}") for key in each.foreign_keys)
            name = f"{prefix}_{each.name}"
            indexes = tuple(replace(index, name=f"{prefix}_{index.name}", table=name) for index in each.indexes)
            if all(name != other.name for other in tables):
                tables.append(replace(each, name=name, foreign_keys=keys, indexes=indexes))
        if len(tables) >= models:
            break
    return Schema(tuple(tables), sources[0].enums)


def seconds(schema: Schema) -> float:
    """The median of a few audits."""
    taken = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        audit(schema)
        taken.append(time.perf_counter() - start)
    return sorted(taken)[ROUNDS // 2]


def main() -> int:
    found = list(outcomes())
    recall, precision = figures(found)
    wrong = [each for each in found if not each.is_found or each.false]
    rows = [
        (
            f"{each.rule} in {each.schema}",
            "found" if each.is_found else "missed",
            str([(f.rule, f.subject) for f in each.false]),
        )
        for each in wrong
    ]
    print_table(("defect", "found", "beside it, wrongly"), rows)
    schema = large_schema()
    seeded = len([each for each in found if each.rule != "(clean)"])
    print(f"{seeded} defects of {len(DEFECTS)} kinds in {len(clean())} schemas; {len(schema.tables)} models timed")
    report = {"recall": recall, "precision": precision, "seconds_300_models": seconds(schema)}
    print(json.dumps({name: round(value, 3) for name, value in report.items()}))
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""In a line, in which normal form the tables are by what is declared of them."""

from __future__ import annotations

from collections.abc import Mapping

from lab.model.data import DataSpec
from lab.model.schema import Schema
from lab.normalize.declared import declared
from lab.normalize.judge import FORMS, Judgement, judge, key_dependencies


def normal_forms_line(schema: Schema, texts: Mapping[str, str], spec: DataSpec | None = None) -> str:
    """`normal forms: 21 tables in BCNF, 1 in 2NF (addresses: city -> postal_code)`; empty where only keys are declared,
    by which every table is in Boyce-Codd's. Raises LabError for a dependency that is declared wrong."""
    said = declared(schema, spec, texts)
    if not any(said.values()):
        return ""
    verdicts = {
        table.name: judge(
            [column.name for column in table.columns],
            [*key_dependencies(table), *(each.dependency for each in said[table.name])],
        )
        for table in schema.tables
    }
    parts: list[str] = []
    for form in reversed(FORMS):
        names = [name for name, verdict in verdicts.items() if verdict.form == form]
        if names:
            offences = "; ".join(shown for name in names if (shown := _offences(name, verdicts[name])))
            counted = f"{len(names)} {'table' if len(names) == 1 else 'tables'}" if not parts else str(len(names))
            parts.append(f"{counted} in {form}" + (f" ({offences})" if offences else ""))
    return f"normal forms: {', '.join(parts)}"


def _offences(table: str, verdict: Judgement) -> str:
    pairs = (each.dependency for each in verdict.offences)
    said = ", ".join(f"{' + '.join(sorted(each.left))} -> {', '.join(sorted(each.right))}" for each in pairs)
    return f"{table}: {said}" if said else ""

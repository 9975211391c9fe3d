"""A `data.toml` for a new design, to be corrected by hand."""

from __future__ import annotations

import re

from lab.datagen.plan import TablePlan, plan_tables
from lab.model.data import DataSpec
from lab.model.schema import Schema


def write_spec(schema: Schema) -> str:
    """A commented `data.toml` with the inferred numbers of rows at scale 1."""
    spec = DataSpec()
    taken = {table.name for table in schema.tables}
    general = {
        "locale": f'locale = "{spec.locale}"',
        "now": f"now = {spec.now:%Y-%m-%dT%H:%M:%SZ}  # the newest moment in the data",
        "history_days": f"history_days = {spec.history_days:g}",
    }
    lines = [
        "# How much data, of which shape. Everything here may be left out: it was inferred from the schema.",
        "# A line that is a comment shows what could be said; schemas/README.md explains the settings.",
        "",
        *(line for key, line in general.items() if key not in taken),
    ]
    for plan in plan_tables(schema, spec, 1.0, seed=1).values():
        lines += ["", *_written(plan)]
    return "\n".join(lines) + "\n"


def _written(plan: TablePlan) -> list[str]:
    lines = [f"[{_key(plan.table.name)}]"]
    if plan.grouped_by is not None:
        per = plan.table.foreign_keys[plan.grouped_by].table
        return [*lines, f"per = {_quoted(per)}", "mean = 3"]
    lines.append(f"rows = {plan.count:_}")
    parents = [key.table for key in plan.table.foreign_keys if key.table != plan.table.name]
    lines += [f"# per = {_quoted(parent)}  # or so many for each of its rows, with mean = 3" for parent in parents[:1]]
    return lines


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _quoted(name)


def _quoted(text: str) -> str:
    """A basic string (TOML 1.0)."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'

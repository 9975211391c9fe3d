"""Splits as a variant: its migration for each engine, and the queries it rewrites, as the files a design holds."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from lab.engines import load_engine
from lab.model.schema import Schema
from lab.model.workload import Operation, Workload
from lab.normalize.migration import migration
from lab.normalize.rewrite import rewritten
from lab.normalize.split import Split
from lab.normalize.whole import key_of

ENGINES = ("postgres", "mysql", "sqlite")


@dataclass(frozen=True, slots=True)
class VariantText:
    """`migrations` maps an engine to its file's text; `rewrites` are the operations that ask other tables."""

    migrations: Mapping[str, str]
    rewrites: tuple[Operation, ...]


def variant_text(schema: Schema, splits: Sequence[Split], workload: Workload, engines: Sequence[str]) -> VariantText:
    texts = {}
    for name in engines:
        made = migration(schema, splits, load_engine(name))
        parts = (_head(splits), "-- migrate:up", _script(made.up), "-- migrate:down", _script(made.down))
        texts[name] = "\n".join(parts)
    return VariantText(texts, rewritten(workload.operations, splits))


def _head(splits: Sequence[Split]) -> str:
    """Why it exists and what it costs, as the variant's description."""
    said = []
    for split in splits:
        parts = [f"{other.name} by {', '.join(key_of(other))}" for other in split.others]
        said.append(f"{split.table.name} gives what repeats to {'; '.join(parts)}.")
    said.append(
        "A query that asks for it is a join more, and rows of a part that nothing refers to go on the way back."
    )
    return "\n".join(f"-- {line}" for line in textwrap.wrap(" ".join(said), 110))


def _script(statements: Sequence[str]) -> str:
    return "".join(f"{statement};\n" for statement in statements)


def rewriting(rewrites: Sequence[Operation], variant: str) -> Workload:
    """What the variant's own queries file holds."""
    plain = [replace(each, description="", parameters=(), weight=each.weight) for each in rewrites]
    return Workload(tuple(plain), {}, f"queries of {variant} that ask for what moved")

"""What to shard each collection by, should it come to that: computed on the data and the workload, not measured."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import pyarrow as pa

from lab.model.run import EngineRun, Run
from lab.model.sharding import ShardKey
from lab.report import units
from lab.report.blocks import Block, Bullets, Cell, Column, Details, Heading, Paragraph, Table
from lab.report.labels import engine_labels

TITLE = "Shard keys"
_HOW = (
    "Computed, not measured: the values are those of the rows that were loaded, in the order of their time; 64 chunks "
    "are cut from all but the newest and dealt to four shards. Operations are those of the base."
)


def blocks(run: Run, samples: pa.Table) -> list[Block]:
    labels = engine_labels(run)
    found: list[Block] = []
    for engine in run.engines:
        if engine.shard_keys:
            found += [Heading(labels[engine.server.spec], 3), *_of_engine(engine)]
    return found


def _of_engine(engine: EngineRun) -> list[Block]:
    groups = [list(group) for _, group in itertools.groupby(engine.shard_keys, key=lambda key: key.collection)]
    largest_first = sorted(groups, key=lambda group: -group[0].documents)
    sentences = Bullets(tuple(sentence(group) for group in largest_first))
    return [sentences, Paragraph(_HOW, "quiet"), *map(_details, largest_first)]


def sentence(keys: Sequence[ShardKey]) -> str:
    """Of one collection's keys, the best first."""
    first = keys[0]
    share = f"one shard answers {units.percent(first.targeted)} of its operations, the others ask all"
    if first.targeted == 1:
        share = "one shard answers each of its operations"
    spread = f"the busiest of four shards takes {units.percent(first.busiest_shard)} of the newest documents"
    if first.objections:
        return f"`{first.collection}` has no good key: even by `{first.name}` {' and '.join(first.objections)}."
    return f"Shard `{first.collection}` by `{first.name}`: {share}; {spread}."


def _details(keys: Sequence[ShardKey]) -> Block:
    columns = (
        Column("Key"),
        Column("Values", is_number=True),
        Column("Most common", is_number=True, hover="The share of documents with the most frequent value"),
        Column("Monotonic", is_number=True, hover="Rank correlation with the order of insertion"),
        Column("Targeted", is_number=True, hover="The share of operations, by weight, that one shard answers"),
        Column("Largest chunk", is_number=True, hover="Times the mean one"),
        Column("Busiest shard", is_number=True, hover="Its share of the newest documents; 25 % is even"),
    )
    rows = tuple(
        (
            Cell(key.name, "; ".join(key.objections)),
            Cell(units.count(key.distinct)),
            Cell(units.percent(key.most_common)),
            Cell(units.significant(key.monotonicity, 2)),
            Cell(units.percent(key.targeted)),
            Cell(units.ratio(key.largest_chunk)),
            Cell(units.percent(key.busiest_shard)),
        )
        for key in keys
    )
    return Details(f"`{keys[0].collection}`", (Table(columns, rows),), note=keys[0].name, is_bulky=True)

"""Embed or reference: for each relation a mapping nests, both ways measured at several sizes of parents, and the size
from which on the one overtakes the other, at the workload's own mix of reads and appends."""

from __future__ import annotations

import itertools
import json
import random
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from lab import stats
from lab.bench.bed import Bed, Settings
from lab.bench.foresee import KeepsDocuments, children_per_parent, mean_bytes
from lab.bench.load import BASE
from lab.bench.observer import Observer
from lab.bench.rounds import Candidate, Pace, Parameters, run_rounds
from lab.bench.samples import Samples, paired
from lab.engines.engine import NestingTexts, NestsRelations, StatementError, StatementTimeout
from lab.model.change import Variant
from lab.model.mapping import Embedding
from lab.model.nesting import WORK, Nesting, NestingPoint, Work
from lab.model.workload import Operation

_DATABASE = "lab_nesting"
_SIZES = (1, 4, 16, 64, 256, 1024, 4096)
_CHILDREN = 4_096
"""Of one size in all, about: small parents are many, large ones few."""
_MOST_PARENTS, _FEWEST_PARENTS = 500, 4
_SHARE = 0.3
"""Of the time for rounds, for all relations together, on top of it."""
_EMBEDDED, _REFERENCED = "embedded", "referenced"
_NAMED = ("from", "coll", "into")
"""Where a stage of a pipeline names a collection."""


def measure_nestings(
    bed: Bed, variants: Sequence[Variant], settings: Settings, observer: Observer
) -> tuple[tuple[Nesting, ...], tuple[str, ...]]:
    """Of every relation the variants' mappings nest, and a sentence for each that could not be measured; none on an
    engine without documents."""
    engine = bed.engine
    if not isinstance(engine, NestsRelations):
        return (), ()
    relations = _relations(variants)
    observer.stage("embed or reference", len(relations), "relations")
    found, warnings = [], []
    for embedding in relations:
        budget_seconds = settings.budget_seconds * _SHARE / len(relations)
        try:
            found.append(_measure(bed, engine, embedding, budget_seconds, random.Random(settings.seed)))
        except (StatementError, StatementTimeout) as error:
            warnings.append(f"embed or reference: {embedding.relation} was not measured: {error.message}")
        observer.advance(1, embedding.relation)
    return tuple(found), tuple(warnings)


def _relations(variants: Iterable[Variant]) -> list[Embedding]:
    """Each relation once, whatever its variants do with it; in none of them more than one child a parent."""
    found: dict[tuple[str, str], Embedding] = {}
    for variant in variants:
        for embedding in (each for mapping in variant.mappings for each in mapping.embeddings):
            if not embedding.is_single:
                found.setdefault((embedding.child, embedding.parent), embedding)
    return list(found.values())


def _measure(
    bed: Bed, engine: NestsRelations, embedding: Embedding, budget_seconds: float, rng: random.Random
) -> Nesting:
    """Raises StatementError or StatementTimeout where it cannot be measured."""
    children = children_per_parent(embedding, bed.generator)
    sizes = {size: max(min(_MOST_PARENTS, _CHILDREN // size), _FEWEST_PARENTS) for size in _fitting(bed, embedding)}
    try:
        texts = engine.lay_out_nesting(bed.server, BASE, _DATABASE, embedding, sizes)
        if texts is None:
            raise StatementError(f"there are no rows of {embedding.child} and {embedding.parent} to be like")
        samples = _timed(bed, texts, budget_seconds, rng)
    finally:
        bed.engine.drop_database(bed.server, _DATABASE)
    weights = mix(bed.design.workload.operations, bed.engine.name, embedding)
    is_known = any(weights.values())
    weights = weights if is_known else dict.fromkeys(WORK, 1.0)
    pairs = {size: {work: _pair(samples, work, size) for work in WORK} for size in sizes}
    return Nesting(
        embedding.child,
        embedding.parent,
        tuple(_point(size, sides) for size, sides in pairs.items()),
        weights,
        is_known,
        stats.crossing(tuple(sizes), [list(sides.values()) for sides in pairs.values()], list(weights.values())),
        float(children.mean()),
        float(np.quantile(children, 0.95)),
        int(children.max()),
    )


def _fitting(bed: Bed, embedding: Embedding) -> tuple[int, ...]:
    """Sizes of parents that stay well below what a document may take."""
    if not isinstance(bed.engine, KeepsDocuments):
        return _SIZES
    child = mean_bytes(bed.design.schema.table(embedding.child), bed.engine, bed.generator)
    return tuple(size for size in _SIZES if size == 1 or size * child < bed.engine.most_document_bytes / 2)


def _timed(bed: Bed, texts: NestingTexts, budget_seconds: float, rng: random.Random) -> Samples:
    """What is read first, then appends, so that parents have the size they are named for while they are read.
    Raises StatementError where a statement failed."""
    samples = Samples(bed.info.spec, time.perf_counter_ns())
    database = bed.engine.connect(bed.server, _DATABASE)
    fresh = itertools.count(texts.first_child)
    try:
        for work, both in texts.statements.items():
            names = {f"{work} {size}": size for size in texts.parents}
            candidates = [
                Candidate(way, dict.fromkeys(names, database.prepare(text)))
                for way, text in zip((_EMBEDDED, _REFERENCED), both, strict=True)
            ]
            draws = {name: _draws(*texts.parents[size], fresh, rng) for name, size in names.items()}
            outcome = run_rounds(
                candidates, draws, budget_seconds / len(WORK), samples, rng, lambda number: None, pace=Pace(rounds=8)
            )
            for (way, name), (_, reason) in outcome.stopped.items():
                raise StatementError(f"{name}, {way}: {reason}")
    finally:
        database.close()
    return samples


def _draws(first: int, count: int, fresh: Iterator[int], rng: random.Random) -> Iterator[Parameters]:
    while True:
        yield {"parent": first + rng.randrange(count), "child": next(fresh)}


_Sides = tuple[stats.Samples, stats.Samples]
"""Paired latencies: embedded, referenced."""


def _pair(samples: Samples, work: Work, size: int) -> _Sides:
    one, other, _ = paired(*(samples.cell(way, f"{work} {size}") for way in (_EMBEDDED, _REFERENCED)))
    return one, other


def _point(size: int, sides: Mapping[Work, _Sides]) -> NestingPoint:
    return NestingPoint(
        size,
        {work: stats.compare(referenced, embedded).ratio for work, (embedded, referenced) in sides.items()},
        {work: (float(np.median(one)), float(np.median(other))) for work, (one, other) in sides.items()},
    )


def mix(operations: Iterable[Operation], engine: str, embedding: Embedding) -> dict[Work, float]:
    """How much of each kind of work, by weight, the workload does with a relation."""
    found = dict.fromkeys(WORK, 0.0)
    for operation in operations:
        commands = json.loads(operation.sql.get(engine, "[]"))
        for command in commands if isinstance(commands, list) else [commands]:
            if work := _work(command, operation.is_write, embedding):
                found[work] += operation.weight
                break
    return found


def _work(command: Mapping[str, Any], is_write: bool, embedding: Embedding) -> Work | None:
    """What a command does with the relation; None for nothing, and for what begins with neither side of it: that is
    measured as the operation it is."""
    if is_write:
        return "append" if _written(command) == embedding.child else None
    first, *others = _collections(command)
    if first == embedding.parent:
        return "whole" if embedding.child in others else "parent"
    conditions = json.dumps(command.get("filter") or command.get("pipeline", [{}])[0])
    is_by_reference = all(f'"{column}"' in conditions for column in embedding.foreign_key.columns)
    return "children" if first == embedding.child and is_by_reference else None


def _collections(node: Any, is_command: bool = True) -> Iterator[str]:
    """Every collection a command names."""
    if isinstance(node, Mapping):
        for place, (key, value) in enumerate(node.items()):
            if isinstance(value, str) and (key in _NAMED or (is_command and place == 0)):
                yield value
            else:
                yield from _collections(value, is_command=False)
    elif isinstance(node, list):
        for item in node:
            yield from _collections(item, is_command=False)


def _written(command: Mapping[str, Any]) -> str:
    """The collection a command adds to; empty for one that adds to none."""
    name = next(iter(command))
    if name == "insert" or (name == "update" and any(change.get("upsert") for change in command["updates"])):
        return str(command[name])
    merge = command.get("pipeline", [{}])[-1].get("$merge", {})
    return str(merge.get("into", "")) if isinstance(merge, Mapping) else str(merge)

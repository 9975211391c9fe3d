"""Index what MongoDB's own commands look for: filters, sorts, and the other side of a $lookup.

An operation may be written for MongoDB alone, or go another way there than its SQL does: into documents, by a
$graphLookup, from another collection. Keys come in the order equality, sort, range (MongoDB manual, "The ESR
(Equality, Sort, Range) Guideline"); a path into a document is a key as a field is.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lab.advise.propose import is_served
from lab.advise.scripts import named
from lab.model.change import AddIndex
from lab.model.run import Proposal, Run
from lab.model.schema import Index, IndexPart, Table

RULE = "index_commands"
_MOST_KEYS = 5
_EQUAL = ("$eq", "$in")
_RANGES = ("$gt", "$gte", "$lt", "$lte")
_PASSED = ("$match", "$sort", "$limit")
"""Stages an index serves as long as nothing else came before."""


@dataclass(slots=True)
class _Search:
    """What a command asks of one collection: fields by the kind of search."""

    collection: str
    equal: list[str] = field(default_factory=list)
    sort: list[tuple[str, bool]] = field(default_factory=list)
    ranges: list[str] = field(default_factory=list)

    def add(self, condition: Any) -> None:
        for name, wanted in condition.items() if isinstance(condition, dict) else ():
            if name == "$and":
                for part in wanted:
                    self.add(part)
            elif not name.startswith("$"):
                self._compare(name, wanted)

    def _compare(self, name: str, wanted: Any) -> None:
        operators = [key for key in wanted if key.startswith("$")] if isinstance(wanted, dict) else []
        if wanted is not None and (not set(operators) - {"$param", "$numberDecimal", "$date", *_EQUAL}):
            self.equal.append(name)
        elif set(operators) & set(_RANGES):
            self.ranges.append(name)

    def order(self, keys: Any) -> None:
        if isinstance(keys, dict) and all(way in (1, -1) for way in keys.values()):
            self.sort = [(name, way == -1) for name, way in keys.items()]

    def keys(self) -> Iterator[list[tuple[str, bool]]]:
        equal = [(name, False) for name in dict.fromkeys(self.equal)]
        sort = [key for key in self.sort if key not in equal]
        if sort:
            yield [*equal, *sort, *((name, False) for name in self.ranges[:1] if name not in dict(sort))]
        yield [*equal, *((name, False) for name in self.ranges[:1])]


def propose(run: Run, engine: str) -> Iterator[Proposal]:
    for operation in run.design.workload.for_variant("base") if engine == "mongodb" else ():
        for search in _searches(operation.sql.get("mongodb", "")):
            table = next((table for table in run.design.schema.tables if table.name == search.collection), None)
            for keys in search.keys() if table else ():
                if table and (index := _index(table, keys)):
                    listed = ", ".join(f"{name}{' descending' if down else ''}" for name, down in keys)
                    reason = f"`{operation.name}` asks {table.name} for {listed}"
                    yield Proposal(RULE, AddIndex(index), reason, (operation.name,))


def _index(table: Table, keys: Sequence[tuple[str, bool]]) -> Index | None:
    """None where a field is none of the schema's, or an index or key serves already."""
    parts = [_part(table, name, down) for name, down in keys]
    known = [part for part in parts if part]
    if not known or len(known) < len(parts) or len(known) > _MOST_KEYS:
        return None
    if table.primary_key and (known[0].value,) == table.primary_key.columns:
        return None
    index = Index(named(table.name, *(part.value for part in known), "idx"), table.name, tuple(known))
    return None if is_served(table, index) else index


def _part(table: Table, name: str, down: bool) -> IndexPart | None:
    key = table.primary_key
    if name == "_id":
        return IndexPart(key.columns[0], is_descending=down) if key and len(key.columns) == 1 else None
    first, _, path = name.partition(".")
    column = next((column for column in table.columns if column.name == first), None)
    if column is None or (path and column.type.name not in ("json", "jsonb")):
        return None
    if not path:
        return IndexPart(name, is_descending=down)
    if "." in path or "'" in path:
        return None
    return IndexPart(f"{first} ->> '{path}'", is_expression=True, is_descending=down)


def _searches(text: str) -> Iterator[_Search]:
    try:
        commands = json.loads(text) if text.lstrip().startswith(("{", "[")) else []
    except ValueError:
        return
    for command in commands if isinstance(commands, list) else [commands]:
        yield from _of_command(command)


def _of_command(command: Mapping[str, Any]) -> Iterator[_Search]:
    for verb, inner in (("update", "updates"), ("delete", "deletes")):
        for each in command.get(inner, ()) if verb in command else ():
            yield _filtered(command[verb], each.get("q"))
    for verb, inner in (("find", "filter"), ("count", "query"), ("distinct", "query"), ("findAndModify", "query")):
        if isinstance(command.get(verb), str):
            search = _filtered(command[verb], command.get(inner))
            search.order(command.get("sort"))
            yield search
    if isinstance(command.get("aggregate"), str):
        yield from _of_pipeline(_Search(command["aggregate"]), command.get("pipeline", ()))


def _filtered(collection: str, condition: Any) -> _Search:
    search = _Search(collection)
    search.add(condition)
    return search


def _of_pipeline(first: _Search, stages: Sequence[Mapping[str, Any]]) -> Iterator[_Search]:
    """What the first stages ask of the pipeline's own collection, and every $lookup of another."""
    is_open = True
    for stage in stages:
        (name, body), *_ = stage.items()
        is_open = is_open and name in _PASSED
        if is_open and name == "$match":
            first.add(body)
        elif is_open and name == "$sort":
            first.order(body)
        elif name == "$lookup" and "from" in body:
            within = _Search(body["from"], [body["foreignField"]] if "foreignField" in body else [])
            yield from _of_pipeline(within, body.get("pipeline", ()))
        elif name == "$graphLookup":
            yield _Search(body["from"], [body["connectToField"]])
    yield first

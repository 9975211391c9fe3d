"""One relation, embedded and referenced side by side, with parents of several sizes: ground to measure on.

Documents are copies of the loaded ones, of parents and children both, with keys of their own. There are no validators,
and no indexes but those by which parents and children are found.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Any

from bson import Int64

from lab.engines.engine import NestingTexts, Server
from lab.engines.mongodb.administration import connected
from lab.engines.mongodb.commands import Command, render
from lab.engines.mongodb.errors import translated
from lab.engines.mongodb.mapping import KEY
from lab.model.mapping import Embedding
from lab.model.nesting import Work

_SAMPLES = 500
_STRIDE = 1_000_000
"""Parents of one size are numbered from a multiple of it on."""
_FRESH = 10**12
_FIELD, _REFERENCE = "children", "parent_id"
_AT_ONCE = 20_000

Document = dict[str, Any]


def lay_out_nesting(
    server: Server, source: str, target: str, embedding: Embedding, sizes: Mapping[int, int]
) -> NestingTexts | None:
    """Fills `target`; `sizes` says how many parents of each number of children. None where there are no rows."""
    with translated(), connected(server.address) as client:
        ours, theirs = client[server.prefix + source], client[server.prefix + target]
        parents = [without_key(found) for found in ours[embedding.parent].find().limit(_SAMPLES)]
        children = [inner_fields(found, embedding) for found in ours[embedding.child].find().limit(_SAMPLES)]
        if not parents or not children:
            return None
        ids = itertools.count(1)
        theirs["referring"].create_index(_REFERENCE)
        for number, (size, count) in enumerate(sizes.items()):
            keys = [Int64(number * _STRIDE + at) for at in range(count)]
            held: dict[Int64, list[Document]] = {key: [] for key in keys}
            for row, key in zip(itertools.cycle(children), itertools.chain.from_iterable([keys] * size), strict=False):
                held[key].append({KEY: Int64(next(ids)), **row})
            rows = zip(itertools.cycle(parents), keys, strict=False)
            whole = [{KEY: key, **parent} for parent, key in rows]
            theirs["parents"].insert_many(whole)
            theirs["embedded"].insert_many([{**parent, _FIELD: held[parent[KEY]]} for parent in whole])
            for part in _in_turn(held, size):
                theirs["referring"].insert_many(part)
    return _texts(children[0], {size: (number * _STRIDE, count) for number, (size, count) in enumerate(sizes.items())})


def _in_turn(held: Mapping[Int64, list[Document]], size: int) -> Iterator[list[Document]]:
    """Children one after the other of every parent, as they come in time."""
    rows = [{**held[key][at], _REFERENCE: key} for at in range(size) for key in held]
    for start in range(0, len(rows), _AT_ONCE):
        yield rows[start : start + _AT_ONCE]


def without_key(document: Document) -> Document:
    return {name: value for name, value in document.items() if name != KEY}


def inner_fields(document: Document, embedding: Embedding) -> Document:
    """A child without its own key and without what refers to the parent."""
    key = document[KEY] if isinstance(document[KEY], dict) else {}
    columns = {**key, **without_key(document)}
    return {name: value for name, value in columns.items() if name not in embedding.foreign_key.columns}


def _texts(row: Document, parents: Mapping[int, tuple[int, int]]) -> NestingTexts:
    parent = {"$param": "parent", "as": "long"}
    child = {KEY: {"$param": "child", "as": "long"}, **row}
    lookup = {"from": "referring", "localField": KEY, "foreignField": _REFERENCE, "as": _FIELD}
    joined = {"aggregate": "parents", "pipeline": [{"$match": {KEY: parent}}, {"$lookup": lookup}], "cursor": {}}
    push = {"q": {KEY: parent}, "u": {"$push": {_FIELD: child}}}
    one = {"find": "embedded", "filter": {KEY: parent}}
    statements: dict[Work, tuple[Command, Command]] = {
        "whole": (one, joined),
        "children": (
            {**one, "projection": {_FIELD: 1}},
            {"find": "referring", "filter": {_REFERENCE: parent}, "batchSize": _AT_ONCE},
        ),
        "parent": ({**one, "projection": {_FIELD: 0}}, {"find": "parents", "filter": {KEY: parent}}),
        "append": (
            {"update": "embedded", "updates": [push]},
            {"insert": "referring", "documents": [{**child, _REFERENCE: parent}]},
        ),
    }
    texts = {work: (render(embedded), render(referenced)) for work, (embedded, referenced) in statements.items()}
    return NestingTexts(texts, parents, _FRESH)

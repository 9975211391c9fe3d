"""One thing placed in several ways: a parent with its children as one document or two collections, with or without the
stock they are taken from, each command alone or all as one transaction.

Documents are like the loaded ones, with keys of their own; there are no validators, and no indexes but the reference.
"""

from __future__ import annotations

from typing import Any

from lab.engines.engine import Server
from lab.engines.mongodb.administration import connected
from lab.engines.mongodb.commands import COMMIT, Command, render
from lab.engines.mongodb.errors import translated
from lab.engines.mongodb.mapping import KEY
from lab.engines.mongodb.nesting import inner_fields, without_key
from lab.model.mapping import Embedding

STOCK_ROWS = 500
_WHOLE, _PARENTS, _CHILDREN, STOCK = "whole", "parents", "children", "stock"
_PIECES = "pieces"


def lay_out_placing(
    server: Server, source: str, target: str, embedding: Embedding, stock: str | None, children: int
) -> dict[tuple[bool, bool, bool], str] | None:
    """Fills `target` with stock like the rows of `stock`, and returns a statement for each way to place a parent:
    (whether it is one document, whether stock is taken, whether it is one transaction). They take `id`, a new number,
    and `s0`, `s1`, …, a row of the stock for each child, from 1 on. None where there are no rows to be like."""
    with translated(), connected(server.address) as client:
        ours, theirs = client[server.prefix + source], client[server.prefix + target]
        parent, child = ours[embedding.parent].find_one(), ours[embedding.child].find_one()
        if parent is None or child is None:
            return None
        kept = [without_key(found) for found in ours[stock].find().limit(STOCK_ROWS)] if stock else []
        rows = ({KEY: number, **(kept[number % len(kept)] if kept else {}), _PIECES: 0} for number in range(1, 501))
        theirs[STOCK].insert_many(rows)
        theirs[_CHILDREN].create_index("parent_id")
        for name in (_WHOLE, _PARENTS):
            theirs.create_collection(name)
    return _texts(without_key(parent), inner_fields(child, embedding), children)


def _texts(parent: dict[str, Any], child: dict[str, Any], children: int) -> dict[tuple[bool, bool, bool], str]:
    key = {"$param": "id", "as": "long"}
    inner = [{"number": number, **child} for number in range(children)]
    rows = [{KEY: {"id": key, "number": number}, "parent_id": key, **child} for number in range(children)]
    whole: list[Command] = [{"insert": _WHOLE, "documents": [{KEY: key, **parent, "children": inner}]}]
    apart: list[Command] = [
        {"insert": _PARENTS, "documents": [{KEY: key, **parent}]},
        {"insert": _CHILDREN, "documents": rows},
    ]
    taken = [{"q": {KEY: {"$param": f"s{n}"}}, "u": {"$inc": {_PIECES: -1}}} for n in range(children)]
    ways: dict[tuple[bool, bool], list[Command]] = {
        (is_whole, is_taken): [*(whole if is_whole else apart), *([{"update": STOCK, "updates": taken}] * is_taken)]
        for is_whole in (True, False)
        for is_taken in (False, True)
    }
    found = {(*way, False): _rendered(commands) for way, commands in ways.items()}
    together = {way: commands for way, commands in ways.items() if len(commands) > 1}
    return found | {(*way, True): _rendered([*commands, {COMMIT: 1}]) for way, commands in together.items()}


def _rendered(commands: list[Command]) -> str:
    return f"[{', '.join(map(render, commands))}]"

"""Ways to keep which rows belong to a parent, newest first: what a page of a listing is made of."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Mapping

from lab.bench.figures import exact, interleaved, median
from lab.caching.studies.ground import Command, StudyGround, memory_each, opened, records_of, send
from lab.engines.redis.commands import epoch
from lab.errors import LabError
from lab.model.caching import Study, StudyOption
from lab.model.schema import Table
from lab.report import units

_PAGE = 20
_READ = 300
_MOST_ROWS = 20_000
Lists = Mapping[str, list[tuple[str, str]]]
"""A parent's rows as (moment, key), oldest first."""


def study(ground: StudyGround) -> Study:
    table, parent, moment = _listed(ground)
    lists = _lists(ground, table, parent, moment)
    rows, parents = sum(map(len, lists.values())), list(lists)
    name = f"{table.name}:by_{parent}"

    def key(owner: str, kind: str) -> str:
        return f"{name}:{kind}:{owner}"

    def ids(owner: str) -> list[str]:
        return [row for _, row in reversed(lists[owner])]

    writes: dict[str, Callable[[str], list[Command]]] = {
        "sorted set": lambda o: [
            ("ZADD", key(o, "z"), *(part for pair in lists[o] for part in (epoch(pair[0]), pair[1])))
        ],
        "list": lambda o: [("RPUSH", key(o, "l"), *ids(o))],
        "JSON string": lambda o: [("SET", key(o, "s"), json.dumps(ids(o)))],
    }
    pages: dict[str, Callable[[str], list[Command]]] = {
        "sorted set": lambda o: [("ZREVRANGE", key(o, "z"), "0", str(_PAGE - 1))],
        "list": lambda o: [("LRANGE", key(o, "l"), "0", str(_PAGE - 1))],
        "JSON string": lambda o: [("GET", key(o, "s"))],
    }
    adds: dict[str, Callable[[str, int], list[list[Command]]]] = {
        "sorted set": lambda o, n: [[("ZADD", key(o, "z"), "9e9", f"n{n}")]],
        "list": lambda o, n: [[("LPUSH", key(o, "l"), f"n{n}")]],
        "JSON string": lambda o, n: [[("GET", key(o, "s"))], [("SET", key(o, "s"), json.dumps([f"n{n}", *ids(o)]))]],
    }
    longest = max(parents, key=lambda owner: len(lists[owner]))
    with opened(ground) as connection:
        kept = {way: [command for owner in parents for command in write(owner)] for way, write in writes.items()}
        sizes = memory_each(ground, connection, kept, rows)
        for commands in kept.values():
            send(connection, commands)
        encodings = {
            way: connection.call("OBJECT", "ENCODING", key(longest, kind)).decode()
            for way, kind in (("sorted set", "z"), ("list", "l"), ("JSON string", "s"))
        }

        def owner(number: int) -> str:
            return parents[number * 7919 % len(parents)]

        read = interleaved(
            {way: lambda n, page=page: send(connection, page(owner(n))) for way, page in pages.items()},  # type: ignore[misc]
            _READ,
            ground.seed,
        )
        added = interleaved(
            {
                way: lambda n, add=add: [send(connection, part) for part in add(owner(n), n)]  # type: ignore[misc]
                for way, add in adds.items()
            },
            _READ,
            ground.seed,
        )
        limit = connection.call("CONFIG", "GET", "zset-max-listpack-entries")[1].decode()
    options = [
        StudyOption(
            way,
            (exact("memory a row", "B", sizes[way]), median("newest page", read[way]), median("add a row", added[way])),
            f"the longest, of {len(lists[longest]):,}, is encoded as {encodings[way]}",
        )
        for way in sorted(sizes, key=lambda each: sizes[each])
    ]
    verdict = (
        f"`{options[0].name}` takes least, {units.size_bytes(sizes[options[0].name])} a row; only the sorted set keeps "
        "its order whatever is added when, and adds without sending the rest again."
    )
    explanation = (
        f"A sorted set is a listpack up to {limit} entries and a skip list with a hash table beyond: "
        f"{sum(len(each) > int(limit) for each in lists.values()):,} of {len(lists):,} here are longer."
    )
    title = f"Ways to list {table.name} by {parent}, newest first"
    return Study("listings", title, "structure", verdict, tuple(options), (explanation,))


def _listed(ground: StudyGround) -> tuple[Table, str, str]:
    """The largest table with one parent column and a time: (table, parent column, time column)."""
    found = [
        (ground.generator.row_count(table.name), table, table.foreign_keys[0].columns[0], moment)
        for table in ground.design.schema.tables
        if table.foreign_keys and table.primary_key and len(table.foreign_keys[0].columns) == 1
        for moment in [next((c.name for c in table.columns if "timestamp" in str(c.type).lower()), "")]
        if moment
    ]
    if not found:
        raise LabError("no table has a parent and a time to list it by", "leave out --study listings")
    _, table, parent, moment = max(found, key=lambda each: each[0])
    return table, parent, moment


def _lists(ground: StudyGround, table: Table, parent: str, moment: str) -> Lists:
    records = records_of(ground.generator, table, _MOST_ROWS)
    lists: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for key, row in zip(records.keys, records.rows, strict=True):
        if parent in row and moment in row:
            lists[row[parent]].append((row[moment], key))
    return {owner: sorted(rows) for owner, rows in lists.items()}

"""A plan's normal form: its nodes and what they read, without costs, times and names of aliases."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

Way = Literal["whole table", "index"]


@dataclass(frozen=True, slots=True)
class Node:
    """`depth` in the tree; `table` and `way` where it reads one."""

    depth: int
    kind: str
    table: str = ""
    index: str = ""
    way: Way | None = None

    def __str__(self) -> str:
        index = f" using {self.index}" if self.index else ""
        return f"{self.kind}{index}{f' on {self.table}' if self.table else ''}"


def nodes(plan: str, engine: str, sql: str = "") -> tuple[Node, ...]:
    """The nodes of a plan as `engine` prints it, from the root. `sql` tells which table an alias stands for. Of an
    engine not known here, every line is a node, its numbers left out."""
    read = _READERS.get(engine, _any_line)
    aliases = _aliases(sql)
    return tuple(_renamed(node, aliases) for node in read(plan))


def lost_indexes(before: tuple[Node, ...], after: tuple[Node, ...]) -> dict[str, str]:
    """Tables an index was used for and that are read whole now: by name, the index. A table that was read whole before
    is not among them."""
    indexes = {node.table: node.index for node in before if node.way == "index"}
    whole = {node.table for node in before if node.way == "whole table"}
    now = {node.table for node in after if node.way == "whole table"}
    return {table: indexes[table] for table in now - whole if table in indexes}


def shape(plan: tuple[Node, ...]) -> str:
    """On one line, each node's inputs behind an arrow: what a person compares."""
    return " < ".join(str(node) for node in plan)


def _renamed(node: Node, aliases: Mapping[str, str]) -> Node:
    return Node(node.depth, node.kind, aliases.get(node.table, node.table), node.index, node.way)


def _aliases(sql: str) -> dict[str, str]:
    try:
        tree = sqlglot.parse_one(sql, read="postgres") if sql else None
    except SqlglotError:
        return {}
    return {table.alias: table.name for table in tree.find_all(exp.Table) if table.alias} if tree else {}


_POSTGRES = re.compile(
    r"^(?P<indent>\s*)(?:->\s+)?(?P<kind>[A-Z][A-Za-z -]*?)(?: using (?P<index>\S+))?(?: on (?P<table>\S+)(?: \S+)?)?"
    r"\s+\(cost="
)


def _postgres(plan: str) -> Iterator[Node]:
    """A bitmap's index stands in a node of its own, below the heap's."""
    heap = ""
    for line in plan.splitlines():
        found = _POSTGRES.match(line)
        if not found:
            continue
        kind = found["kind"].removeprefix("Parallel ").removesuffix(" Backward")
        table, index = (_plain(found[name] or "") for name in ("table", "index"))
        if kind == "Bitmap Heap Scan":
            heap = table
        if kind == "Bitmap Index Scan":
            table, index = heap, table
        way: Way | None = "whole table" if kind == "Seq Scan" else "index" if "Index" in kind else None
        yield Node(len(found["indent"]) // 2, kind, table, index, way)


_SQLITE = re.compile(r"^(?P<indent>\s*)(?P<kind>SEARCH|SCAN) (?P<table>\S+)(?: USING (?P<using>.*))?$")
_SQLITE_INDEX = re.compile(r"(?:COVERING )?INDEX (\S+)")


def _sqlite(plan: str) -> Iterator[Node]:
    for line in plan.splitlines():
        found = _SQLITE.match(line)
        if not found:
            yield Node(_depth(line), line.strip())
            continue
        index = _SQLITE_INDEX.match(found["using"] or "")
        name = index[1] if index else "its key" if found["using"] else ""
        way: Way = "whole table" if found["kind"] == "SCAN" else "index"
        yield Node(_depth(line), found["kind"], _plain(found["table"]), name, way)


_MYSQL = re.compile(
    r"^(?P<indent>\s*)-> (?P<kind>[^:(]*?)(?: on (?P<table>\S+))?(?: using (?P<index>\S+))?(?=\s*[:(]|\s\s|$)"
)


def _mysql(plan: str) -> Iterator[Node]:
    for line in plan.splitlines():
        found = _MYSQL.match(line)
        if not found:
            continue
        kind = found["kind"].strip()
        way: Way | None = "whole table" if kind == "Table scan" else "index" if found["index"] else None
        yield Node(len(found["indent"]) // 4, kind, _plain(found["table"] or ""), _plain(found["index"] or ""), way)


_MONGODB = re.compile(r"^\s*(?P<kind>COLLSCAN|IXSCAN)\s+on (?P<table>\S+)(?:\s+(?P<index>[^\s{]\S*))?")


def _mongodb(plan: str) -> Iterator[Node]:
    for line in plan.splitlines():
        found = _MONGODB.match(line)
        if found:
            is_whole = found["kind"] == "COLLSCAN"
            index = "" if is_whole else found["index"] or ""
            yield Node(_depth(line), found["kind"], found["table"], index, "whole table" if is_whole else "index")
        else:
            yield Node(_depth(line), (line.split() or [""])[0])


def _any_line(plan: str) -> Iterator[Node]:
    for line in plan.splitlines():
        yield Node(_depth(line), re.sub(r"[\d.,]+", "#", line.strip()))


def _depth(line: str) -> int:
    return (len(line) - len(line.lstrip())) // 2


def _plain(name: str) -> str:
    return name.strip('"`')


_READERS: Mapping[str, Callable[[str], Iterator[Node]]] = {
    "postgres": _postgres,
    "sqlite": _sqlite,
    "mysql": _mysql,
    "mongodb": _mongodb,
}

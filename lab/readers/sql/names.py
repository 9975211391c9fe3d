"""Names and types out of the parser's trees, and the names PostgreSQL gives what has none."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import Any

from postgast import pg_query_pb2 as pb

from lab.model.schema import Type
from lab.readers.expressions import deparse_statement
from lab.readers.types import canonical, serial

_IDENTIFIER_BYTES = 63
_FULL_INTERVAL = 32767


def strings(nodes: Iterable[Any]) -> tuple[str, ...]:
    """The texts of a list of String nodes."""
    return tuple(node.string.sval for node in nodes)


def column_type(type_name: Any) -> tuple[Type, bool]:
    """A TypeName's type, and whether all of it was kept. A name outside pg_catalog and public keeps its namespace."""
    parts = [name for name in strings(type_name.names) if name != "public"]
    is_built_in = parts[0] == "pg_catalog"
    name = ".".join(parts[1:] if is_built_in else parts)
    numbers = [node.a_const.ival.ival for node in type_name.typmods if node.a_const.HasField("ival")]
    is_whole = len(numbers) == len(type_name.typmods)
    if name == "interval" and numbers:
        is_whole = is_whole and numbers[0] == _FULL_INTERVAL
        numbers = numbers[1:]
    if name == "bpchar" and not numbers:
        return Type(name, dimensions=len(type_name.array_bounds)), is_whole
    if name == "char" and not is_built_in:
        numbers = [1]
    name = serial(name) or canonical(name)
    return Type(name, tuple(numbers) if is_whole else (), len(type_name.array_bounds)), is_whole


def is_serial(type_name: Any) -> bool:
    return serial(strings(type_name.names)[-1]) is not None


def options_of(options: Any) -> str:
    """What stands between the parentheses of WITH (…)."""
    if not options:
        return ""
    relation = pb.RangeVar(relname="t", inh=True, relpersistence="p")
    parts = [pb.Node(index_elem=pb.IndexElem(name="c", ordering=pb.SORTBY_DEFAULT))]
    bare = pb.IndexStmt(relation=relation, access_method="btree", index_params=parts, options=options)
    return deparse_statement(index_stmt=bare).partition(" WITH (")[2].removesuffix(")")


def index_name(table: str, columns: Iterable[str], taken: Collection[str]) -> str:
    """The name PostgreSQL gives an index without one (ChooseIndexName in src/backend/commands/indexcmds.c)."""
    joined = "_".join(columns)
    for number in range(len(taken) + 1):
        name = object_name(table, joined, f"idx{number or ''}")
        if name not in taken:
            return name
    return object_name(table, joined, "idx")


def object_name(first: str, second: str, label: str) -> str:
    """Both names cut, the longer first, until the whole fits (makeObjectName in the same file)."""
    one, two = first.encode(), second.encode()
    room = _IDENTIFIER_BYTES - len(label) - 2
    while len(one) + len(two) > room:
        one, two = (one[:-1], two) if len(one) > len(two) else (one, two[:-1])
    return f"{one.decode(errors='ignore')}_{two.decode(errors='ignore')}_{label}"


def column_labels(elements: Iterable[Any]) -> list[str]:
    """A name for each IndexElem, unlike the others: its column's, or what its expression would be called."""
    labels: list[str] = []
    for element in elements:
        wanted = element.name or _label(element.expr) or "expr"
        label, number = wanted, 0
        while label in labels:
            number += 1
            label = f"{wanted}{number}"
        labels.append(label)
    return labels


def _label(node: Any) -> str | None:
    """What an expression's column would be called (FigureColname in src/backend/parser/parse_target.c)."""
    kind = node.WhichOneof("node")
    inner: Any = getattr(node, kind or "a_star")
    match kind:
        case "column_ref":
            return strings(inner.fields)[-1]
        case "func_call":
            return strings(inner.funcname)[-1]
        case "type_cast":
            return _label(inner.arg) or strings(inner.type_name.names)[-1]
        case "collate_clause":
            return _label(inner.arg)
        case "a_indirection":
            fields = [node.string.sval for node in inner.indirection if node.HasField("string")]
            return fields[-1] if fields else _label(inner.arg)
        case "coalesce_expr":
            return "coalesce"
        case "min_max_expr":
            return "greatest" if inner.op == pb.IS_GREATEST else "least"
        case "case_expr":
            return (_label(inner.defresult) if inner.HasField("defresult") else None) or "case"
        case "a_expr" if inner.kind == pb.AEXPR_NULLIF:
            return "nullif"
        case "a_array_expr":
            return "array"
        case "row_expr":
            return "row"
    return None


_LARGEST = {"smallint": 2**15 - 1, "integer": 2**31 - 1, "bigint": 2**63 - 1}
_SEQUENCE_OPTIONS = ("START WITH", "INCREMENT BY", "MINVALUE", "MAXVALUE", "CACHE")


def sequence_words(sql: str, type_name: str) -> str:
    """What of CREATE SEQUENCE's options is not as usual for numbers of that type."""
    found = []
    for words in _SEQUENCE_OPTIONS:
        pattern = r"\b" + words.replace(" WITH", r"(?:\s+WITH)?").replace(" BY", r"(?:\s+BY)?") + r"\s+(-?\d+)"
        match = re.search(pattern, sql, re.IGNORECASE)
        usual = _LARGEST.get(type_name) if words == "MAXVALUE" else 1
        if match and int(match[1]) != usual:
            found.append(f"{words} {match[1]}")
    if re.search(r"(?i)(?<!NO )\bCYCLE\b", sql):
        found.append("CYCLE")
    return " ".join(found)


def sequence_of(default: str | None) -> str | None:
    """The sequence, without public as its namespace, a default takes its value from; None for other defaults."""
    match = re.fullmatch(r"(?:pg_catalog\.)?nextval\('([^']+)'(?:::regclass|::text)*\)", default or "")
    return match[1].replace('"', "").removeprefix("public.") if match else None

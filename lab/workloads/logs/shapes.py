"""Statements that differ in their constants alone, gathered: each shape with the values seen in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

import postgast
import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from lab.model.workload import LeftOut, Value
from lab.workloads.logs.seen import Seen
from lab.workloads.uses import Unusable

MOST_VALUES = 200
"""How many values of a parameter are remembered."""
_VERBS = frozenset("select insert update delete with values merge".split())
_TYPED = re.compile(
    r"\b(date|time|interval|timestamptz|timestamp(?:\s+with(?:out)?\s+time\s+zone)?)\s+\$(\d+)", re.IGNORECASE
)
_SQUASHED = re.compile(r"\s*/\*, \.\.\. \*/")
_KEEPING = (exp.DataTypeParam, exp.Interval, exp.Is, exp.Group, exp.Ordered, exp.DateSub, exp.DateAdd)
_CONSTANT_TOKENS = {"ICONST": int, "FCONST": float}
_WORDS: dict[str, Value] = {"true": True, "false": False, "null": None}


@dataclass(slots=True)
class Observation:
    """One value of a parameter; `is_bound` when the client sent it apart from the statement's text."""

    value: Value
    is_bound: bool
    at: datetime | None


@dataclass(slots=True)
class Shape:
    """`texts` by engine as `Operation.sql` has them, with parameters `:p1`, `:p2`, …"""

    texts: dict[str, str]
    example: str
    calls: int = 0
    seen: dict[str, list[Observation]] = field(default_factory=dict)

    def add(self, calls: int, observed: dict[str, Observation]) -> None:
        self.calls += calls
        for name, observation in observed.items():
            known = self.seen.setdefault(name, [])
            if len(known) < MOST_VALUES:
                known.append(observation)


Normalized = tuple[str, dict[str, str], dict[str, Observation]]
"""A key equal for equal shapes, the texts, and the values of their parameters."""


def gather(statements: Iterable[Seen], normalize: Callable[[Seen], Normalized]) -> tuple[list[Shape], list[LeftOut]]:
    """Shapes, and the statements that are none, most called first."""
    shapes: dict[str, Shape] = {}
    left_out: dict[tuple[str, str], LeftOut] = {}
    for seen in statements:
        try:
            key, texts, observed = normalize(seen)
        except Unusable as reason:
            mark = (_first_words(seen.text), str(reason))
            before = left_out[mark].calls if mark in left_out else 0
            left_out[mark] = LeftOut(seen.text, before + seen.calls, str(reason))
            continue
        if key not in shapes:
            shapes[key] = Shape(texts, seen.text)
        shapes[key].add(seen.calls, observed if set(observed) <= set(_names(shapes[key].texts[""])) else {})
    return sorted(shapes.values(), key=lambda s: -s.calls), sorted(left_out.values(), key=lambda s: -s.calls)


def _names(text: str) -> list[str]:
    return re.findall(r":(p\d+)\b", text)


def _first_words(text: str) -> str:
    return " ".join(text.split()[:2]).lower()


def check_verb(text: str) -> None:
    """Raises Unusable for what is neither a query nor a write."""
    bare = re.sub(r"^(?:\s+|--[^\n]*\n|/\*.*?\*/|\()*", "", text, flags=re.DOTALL)
    verb = (re.match(r"[A-Za-z]+", bare) or [""])[0]
    if verb.lower() not in _VERBS:
        raise Unusable(f"{verb.upper() or 'this'} is neither a query nor a write")


# PostgreSQL


def normalize_postgres(seen: Seen) -> Normalized:
    """By libpg_query, as pg_stat_statements does: the text stays the user's, its constants become parameters."""
    check_verb(seen.text)
    try:
        if len(postgast.split(seen.text)) != 1:
            raise Unusable("several statements in one")
        key = postgast.fingerprint(seen.text).hex
        text = postgast.normalize(seen.text).strip().removesuffix(";")
        constants = dict(_constants(seen.text, text))
    except postgast.PgQueryError as error:
        raise Unusable(f"PostgreSQL's parser says: {error}") from error
    observed = {f"p{n}": Observation(value, True, seen.at) for n, value in seen.values.items()}
    observed |= {f"p{n}": Observation(value, False, seen.at) for n, value in constants.items()}
    plain = _TYPED.sub(r"CAST($\2 AS \1)", _SQUASHED.sub("", text))
    return key, {"": re.sub(r"\$(\d+)", r":p\1", plain)}, observed


def _constants(original: str, normalized: str) -> Iterator[tuple[int, Value]]:
    """What stood where the normalized text has `$n`: its tokens are the original's, but for the constants."""
    theirs = _tokens(original)
    place = 0
    for _, text in _tokens(normalized):
        kind, was = theirs[place] if place < len(theirs) else ("", "")
        if text != was and re.fullmatch(r"\$\d+", text):
            if was == "-":
                place += 1
                kind, was = theirs[place][0], f"-{theirs[place][1]}"
            yield int(text[1:]), _constant(kind, was)
        place += 1


def _tokens(sql: str) -> list[tuple[str, str]]:
    octets = sql.encode()
    name = postgast.pg_query_pb2.Token.Name
    found = [(name(token.token), octets[token.start : token.end].decode()) for token in postgast.scan(sql).tokens]
    return [token for token in found if token[0] not in ("SQL_COMMENT", "C_COMMENT")]


def _constant(kind: str, text: str) -> Value:
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    if kind in _CONSTANT_TOKENS:
        return float(text) if re.search(r"[.eE]", text) else int(text, 0)
    if quoted := re.fullmatch(r"[eE]?'(.*)'", text, re.DOTALL):
        return quoted[1].replace("''", "'")
    if dollars := re.fullmatch(r"\$(\w*)\$(.*)\$\1\$", text, re.DOTALL):
        return dollars[2]
    raise Unusable(f"the constant {text} is of a kind the lab has no parameters of")


# MySQL and MariaDB


def normalize_mysql(seen: Seen) -> Normalized:
    """By sqlglot, which also puts the statement into PostgreSQL's words; the original stays beside it."""
    check_verb(seen.text)
    try:
        trees = [tree for tree in sqlglot.parse(seen.text, read="mysql") if tree is not None]
    except SqlglotError as error:
        raise Unusable(f"cannot be parsed: {_bare(error)}") from error
    if len(trees) != 1:
        raise Unusable("several statements in one")
    observed: dict[str, Observation] = {}
    tree = trees[0].transform(_parametrized, observed, seen.at)
    texts = {"": _printed(tree, "postgres"), "mysql": _printed(tree, "mysql")}
    return _key(tree), texts, observed


def _parametrized(node: exp.Expr, observed: dict[str, Observation], at: datetime | None) -> exp.Expr:
    is_negative = isinstance(node, exp.Neg) and isinstance(node.this, exp.Literal)
    if not (is_negative or isinstance(node, exp.Literal | exp.Boolean | exp.Null | exp.Placeholder)) or _is_fixed(node):
        return node
    name = f"p{len(observed) + 1}"
    if isinstance(node, exp.Placeholder):
        observed[name] = Observation(None, True, None)
        return exp.Placeholder(this=name)
    value: Value = None
    if isinstance(node, exp.Boolean):
        value = bool(node.this)
    elif is_negative:
        value = _constant("FCONST", f"-{node.this.this}")
    elif isinstance(node, exp.Literal):
        value = node.this if node.is_string else _constant("FCONST", node.this)
    observed[name] = Observation(value, False, at)
    return exp.Placeholder(this=name)


def _is_fixed(node: exp.Expr) -> bool:
    """A constant that belongs to the statement: a type's length, an interval, a column's number, IS NULL."""
    return isinstance(
        node.parent, exp.DataTypeParam | exp.Interval | exp.Is | exp.Group | exp.Ordered | exp.DateSub | exp.DateAdd
    )


def _printed(tree: exp.Expr, dialect: str) -> str:
    return re.sub(r"%\((p\d+)\)s", r":\1", tree.sql(dialect=dialect, pretty=False))


def _key(tree: exp.Expr) -> str:
    """Lists of any length count as one."""
    text = re.sub(r":p\d+", "?", _printed(tree, "mysql"))
    return re.sub(r"\(\?(?:, \?)*\)(?:, \(\?(?:, \?)*\))*", "(?)", text)


def _bare(error: SqlglotError) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", str(error)).splitlines()[0]

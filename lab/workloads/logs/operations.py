"""A shape of statements becomes an operation: named, its parameters with rules, its constants written back."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from lab.model.placeholder import rewrite_placeholders
from lab.model.schema import Schema, Table
from lab.model.workload import Ago, LeftOut, Operation, Parameter, TargetClass, Value
from lab.workloads.derived import parameter_names, plain_name
from lab.workloads.logs.moments import with_moments
from lab.workloads.logs.rules import is_closed, rule_for
from lab.workloads.logs.shapes import Observation, Shape
from lab.workloads.uses import Tables, Unusable, Use, check_insert, find_uses

_MOST_NAMED = 3
_MANY_TABLES = 4
_SOUGHT = ("compared", "listed", "any", "like")
_WRITES = (exp.Insert, exp.Update, exp.Delete, exp.Merge)
_COMPLEX = (exp.Group, exp.AggFunc, exp.Window, exp.SetOperation)


def to_operations(shapes: Iterable[Shape], schema: Schema) -> tuple[list[Operation], list[LeftOut]]:
    """Names are not unique yet."""
    operations, left_out = [], []
    for shape in shapes:
        try:
            operations.append(_operation(shape, schema))
        except Unusable as reason:
            left_out.append(LeftOut(shape.example, shape.calls, str(reason)))
    return operations, left_out


def _operation(shape: Shape, schema: Schema) -> Operation:
    tree = _parse(shape.texts[""])
    uses = find_uses(tree, tables := Tables(tree, schema))
    inlined = {
        name: _literal(value) for name, use in uses.items() for value in _fixed(use, shape.seen.get(name, []), schema)
    }
    rules = {name: rule_for(use, shape.seen.get(name, []), schema) for name, use in uses.items() if name not in inlined}
    check_insert(tree, uses, rules, schema)
    names = _parameter_names({name: uses[name] for name in rules})
    patterns = {name: _pattern(shape.seen.get(name, [])) for name in rules if uses[name].kind == "like"}
    texts = {engine: _filled(text, inlined, names, patterns) for engine, text in shape.texts.items()}
    if patterns:
        texts = {"": texts[""]}  # a pattern is put together as PostgreSQL does; other engines have it translated
    text, moments = with_moments(texts[""], not isinstance(tree, _WRITES))
    if moments:
        texts = {"": text}
    parameters = [Parameter(names[name], rule) for name, rule in rules.items()]
    parameters += [Parameter(name, Ago(days, days)) for name, days in moments.items()]
    return Operation(
        _name(tree, uses, tables),
        _class(tree, tables),
        texts,
        tuple(parameters),
        float(shape.calls),
        isinstance(tree, _WRITES),
        tree.args.get("order") is not None,
        f"{shape.calls:,} call{'s' * (shape.calls != 1)} in the log.",
    )


def _parse(text: str) -> exp.Expr:
    try:
        return sqlglot.parse_one(text, read="postgres")
    except SqlglotError as error:
        said = re.sub(r"\x1b\[[0-9;]*m", "", str(error)).splitlines()[0]
        raise Unusable(f"cannot be translated for other engines: {said}") from error


def _fixed(use: Use, seen: list[Observation], schema: Schema) -> Iterator[Value]:
    """The one value of a constant that never changed: a limit, or what no column says anything of; and a state the
    application wrote into its statement, for partial indexes to see."""
    values = {observation.value for observation in seen}
    if len(values) != 1:
        return
    is_written = not any(observation.is_bound for observation in seen)
    is_state = use.kind == "compared" and len(seen) > 1 and is_written and is_closed(use, schema)
    if use.kind in ("limit", "other") or is_state:
        (value,) = values
        yield int(str(value)) if use.kind == "limit" and re.fullmatch(r"\d+", str(value)) else value


def _parameter_names(uses: Mapping[str, Use]) -> dict[str, str]:
    names: list[str] = []
    for use in uses.values():
        number = sum(name.partition(" ")[0] == use.name for name in names)
        names.append(f"{use.name} {number + 1}" if number else use.name)
    return dict(zip(uses, (name for _, name in parameter_names(names)), strict=True))


def _literal(value: Value) -> str:
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return "null" if value is None else str(value).lower()


def _pattern(seen: list[Observation]) -> tuple[bool, bool]:
    """Whether the pattern begins, and ends, with a wildcard; a prefix is looked for where that is not known."""
    known = [str(observation.value) for observation in seen if observation.value is not None]
    return (known[0].startswith("%"), known[0].endswith("%")) if known else (False, True)


def _filled(
    text: str, inlined: Mapping[str, str], names: Mapping[str, str], patterns: Mapping[str, tuple[bool, bool]]
) -> str:
    def put(name: str) -> str:
        if name in inlined:
            return inlined[name]
        before, after = patterns.get(name, (False, False))
        parts = ["'%'"] * before + [f":{names[name]}"] + ["'%'"] * after
        return " || ".join(parts) if len(parts) == 1 else f"({' || '.join(parts)})"

    return rewrite_placeholders(text, put)


def _class(tree: exp.Expr, tables: Tables) -> TargetClass:
    if isinstance(tree, _WRITES):
        return "simple"
    return "complex" if tree.find(*_COMPLEX) or len(tables.by_alias) >= _MANY_TABLES else "simple"


def _name(tree: exp.Expr, uses: Mapping[str, Use], tables: Tables) -> str:
    """`select_orders_by_user_id`, `count_orders_per_status`, `update_products`."""
    verb = type(tree).__name__.lower() if isinstance(tree, _WRITES) else "select"
    if verb == "select" and isinstance(tree, exp.Select) and _counts_alone(tree):
        verb = "count"
    compared = [
        use.column.name for use in uses.values() if use.column and use.kind in ("compared", "listed", "any", "like")
    ]
    by = "_and_".join(dict.fromkeys(map(plain_name, compared[:_MOST_NAMED])))
    per = "_and_".join(dict.fromkeys(map(plain_name, _grouped(tree))))
    return (
        f"{verb}_{plain_name(_main(tree, tables).name)}" + (f"_per_{per}" if per else "") + (f"_by_{by}" if by else "")
    )


def _main(tree: exp.Expr, tables: Tables) -> Table:
    first = tree.find(exp.From)
    nodes = [*(first.find_all(exp.Table) if first and not isinstance(tree, _WRITES) else ()), *tree.find_all(exp.Table)]
    return next(tables.by_alias[n.alias_or_name.lower()] for n in nodes if n.alias_or_name.lower() in tables.by_alias)


def _counts_alone(tree: exp.Select) -> bool:
    return len(tree.expressions) == 1 and isinstance(tree.expressions[0].unalias(), exp.Count)


def _grouped(tree: exp.Expr) -> list[str]:
    group = tree.args.get("group")
    return [node.name for node in group.expressions if isinstance(node, exp.Column)][:_MOST_NAMED] if group else []

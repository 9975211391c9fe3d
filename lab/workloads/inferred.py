"""Rules for parameters that have none of their own, where the statement itself tells what they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import replace

from sqlglot import exp

from lab.model.schema import Schema, Type
from lab.model.workload import Ago, Choice, FromColumn, Operation, Rule
from lab.workloads.derived import fill_rule
from lab.workloads.uses import Tables, Unusable, Use, check_insert, find_uses

_ROWS = 20
"""A page, where only a limit says how many."""


def inferred_rules(
    tree: exp.Expr, ruled: Mapping[str, Rule], missing: Collection[str], schema: Schema
) -> dict[str, Rule]:
    """Of the parameters that are `missing` a rule: those equal to a column, put into one, or a limit. How far a range
    reaches, and what a pattern looks for, is for the user to say; so are two parameters equal to one column, and an
    insert that would break a key when it is repeated. Raises Unusable for the last, and for names the schema lacks."""
    uses = find_uses(tree, Tables(tree, schema))
    found = {name: rule for name in missing if (rule := _rule(name, uses.get(name), tree, schema))}
    check_insert(tree, uses, {**ruled, **found}, schema)
    drawn = Counter(rule for rule in (*ruled.values(), *found.values()) if isinstance(rule, FromColumn))
    return {name: rule for name, rule in found.items() if not isinstance(rule, FromColumn) or drawn[rule] == 1}


def with_dates(operation: Operation, tree: exp.Expr, schema: Schema) -> Operation:
    """The operation with times given as dates where they stand beside one: engines that keep text tell them apart."""
    if not any(isinstance(parameter.rule, Ago) for parameter in operation.parameters):
        return operation
    try:
        uses = find_uses(tree, Tables(tree, schema))
    except Unusable:
        return operation
    dated = {name for name, use in uses.items() if use.column is not None and use.column.type == Type("date")}
    parameters = tuple(
        replace(parameter, rule=replace(parameter.rule, is_date=True))
        if isinstance(parameter.rule, Ago) and parameter.name in dated
        else parameter
        for parameter in operation.parameters
    )
    return replace(operation, parameters=parameters)


def _rule(name: str, use: Use | None, tree: exp.Expr, schema: Schema) -> Rule | None:
    if use is None:
        return None
    if use.kind == "limit":
        return None if _is_offset(name, tree) else Choice((_ROWS,))
    if use.table is None or use.column is None:
        return None
    if use.kind == "put":
        return fill_rule(use.table, use.column, schema)
    is_equal = use.kind == "compared" and _is_equal(name, tree)
    return FromColumn(use.table.name, use.column.name) if is_equal else None


def _is_equal(name: str, tree: exp.Expr) -> bool:
    nodes = (node for node in tree.find_all(exp.Placeholder) if node.name == name)
    return all(isinstance(node.find_ancestor(exp.Predicate), exp.EQ) for node in nodes)


def _is_offset(name: str, tree: exp.Expr) -> bool:
    return any(node.name == name for offset in tree.find_all(exp.Offset) for node in offset.find_all(exp.Placeholder))

"""Functions of the user's own: their parameters, and what their statements return."""

from __future__ import annotations

from collections.abc import Sequence

from tree_sitter import Node

from lab.readers.typescript.operators import member, rest
from lab.readers.typescript.program import Evaluate, Scope, bindings
from lab.readers.typescript.syntax import text_of
from lab.readers.typescript.values import (
    Function,
    Items,
    Place,
    Undefined,
    Unknown,
    Value,
    truth_of,
)


def function_of(node: Node, scope: Scope) -> Value:
    """A function as it is written."""
    place = Place(scope.module, node)
    body = node.child_by_field_name("body")
    single = node.child_by_field_name("parameter")
    parameters = node.child_by_field_name("parameters")
    if body is None:
        return Unknown(place)
    listed = tuple(child for child in parameters.named_children if child.type != "comment") if parameters else ()
    return Function((single,) if single is not None else listed, body, scope, place)


def bind(
    parameter: Node, arguments: Sequence[Value], number: int, scope: Scope, place: Place, evaluate: Evaluate
) -> None:
    """Gives a function's parameter of that number its argument."""
    pattern = parameter.child_by_field_name("pattern") or parameter
    if pattern.type == "this":
        return
    if pattern.type == "rest_pattern":
        scope.values[text_of(pattern.named_children[0])] = Items(tuple(arguments[number:]), place)
        return
    value: Value = arguments[number] if number < len(arguments) else Undefined(place)
    default = parameter.child_by_field_name("value")
    if isinstance(value, Undefined) and default is not None:
        value = evaluate(default, scope)
    _bind_pattern(pattern, value, scope, evaluate)


def _bind_pattern(pattern: Node, value: Value, scope: Scope, evaluate: Evaluate) -> None:
    if pattern.type != "object_pattern":
        scope.values[text_of(pattern)] = value
        return
    taken: set[str] = set()
    for part in pattern.named_children:
        place = Place(scope.module, part)
        match part.type:
            case "shorthand_property_identifier_pattern":
                scope.values[text_of(part)] = member(value, text_of(part), place)
                taken.add(text_of(part))
            case "object_assignment_pattern":
                left, right = part.named_children[0], part.named_children[-1]
                found = member(value, text_of(left), place)
                scope.values[text_of(left)] = evaluate(right, scope) if isinstance(found, Undefined) else found
            case "pair_pattern":
                key, local = part.child_by_field_name("key"), part.child_by_field_name("value")
                if key is not None and local is not None:
                    taken.add(text_of(key))
                    _bind_pattern(local, member(value, text_of(key), place), scope, evaluate)
            case "rest_pattern":
                scope.values[text_of(part.named_children[0])] = rest(value, taken, place)


def returned(block: Node, scope: Scope, evaluate: Evaluate) -> Value | None:
    """What a block returns; None when it runs to its end."""
    scope.bindings.update(bindings(block))
    for statement in block.named_children:
        match statement.type:
            case "return_statement":
                place = Place(scope.module, statement)
                return evaluate(statement.named_children[0], scope) if statement.named_children else Undefined(place)
            case "if_statement":
                branch = _branch(statement, scope, evaluate)
                if branch is not None:
                    return branch
            case "for_statement" | "for_in_statement" | "while_statement" | "switch_statement" | "try_statement":
                return Unknown(Place(scope.module, statement), "what it returns depends on a loop or a switch")
    return None


def _branch(statement: Node, scope: Scope, evaluate: Evaluate) -> Value | None:
    condition = statement.child_by_field_name("condition")
    chosen = truth_of(evaluate(condition, scope)) if condition is not None else None
    if chosen is None:
        return Unknown(Place(scope.module, statement), "what it returns depends on a condition")
    part = statement.child_by_field_name("consequence" if chosen else "alternative")
    if part is not None and part.type == "else_clause":
        part = part.named_children[0]
    if part is None:
        return None
    if part.type == "statement_block":
        return returned(part, Scope(scope.module, parent=scope), evaluate)
    return evaluate(part.named_children[0], scope) if part.type == "return_statement" else None

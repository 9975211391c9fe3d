"""Values as they are written: objects, arrays, enums, texts and numbers."""

from __future__ import annotations

from tree_sitter import Node

from lab.readers.typescript.functions import function_of
from lab.readers.typescript.program import Evaluate, Scope
from lab.readers.typescript.syntax import doc_before, string_text, text_of, unescape
from lab.readers.typescript.values import (
    Constant,
    Items,
    Place,
    Record,
    Undefined,
    Unknown,
    Value,
    number_of,
)
from lab.readers.typescript.values import text_of as text_of_value


def object_of(node: Node, scope: Scope, evaluate: Evaluate) -> Value:
    """An object's entries; those of unknown names apart."""
    entries: dict[str, Value] = {}
    docs: dict[str, str] = {}
    unknown: list[Unknown] = []
    for part in node.named_children:
        place = Place(scope.module, part)
        match part.type:
            case "pair":
                key, value = part.child_by_field_name("key"), part.child_by_field_name("value")
                name = key_of(key, scope, evaluate) if key is not None else None
                if name is None or value is None:
                    unknown.append(Unknown(place, "its name is computed"))
                    continue
                entries[name] = evaluate(value, scope)
                docs[name] = doc_before(part)
            case "shorthand_property_identifier":
                entries[text_of(part)] = evaluate(part, scope)
            case "method_definition":
                name_node = part.child_by_field_name("name")
                entries[text_of(name_node) if name_node else ""] = function_of(part, scope)
            case "spread_element":
                _spread(evaluate(part.named_children[0], scope), place, entries, docs, unknown)
    return Record(entries, Place(scope.module, node), docs, tuple(unknown))


def _spread(
    value: Value, place: Place, entries: dict[str, Value], docs: dict[str, str], unknown: list[Unknown]
) -> None:
    match value:
        case Record():
            entries.update(value.entries)
            docs.update(value.docs)
            unknown += value.unknown
        case Undefined() | Constant():
            pass
        case _:
            reason = value.reason if isinstance(value, Unknown) else "what is spread here is not in the files read"
            unknown.append(Unknown(place, reason))


def items_of(node: Node, scope: Scope, evaluate: Evaluate) -> Value:
    """An array's elements."""
    values: list[Value] = []
    for part in node.named_children:
        if part.type == "comment":
            continue
        if part.type != "spread_element":
            values.append(evaluate(part, scope))
            continue
        spread = evaluate(part.named_children[0], scope)
        if isinstance(spread, Items):
            values += spread.values
        else:
            values.append(Unknown(Place(scope.module, part), "what is spread here is not in the files read"))
    return Items(tuple(values), Place(scope.module, node))


def arguments_of(node: Node, scope: Scope, evaluate: Evaluate) -> list[Value]:
    """Of a call."""
    values: list[Value] = []
    for part in node.named_children:
        if part.type == "spread_element":
            spread = evaluate(part.named_children[0], scope)
            values += spread.values if isinstance(spread, Items) else (Unknown(Place(scope.module, part)),)
        elif part.type != "comment":
            values.append(evaluate(part, scope))
    return values


def enum_of(node: Node, scope: Scope, evaluate: Evaluate) -> Record:
    """An enum's members; those without a value count on."""
    entries: dict[str, Value] = {}
    body = node.child_by_field_name("body")
    following = 0
    for item in body.named_children if body is not None else ():
        if item.type == "comment":
            continue
        place = Place(scope.module, item)
        name_node = item.child_by_field_name("name") if item.type == "enum_assignment" else item
        value_node = item.child_by_field_name("value") if item.type == "enum_assignment" else None
        name = key_of(name_node, scope, evaluate) if name_node is not None else None
        value = evaluate(value_node, scope) if value_node is not None else Constant(following, place)
        number = number_of(value)
        following = following + 1 if number is None else number + 1
        if name is not None:
            entries[name] = value
    return Record(entries, Place(scope.module, node))


def key_of(node: Node, scope: Scope, evaluate: Evaluate) -> str | None:
    """The name of an object's entry; None for a computed one that is unknown."""
    match node.type:
        case "string":
            return string_text(node)
        case "computed_property_name":
            value = evaluate(node.named_children[0], scope)
            number = number_of(value)
            return text_of_value(value) if number is None else str(number)
    return text_of(node)


def pieces(node: Node, scope: Scope, evaluate: Evaluate) -> tuple[tuple[str, ...], tuple[Value, ...]]:
    """A template's texts, and the values between them."""
    texts, values = [""], []
    for part in node.named_children:
        if part.type == "template_substitution":
            values.append(evaluate(part.named_children[0], scope))
            texts.append("")
        else:
            texts[-1] += unescape(text_of(part)) if part.type == "escape_sequence" else text_of(part)
    return tuple(texts), tuple(values)


def text_with_values(node: Node, scope: Scope, evaluate: Evaluate) -> Value:
    """A template of known values as one text."""
    place = Place(scope.module, node)
    texts, values = pieces(node, scope, evaluate)
    whole = texts[0]
    for value, text in zip(values, texts[1:], strict=True):
        if not isinstance(value, Constant):
            return Unknown(place, value.reason if isinstance(value, Unknown) else "a part of the text is unknown")
        whole += str(value.value) + text
    return Constant(whole, place)


def number_in(node: Node, scope: Scope) -> Value:
    """A number with its digits as they are written."""
    place, digits = Place(scope.module, node), text_of(node).replace("_", "").rstrip("n")
    try:
        return Constant(int(digits, 0), place, digits)
    except ValueError:
        return Constant(float(digits), place, digits)

"""An expression -> its value, as far as reading alone tells. Functions of the user's own are followed when they do
nothing but define constants and return; nothing is run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from tree_sitter import Node

from lab.readers.typescript.builtins import built_in
from lab.readers.typescript.functions import bind, function_of, returned
from lab.readers.typescript.literals import (
    arguments_of,
    enum_of,
    items_of,
    number_in,
    object_of,
    pieces,
    text_with_values,
)
from lab.readers.typescript.operators import combined, member, rest, signed
from lab.readers.typescript.program import Binding, Module, Scope
from lab.readers.typescript.syntax import doc_before, string_text, text_of
from lab.readers.typescript.values import (
    Call,
    Class,
    Constant,
    Function,
    Place,
    Record,
    Symbol,
    Template,
    Undefined,
    Unknown,
    Value,
    number_of,
    truth_of,
)
from lab.readers.typescript.values import text_of as text_of_value

_DEEPEST = 60
_WRAPPERS = frozenset(
    "as_expression satisfies_expression non_null_expression parenthesized_expression instantiation_expression".split()
)


def evaluate(node: Node, scope: Scope) -> Value:
    """The value of an expression where `scope`'s names are in sight."""
    while node.type in _WRAPPERS and node.named_children:
        node = node.named_children[0]
    handler = _HANDLERS.get(node.type)
    if handler is None:
        return Unknown(Place(scope.module, node))
    return handler(node, scope)


def lookup(name: str, scope: Scope, place: Place) -> Value:
    """What a name stands for: defined around it, imported, or one of JavaScript's own (a Symbol of no module)."""
    where: Scope | None = scope
    while where is not None:
        if name in where.values:
            return where.values[name]
        if name in where.bindings:
            return _bound(name, where, place)
        where = where.parent
    return Undefined(place) if name == "undefined" else Symbol("", name, place)


def exported(module: Module, name: str, place: Place, seen: frozenset[Module] = frozenset()) -> Value | None:
    """What a file exports by that name; None when it exports no such thing."""
    if module in seen:
        return None
    if name in module.exports:
        local, source = module.exports[name]
        if not source:
            return lookup(local, module.scope, place)
        return _imported(local, source, module, place, seen | {module})
    for source in module.star_exports:
        other = module.program.imported(source, module.path)
        found = exported(other, name, place, seen | {module}) if other else None
        if found is not None:
            return found
    return None


def call(function: Function, arguments: Sequence[Value], place: Place) -> Value:
    """What a function of the user's own returns."""
    program = function.place.module.program
    if program.depth > _DEEPEST:
        return Unknown(place, "it calls itself too deeply")
    scope = Scope(function.place.module, parent=function.scope)
    for number, parameter in enumerate(function.parameters):
        bind(parameter, arguments, number, scope, place, evaluate)
    program.depth += 1
    try:
        if function.body.type == "statement_block":
            return returned(function.body, scope, evaluate) or Undefined(place)
        return evaluate(function.body, scope)
    finally:
        program.depth -= 1


def apply(value: Value, arguments: Sequence[Value], place: Place) -> Value:
    """A call of anything: followed where it is the user's own function, kept as it is otherwise."""
    if isinstance(value, Function):
        return call(value, arguments, place)
    if isinstance(value, Unknown):
        return Unknown(place, value.reason)
    found = built_in(value, arguments, place, apply)
    return Call(value, tuple(arguments), place) if found is None else found


def _bound(name: str, scope: Scope, place: Place) -> Value:
    binding = scope.bindings[name]
    scope.values[name] = Unknown(place, f"{name} is defined by itself")
    scope.values[name] = _value(name, binding, scope)
    return scope.values[name]


def _value(name: str, binding: Binding, scope: Scope) -> Value:
    node, place = binding.node, Place(scope.module, binding.node)
    match binding.kind:
        case "function":
            return function_of(node, scope)
        case "class":
            return _class(name, node, binding.doc_node, scope)
        case "enum":
            return enum_of(node, scope, evaluate)
        case "import":
            return _imported(binding.name, binding.source, scope.module, place)
        case "part":
            return member(evaluate(node, scope), binding.name, place)
        case "rest":
            return rest(evaluate(node, scope), binding.name.split(), place)
    return evaluate(node, scope)


def _imported(name: str, source: str, importer: Module, place: Place, seen: frozenset[Module] = frozenset()) -> Value:
    module = importer.program.imported(source, importer.path)
    if module is None:
        if source.startswith("."):
            return Unknown(place, f"there is no file {source}")
        return Symbol(source, name, place)
    if name == "*":
        return namespace(module, place)
    found = exported(module, name, place, seen)
    return Unknown(place, f"{module.path} exports no {name}") if found is None else found


def namespace(module: Module, place: Place, seen: frozenset[Module] = frozenset()) -> Record:
    """Everything a file exports."""
    entries: dict[str, Value] = {}
    for source in module.star_exports:
        other = module.program.imported(source, module.path)
        if other is not None and other not in seen:
            entries.update(namespace(other, place, seen | {module}).entries)
    for name in module.exports:
        found = exported(module, name, place)
        if found is not None:
            entries[name] = found
    return Record(entries, place)


def _class(name: str, node: Node, statement: Node | None, scope: Scope) -> Class:
    before = [child for child in statement.children if child.type == "decorator"] if statement is not None else []
    own = [child for child in node.children if child.type == "decorator"]
    outer = before if statement is not None and statement.type == "export_statement" else []
    decorators = tuple(outer + own)
    first = node.child_by_field_name("name")
    doc = doc_before(statement if statement is not None else node)
    return Class(text_of(first) if first else name, node, decorators, scope, Place(scope.module, node), doc)


def _call(node: Node, scope: Scope) -> Value:
    place = Place(scope.module, node)
    function, arguments = node.child_by_field_name("function"), node.child_by_field_name("arguments")
    if function is None or arguments is None:
        return Unknown(place)
    callee = evaluate(function, scope)
    if arguments.type == "template_string":
        texts, values = pieces(arguments, scope, evaluate)
        return Template(callee, texts, values, place)
    return apply(callee, arguments_of(arguments, scope, evaluate), place)


def _new(node: Node, scope: Scope) -> Value:
    constructor, arguments = node.child_by_field_name("constructor"), node.child_by_field_name("arguments")
    if constructor is None:
        return Unknown(Place(scope.module, node))
    values = arguments_of(arguments, scope, evaluate) if arguments is not None else []
    return Call(evaluate(constructor, scope), tuple(values), Place(scope.module, node), is_new=True)


def _member(node: Node, scope: Scope) -> Value:
    owner, name = node.child_by_field_name("object"), node.child_by_field_name("property")
    place = Place(scope.module, node)
    if owner is None or name is None:
        return Unknown(place)
    return member(evaluate(owner, scope), text_of(name), place)


def _subscript(node: Node, scope: Scope) -> Value:
    owner, index = node.child_by_field_name("object"), node.child_by_field_name("index")
    place = Place(scope.module, node)
    key = evaluate(index, scope) if index is not None else Undefined(place)
    number = number_of(key)
    name = text_of_value(key) if number is None else str(number)
    if owner is None or name is None:
        return Unknown(place)
    return member(evaluate(owner, scope), name, place)


def _identifier(node: Node, scope: Scope) -> Value:
    return lookup(text_of(node), scope, Place(scope.module, node))


def _string(node: Node, scope: Scope) -> Value:
    return Constant(string_text(node), Place(scope.module, node))


def _ternary(node: Node, scope: Scope) -> Value:
    condition = node.child_by_field_name("condition")
    chosen = truth_of(evaluate(condition, scope)) if condition is not None else None
    part = node.child_by_field_name("consequence" if chosen else "alternative")
    if chosen is None or part is None:
        return Unknown(Place(scope.module, node), "which of the two depends on a condition")
    return evaluate(part, scope)


def _unary(node: Node, scope: Scope) -> Value:
    place = Place(scope.module, node)
    operator, argument = node.child_by_field_name("operator"), node.child_by_field_name("argument")
    value = evaluate(argument, scope) if argument is not None else Undefined(place)
    return signed(text_of(operator) if operator is not None else "", value, place)


def _binary(node: Node, scope: Scope) -> Value:
    place = Place(scope.module, node)
    operator = node.child_by_field_name("operator")
    left, right = (evaluate(part, scope) for part in (node.named_children[0], node.named_children[-1]))
    return combined(text_of(operator) if operator is not None else "", left, right, place)


def _constant(value: bool | None) -> Callable[[Node, Scope], Value]:
    return lambda node, scope: Constant(value, Place(scope.module, node))


def _undefined(node: Node, scope: Scope) -> Value:
    return Undefined(Place(scope.module, node))


def _class_expression(node: Node, scope: Scope) -> Value:
    return _class("", node, None, scope)


_HANDLERS: Mapping[str, Callable[[Node, Scope], Value]] = {
    "array": lambda node, scope: items_of(node, scope, evaluate),
    "arrow_function": function_of,
    "binary_expression": _binary,
    "call_expression": _call,
    "class": _class_expression,
    "false": _constant(False),
    "function_expression": function_of,
    "identifier": _identifier,
    "member_expression": _member,
    "new_expression": _new,
    "null": _constant(None),
    "number": number_in,
    "object": lambda node, scope: object_of(node, scope, evaluate),
    "shorthand_property_identifier": _identifier,
    "string": _string,
    "subscript_expression": _subscript,
    "template_string": lambda node, scope: text_with_values(node, scope, evaluate),
    "ternary_expression": _ternary,
    "true": _constant(True),
    "unary_expression": _unary,
    "undefined": _undefined,
}

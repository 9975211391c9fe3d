"""An expression -> its value, as far as reading alone tells. Functions of the user's own are followed when they do
nothing but define constants and return; nothing is run."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from tree_sitter import Node

from lab.readers.typescript.builtins import built_in
from lab.readers.typescript.program import Binding, Module, Scope, bindings
from lab.readers.typescript.syntax import doc_before, string_text, text_of, unescape
from lab.readers.typescript.values import (
    Call,
    Class,
    Constant,
    Function,
    Items,
    Member,
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
        _bind_parameter(parameter, arguments, number, scope, place)
    program.depth += 1
    try:
        if function.body.type == "statement_block":
            return _returned(function.body, scope) or Undefined(place)
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


def member(value: Value, name: str, place: Place) -> Value:
    """`value.name`."""
    match value:
        case Record():
            if name in value.entries:
                return value.entries[name]
            return value.unknown[0] if value.unknown else Undefined(place)
        case Items() if name.isdigit():
            return value.values[int(name)] if int(name) < len(value.values) else Undefined(place)
        case Items() if name == "length":
            return Constant(len(value.values), place)
        case Symbol(name="*"):
            return Symbol(value.module, name, place)
        case Unknown():
            return Unknown(place, value.reason)
    return Member(value, name, place)


def _bound(name: str, scope: Scope, place: Place) -> Value:
    binding = scope.bindings[name]
    scope.values[name] = Unknown(place, f"{name} is defined by itself")
    scope.values[name] = _value(name, binding, scope)
    return scope.values[name]


def _value(name: str, binding: Binding, scope: Scope) -> Value:
    node, place = binding.node, Place(scope.module, binding.node)
    match binding.kind:
        case "function":
            return _function(node, scope)
        case "class":
            return _class(name, node, binding.doc_node, scope)
        case "enum":
            return _enum(node, scope)
        case "import":
            return _imported(binding.name, binding.source, scope.module, place)
        case "part":
            return member(evaluate(node, scope), binding.name, place)
        case "rest":
            return _rest(evaluate(node, scope), binding.name.split(), place)
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


def _enum(node: Node, scope: Scope) -> Record:
    entries: dict[str, Value] = {}
    body = node.child_by_field_name("body")
    following = 0
    for item in body.named_children if body is not None else ():
        if item.type == "comment":
            continue
        place = Place(scope.module, item)
        name_node = item.child_by_field_name("name") if item.type == "enum_assignment" else item
        value_node = item.child_by_field_name("value") if item.type == "enum_assignment" else None
        name = _key(name_node, scope) if name_node is not None else None
        value = evaluate(value_node, scope) if value_node is not None else Constant(following, place)
        number = number_of(value)
        following = following + 1 if number is None else number + 1
        if name is not None:
            entries[name] = value
    return Record(entries, Place(scope.module, node))


def _function(node: Node, scope: Scope) -> Value:
    place = Place(scope.module, node)
    body = node.child_by_field_name("body")
    single = node.child_by_field_name("parameter")
    parameters = node.child_by_field_name("parameters")
    if body is None:
        return Unknown(place)
    listed = tuple(child for child in parameters.named_children if child.type != "comment") if parameters else ()
    return Function((single,) if single is not None else listed, body, scope, place)


def _bind_parameter(parameter: Node, arguments: Sequence[Value], number: int, scope: Scope, place: Place) -> None:
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
    _bind_pattern(pattern, value, scope)


def _bind_pattern(pattern: Node, value: Value, scope: Scope) -> None:
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
                    _bind_pattern(local, member(value, text_of(key), place), scope)
            case "rest_pattern":
                scope.values[text_of(part.named_children[0])] = _rest(value, taken, place)


def _rest(value: Value, taken: Collection[str], place: Place) -> Value:
    if not isinstance(value, Record):
        return Unknown(place, value.reason if isinstance(value, Unknown) else "only running it would tell")
    left = {name: item for name, item in value.entries.items() if name not in taken}
    return Record(left, place, value.docs, value.unknown)


def _returned(block: Node, scope: Scope) -> Value | None:
    """What a block returns; None when it runs to its end."""
    scope.bindings.update(bindings(block))
    for statement in block.named_children:
        match statement.type:
            case "return_statement":
                place = Place(scope.module, statement)
                return evaluate(statement.named_children[0], scope) if statement.named_children else Undefined(place)
            case "if_statement":
                branch = _branch(statement, scope)
                if branch is not None:
                    return branch
            case "for_statement" | "for_in_statement" | "while_statement" | "switch_statement" | "try_statement":
                return Unknown(Place(scope.module, statement), "what it returns depends on a loop or a switch")
    return None


def _branch(statement: Node, scope: Scope) -> Value | None:
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
        return _returned(part, Scope(scope.module, parent=scope))
    return evaluate(part.named_children[0], scope) if part.type == "return_statement" else None


def _key(node: Node, scope: Scope) -> str | None:
    """The name of an object's entry; None for a computed one that is unknown."""
    match node.type:
        case "string":
            return string_text(node)
        case "computed_property_name":
            value = evaluate(node.named_children[0], scope)
            number = number_of(value)
            return text_of_value(value) if number is None else str(number)
    return text_of(node)


def _object(node: Node, scope: Scope) -> Value:
    entries: dict[str, Value] = {}
    docs: dict[str, str] = {}
    unknown: list[Unknown] = []
    for part in node.named_children:
        place = Place(scope.module, part)
        match part.type:
            case "pair":
                key, value = part.child_by_field_name("key"), part.child_by_field_name("value")
                name = _key(key, scope) if key is not None else None
                if name is None or value is None:
                    unknown.append(Unknown(place, "its name is computed"))
                    continue
                entries[name] = evaluate(value, scope)
                docs[name] = doc_before(part)
            case "shorthand_property_identifier":
                entries[text_of(part)] = lookup(text_of(part), scope, place)
            case "method_definition":
                name_node = part.child_by_field_name("name")
                entries[text_of(name_node) if name_node else ""] = _function(part, scope)
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


def _array(node: Node, scope: Scope) -> Value:
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


def _call(node: Node, scope: Scope) -> Value:
    place = Place(scope.module, node)
    function, arguments = node.child_by_field_name("function"), node.child_by_field_name("arguments")
    if function is None or arguments is None:
        return Unknown(place)
    callee = evaluate(function, scope)
    if arguments.type == "template_string":
        texts, values = _pieces(arguments, scope)
        return Template(callee, texts, values, place)
    return apply(callee, _arguments(arguments, scope), place)


def _arguments(node: Node, scope: Scope) -> list[Value]:
    values: list[Value] = []
    for part in node.named_children:
        if part.type == "spread_element":
            spread = evaluate(part.named_children[0], scope)
            values += spread.values if isinstance(spread, Items) else (Unknown(Place(scope.module, part)),)
        elif part.type != "comment":
            values.append(evaluate(part, scope))
    return values


def _new(node: Node, scope: Scope) -> Value:
    constructor, arguments = node.child_by_field_name("constructor"), node.child_by_field_name("arguments")
    if constructor is None:
        return Unknown(Place(scope.module, node))
    values = _arguments(arguments, scope) if arguments is not None else []
    return Call(evaluate(constructor, scope), tuple(values), Place(scope.module, node), is_new=True)


def _pieces(node: Node, scope: Scope) -> tuple[tuple[str, ...], tuple[Value, ...]]:
    """A template's texts, and the values between them."""
    texts, values = [""], []
    for part in node.named_children:
        if part.type == "template_substitution":
            values.append(evaluate(part.named_children[0], scope))
            texts.append("")
        else:
            texts[-1] += unescape(text_of(part)) if part.type == "escape_sequence" else text_of(part)
    return tuple(texts), tuple(values)


def _template(node: Node, scope: Scope) -> Value:
    place = Place(scope.module, node)
    texts, values = _pieces(node, scope)
    whole = texts[0]
    for value, text in zip(values, texts[1:], strict=True):
        if not isinstance(value, Constant):
            return Unknown(place, value.reason if isinstance(value, Unknown) else "a part of the text is unknown")
        whole += str(value.value) + text
    return Constant(whole, place)


def _number(node: Node, scope: Scope) -> Value:
    place, digits = Place(scope.module, node), text_of(node).replace("_", "").rstrip("n")
    try:
        return Constant(int(digits, 0), place, digits)
    except ValueError:
        return Constant(float(digits), place, digits)


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
    sign = text_of(operator) if operator is not None else ""
    if sign == "!":
        truth = truth_of(value)
        return Unknown(place) if truth is None else Constant(not truth, place)
    if sign == "-" and isinstance(value, Constant) and isinstance(value.value, int | float):
        return Constant(-value.value, place, f"-{value.digits}")
    return value if sign == "+" else Unknown(place)


def _binary(node: Node, scope: Scope) -> Value:
    place = Place(scope.module, node)
    operator = node.child_by_field_name("operator")
    left, right = (evaluate(part, scope) for part in (node.named_children[0], node.named_children[-1]))
    return _combined(text_of(operator) if operator is not None else "", left, right, place)


def _combined(operator: str, left: Value, right: Value, place: Place) -> Value:
    truth = truth_of(left)
    match operator:
        case "||" | "&&" if truth is not None:
            return left if truth == (operator == "||") else right
        case "??" if not isinstance(left, Unknown | Member | Call):
            is_nothing = isinstance(left, Undefined) or (isinstance(left, Constant) and left.value is None)
            return right if is_nothing else left
    if not isinstance(left, Constant) or not isinstance(right, Constant):
        return Unknown(place)
    one, two = left.value, right.value
    if operator in ("===", "==", "!==", "!="):
        return Constant((one == two) == (operator[0] == "="), place)
    if operator == "+" and (isinstance(one, str) or isinstance(two, str)):
        return Constant(f"{one}{two}", place)
    if isinstance(one, int | float) and isinstance(two, int | float) and operator in _ARITHMETIC:
        return Constant(_ARITHMETIC[operator](one, two), place)
    return Unknown(place)


def _constant(value: bool | None) -> Callable[[Node, Scope], Value]:
    return lambda node, scope: Constant(value, Place(scope.module, node))


def _undefined(node: Node, scope: Scope) -> Value:
    return Undefined(Place(scope.module, node))


def _class_expression(node: Node, scope: Scope) -> Value:
    return _class("", node, None, scope)


_ARITHMETIC: Mapping[str, Callable[[float, float], float]] = {
    "+": lambda one, two: one + two,
    "-": lambda one, two: one - two,
    "*": lambda one, two: one * two,
    "**": lambda one, two: one**two,
}
_HANDLERS: Mapping[str, Callable[[Node, Scope], Value]] = {
    "array": _array,
    "arrow_function": _function,
    "binary_expression": _binary,
    "call_expression": _call,
    "class": _class_expression,
    "false": _constant(False),
    "function_expression": _function,
    "identifier": _identifier,
    "member_expression": _member,
    "new_expression": _new,
    "null": _constant(None),
    "number": _number,
    "object": _object,
    "string": _string,
    "subscript_expression": _subscript,
    "template_string": _template,
    "ternary_expression": _ternary,
    "true": _constant(True),
    "unary_expression": _unary,
    "undefined": _undefined,
}

"""What JavaScript's operators make of values that are known."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from lab.readers.typescript.values import (
    Call,
    Constant,
    Items,
    Member,
    Place,
    Record,
    Symbol,
    Undefined,
    Unknown,
    Value,
    truth_of,
)


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


def rest(value: Value, taken: Collection[str], place: Place) -> Value:
    """What is left of an object without some of its entries."""
    if not isinstance(value, Record):
        return Unknown(place, value.reason if isinstance(value, Unknown) else "only running it would tell")
    left = {name: item for name, item in value.entries.items() if name not in taken}
    return Record(left, place, value.docs, value.unknown)


def signed(sign: str, value: Value, place: Place) -> Value:
    """A sign before a value, or its contrary."""
    if sign == "!":
        truth = truth_of(value)
        return Unknown(place) if truth is None else Constant(not truth, place)
    if sign == "-" and isinstance(value, Constant) and isinstance(value.value, int | float):
        return Constant(-value.value, place, f"-{value.digits}")
    return value if sign == "+" else Unknown(place)


def combined(operator: str, left: Value, right: Value, place: Place) -> Value:
    """Of an operator between two values."""
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


_ARITHMETIC: Mapping[str, Callable[[float, float], float]] = {
    "+": lambda one, two: one + two,
    "-": lambda one, two: one - two,
    "*": lambda one, two: one * two,
    "**": lambda one, two: one**two,
}

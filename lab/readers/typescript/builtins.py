"""JavaScript's own functions that schemas are written with, over values that are known."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from lab.readers.typescript.values import (
    Constant,
    Items,
    Member,
    Place,
    Record,
    Symbol,
    Value,
    number_of,
    text_of,
)

Apply = Callable[[Value, Sequence[Value], Place], Value]


def built_in(function: Value, arguments: Sequence[Value], place: Place, apply: Apply) -> Value | None:
    """The result of a call such as `Object.values(Status)` or `names.map(…)`; None when it is no such call."""
    if not isinstance(function, Member):
        return None
    if isinstance(function.object, Symbol):
        return _of_object(function.name, arguments, place) if function.object.name == "Object" else None
    if isinstance(function.object, Items):
        return _of_list(function.object, function.name, arguments, place, apply)
    text = text_of(function.object)
    return None if text is None else _of_text(text, function.name, arguments, place)


def _of_object(name: str, arguments: Sequence[Value], place: Place) -> Value | None:
    """`Object.<name>(…)`."""
    subject = arguments[0] if arguments else None
    if name in ("freeze", "seal") and subject is not None:
        return subject
    if not isinstance(subject, Record) or subject.unknown:
        return None
    names: tuple[Value, ...] = tuple(Constant(key, place) for key in subject.entries)
    match name:
        case "values":
            return Items(tuple(subject.entries.values()), place)
        case "keys":
            return Items(names, place)
        case "entries":
            pairs = zip(names, subject.entries.values(), strict=True)
            return Items(tuple(Items(pair, place) for pair in pairs), place)
    return None


def _of_list(items: Items, name: str, arguments: Sequence[Value], place: Place, apply: Apply) -> Value | None:
    match name:
        case "map" if arguments:
            return Items(
                tuple(apply(arguments[0], [item, Constant(n, place)], place) for n, item in enumerate(items.values)),
                place,
            )
        case "concat" if all(isinstance(other, Items) for other in arguments):
            more = [value for other in arguments if isinstance(other, Items) for value in other.values]
            return Items((*items.values, *more), place)
        case "slice":
            start, end = (number_of(arguments[n]) if len(arguments) > n else None for n in (0, 1))
            return Items(items.values[start:end], place)
        case "join":
            texts = [text_of(item) for item in items.values]
            separator = text_of(arguments[0]) if arguments else ","
            if separator is None or None in texts:
                return None
            return Constant(separator.join(text for text in texts if text is not None), place)
    return None


def _of_text(text: str, name: str, arguments: Sequence[Value], place: Place) -> Value | None:
    match name:
        case "toLowerCase":
            return Constant(text.lower(), place)
        case "toUpperCase":
            return Constant(text.upper(), place)
        case "trim":
            return Constant(text.strip(), place)
        case "toString":
            return Constant(text, place)
        case "concat":
            more = [text_of(argument) for argument in arguments]
            return None if None in more else Constant(text + "".join(part or "" for part in more), place)
    return None

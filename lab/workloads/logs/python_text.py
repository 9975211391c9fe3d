"""Commands as the functions of a mongodb.py."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from lab.model.placeholder import rewrite_placeholders
from lab.model.workload import Operation

_WIDTH = 108
_HEAD = '''\
"""The operations of queries.sql as MongoDB commands, as a profile had them; workloads/README.md describes the file."""
'''


@dataclass(frozen=True, slots=True)
class Name:
    """What stands in the text as it is: a parameter of the function."""

    text: str

    def __repr__(self) -> str:
        return self.text


def printed(value: Any, indent: int = 4) -> str:
    """A Python expression, on one line what fits."""
    whole = _flat(value)
    if len(whole) + indent <= _WIDTH or not isinstance(value, dict | list) or not value:
        return whole
    inner = " " * (indent + 4)
    if isinstance(value, dict):
        items = [f"{_flat(key)}: {printed(item, indent + 4)}" for key, item in value.items()]
    else:
        items = [printed(item, indent + 4) for item in value]
    marks = "{}" if isinstance(value, dict) else "[]"
    return f"{marks[0]}\n" + "".join(f"{inner}{item},\n" for item in items) + f"{' ' * indent}{marks[1]}"


def _flat(value: Any) -> str:
    match value:
        case dict():
            return "{" + ", ".join(f"{_flat(key)}: {_flat(item)}" for key, item in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(_flat, value)) + "]"
        case str():
            return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return repr(value)


def split_functions(operations: Iterable[Operation]) -> tuple[list[Operation], dict[str, str]]:
    """The operations in SQL alone, and by name the functions of what some had beside it."""
    plain, functions = [], {}
    for operation in operations:
        texts = dict(operation.sql)
        own = texts.pop("mongodb", None)
        plain.append(replace(operation, sql=texts))
        if own is not None:
            functions[operation.name] = _function(operation, own)
    return plain, functions


def join_functions(functions: Iterable[str]) -> str:
    """The text of mongodb.py; empty without functions."""
    texts = list(functions)
    return "\n\n".join([_HEAD, *texts]) if texts else ""


def _function(operation: Operation, text: str) -> str:
    signature, _, expression = text.partition("\n")
    arguments = [parameter.name for parameter in operation.parameters] + ([signature] if signature else [])
    body = rewrite_placeholders(expression, lambda name: name)
    return f"def {operation.name}({', '.join(arguments)}):\n    return {body}\n"

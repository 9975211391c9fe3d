"""Operations as text: the extended JSON of one database command, or of a list of commands that run one after another;
of a list that ends with `{"commitTransaction": 1}`, as one transaction.

A parameter is `{"$param": "user_id"}`, with `"as": "date"`, `"decimal"`, `"long"` or `"uuid"` where the command needs
a value of that type; inside a string it is `{user_id}`.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from bson import Binary, Decimal128, Int64, json_util

from lab.model.workload import Value

Command = dict[str, Any]
COMMIT = "commitTransaction"
WRITES = ("insert", "update", "delete", "findAndModify", "findandmodify")

_TYPED = ("$date", "$numberDecimal", "$numberLong", "$numberInt", "$numberDouble", "$oid", "$uuid", "$binary")
_RESHAPING = ("$group", "$replaceRoot", "$replaceWith", "$count", "$facet", "$bucket", "$sortByCount", "$unionWith")


def parse(text: str) -> list[Command]:
    """The commands of a text. Raises ValueError with what is wrong."""
    try:
        found = json.loads(text, object_hook=_typed)
    except json.JSONDecodeError as error:
        raise ValueError(f"this is no JSON: {error}") from error
    commands = found if isinstance(found, list) else [found]
    if not commands or not all(isinstance(command, dict) and command for command in commands):
        raise ValueError('a command is an object that begins with its name: {"find": "orders", …}')
    if any(COMMIT in command for command in commands[:-1]) or COMMIT in commands[0]:
        raise ValueError(f"{COMMIT} ends the commands it makes one transaction of, and stands nowhere else")
    return commands


def is_transaction(commands: Sequence[Command]) -> bool:
    """Whether they end with `{"commitTransaction": 1}`."""
    return COMMIT in commands[-1]


def _typed(document: dict[str, Any]) -> Any:
    """Dates, decimals and other values extended JSON spells as documents. `$regex` and the like stay operators."""
    return json_util.object_hook(document) if next(iter(document), None) in _TYPED else document


def render(command: Mapping[str, Any]) -> str:
    return json_util.dumps(command, json_options=json_util.RELAXED_JSON_OPTIONS, ensure_ascii=False)


def fill(template: Any, parameters: Mapping[str, Value]) -> Any:
    """A command with its parameters' values. Raises ValueError for a value that is not of the type asked for."""
    if isinstance(template, dict):
        if "$param" in template:
            return convert(parameters[template["$param"]], template.get("as", ""))
        return {key: fill(value, parameters) for key, value in template.items()}
    if isinstance(template, list):
        return [fill(value, parameters) for value in template]
    if isinstance(template, str) and "{" in template:
        return re.sub(r"\{(\w+)\}", lambda match: _inserted(match, parameters), template)
    return template


def _inserted(match: re.Match[str], parameters: Mapping[str, Value]) -> str:
    return str(parameters[match[1]]) if match[1] in parameters else match[0]


_CONVERSIONS: Mapping[str, Callable[[Any], Any]] = {
    "": lambda value: value,
    "date": lambda value: moment(str(value)),
    "decimal": lambda value: Decimal128(str(value)),
    "long": Int64,
    "uuid": lambda value: Binary.from_uuid(uuid.UUID(str(value))),
}


def convert(value: Value, kind: str) -> Any:
    if value is None:
        return None
    try:
        return _CONVERSIONS[kind](value)
    except KeyError:
        raise ValueError(f"a parameter cannot be had as {kind!r}: as {', '.join(filter(None, _CONVERSIONS))}") from None
    except (ArithmeticError, TypeError) as error:
        raise ValueError(f"{value!r} is no {kind}") from error


def moment(text: str) -> datetime:
    """A time as parameters spell it; one without a zone is in UTC."""
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def columns(command: Command) -> list[str] | None:
    """The fields a read's rows are made of, in the order the last $project (or a find's projection) names them; None
    for those of each document, without `_id`."""
    if "find" in command:
        return _included(command.get("projection"))
    for stage in reversed(command.get("pipeline", ())):
        name = next(iter(stage))
        if name == "$project":
            return _included(stage[name])
        if name in _RESHAPING:
            return None
    return None


def _included(projection: Mapping[str, Any] | None) -> list[str] | None:
    names = [name for name, value in (projection or {}).items() if value not in (0, False)]
    return names or None

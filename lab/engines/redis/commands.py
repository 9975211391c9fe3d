"""Operations as text: a JSON list of commands, sent as one pipeline.

A parameter is `{name}` inside a string, or `{"$param": "name"}`; `{name.epoch}` is a time as seconds since 1970. The
text of a script (the first argument of EVAL) is left as it is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import hiredis

from lab.model.workload import Value

Command = list[Any]

_PLACE = re.compile(r"\{(\w+)(?:\.(\w+))?\}")
_SCRIPTS = ("EVAL", "EVAL_RO")


def parse(text: str) -> list[Command]:
    """The commands of a text. Raises ValueError with what is wrong."""
    try:
        found = json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"this is no JSON: {error}") from error
    commands = [found] if isinstance(found, list) and found and isinstance(found[0], str) else found
    if not isinstance(commands, list) or not commands:
        raise ValueError('write a list of commands: [["HGETALL", "product:{product_id}"]]')
    for command in commands:
        if not isinstance(command, list) or not command or not isinstance(command[0], str):
            raise ValueError(f'a command is a list that begins with its name, such as ["GET", "key"], not {command!r}')
    return commands


def pack(commands: Iterable[Sequence[str]]) -> bytes:
    """Commands in the protocol's form, one behind the other."""
    return b"".join(hiredis.pack_command(tuple(command)) for command in commands)  # type: ignore[arg-type]


def is_script(command: Sequence[Any]) -> bool:
    return str(command[0]).upper() in _SCRIPTS


def fill(command: Command, parameters: Mapping[str, Value]) -> list[str]:
    """A command with its parameters' values, everything as text. Raises ValueError."""
    kept = 2 if is_script(command) else 1
    return [str(part) for part in command[:kept]] + [_filled(part, parameters) for part in command[kept:]]


def _filled(part: Any, parameters: Mapping[str, Value]) -> str:
    if isinstance(part, dict):
        return converted(parameters[part["$param"]], part.get("as", ""))
    if isinstance(part, bool):
        return str(int(part))
    return _PLACE.sub(lambda match: _inserted(match, parameters), str(part))


def _inserted(match: re.Match[str], parameters: Mapping[str, Value]) -> str:
    return converted(parameters[match[1]], match[2] or "") if match[1] in parameters else match[0]


def converted(value: Value, kind: str) -> str:
    match kind:
        case "":
            return str(int(value)) if isinstance(value, bool) else "" if value is None else str(value)
        case "epoch":
            return epoch(str(value))
    raise ValueError(f"a parameter cannot be had as {kind!r} in Redis: as it is, or as epoch")


def epoch(text: str) -> str:
    """Seconds since 1970, to the microsecond; a time without a zone is in UTC."""
    moment = datetime.fromisoformat(text)
    zoned = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    micros = (zoned - datetime(1970, 1, 1, tzinfo=UTC)) // _MICROSECOND
    return seconds(micros)


_MICROSECOND = datetime.resolution


def seconds(micros: int) -> str:
    whole, part = divmod(abs(micros), 1_000_000)
    return f"{'-' if micros < 0 else ''}{whole}.{part:06d}"

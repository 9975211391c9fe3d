"""Rows of replies, where a command reads.

| command | rows |
|---|---|
| HMGET, HGETALL | one, of its values; none where there is no such key |
| a script | each list of the list it returns |
| GET, LRANGE, ZRANGE, … | one for each member; a member that is a JSON array is a row, or rows |
| ZCARD, EXISTS, … | one, of the number |
| whatever writes | none |
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

Row = tuple[Any, ...]

_WHOLE = ("HMGET", "HGETALL")


def rows(name: str, reply: Any) -> Iterator[Row]:
    """The rows of the reply to a command that reads; `name` in capitals."""
    if name == "HGETALL":
        reply = reply[1::2]
    if name in _WHOLE:
        if any(value is not None for value in reply):
            yield tuple(map(_text, reply))
    elif isinstance(reply, list):
        for member in reply:
            yield from _member(member)
    else:
        yield from _member(reply)


def _member(value: Any) -> Iterator[Row]:
    if value is None:
        return
    if isinstance(value, list):
        yield tuple(map(_text, value))
        return
    text = _text(value)
    if isinstance(text, str) and text.startswith("["):
        yield from _spelled(text)
    else:
        yield (text,)


def _spelled(text: str) -> Iterator[Row]:
    """A row, or several, kept as JSON."""
    try:
        found = json.loads(text)
    except ValueError:
        yield (text,)
        return
    if found and all(isinstance(item, list) for item in found):
        yield from map(tuple, found)
    else:
        yield tuple(found)


def _text(value: Any) -> Any:
    return value.decode(errors="replace") if isinstance(value, bytes) else value

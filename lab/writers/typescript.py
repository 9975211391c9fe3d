"""Pieces of TypeScript's text."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

RESERVED = frozenset(
    "break case catch class const continue debugger default delete do else enum export extends false finally for "
    "function if import in instanceof new null return super switch this throw true try typeof var void while with "
    "yield let static await async implements interface package private protected public arguments eval "
    "constructor".split()
)


def text(value: str) -> str:
    """A string's literal."""
    return json.dumps(value, ensure_ascii=False)


def template(value: str) -> str:
    """A string's literal in backticks, as SQL is read best; a plain one where there is nothing to gain."""
    if '"' not in value and "\n" not in value:
        return text(value)
    escaped = value.replace("\\", "\\\\").replace("`", "\\`").replace("${", "\\${")
    return f"`{escaped}`"


def record(entries: Mapping[str, str | None]) -> str:
    """An object of what is not None, the values as they stand; nothing when it would be empty."""
    said = ", ".join(f"{key}: {value}" for key, value in entries.items() if value is not None)
    return f"{{ {said} }}" if said else ""


def listed(values: Iterable[str]) -> str:
    """A list of strings."""
    return f"[{', '.join(map(text, values))}]"


def doc(comment: str, indent: str = "") -> str:
    """A comment for the reader of the program, with its line's end; empty for none."""
    lines = [line.replace("*/", "* /").rstrip() for line in comment.splitlines()]
    if not lines:
        return ""
    if len(lines) == 1:
        return f"{indent}/** {lines[0]} */\n"
    return f"{indent}/**\n" + "".join(f"{indent} * {line}".rstrip() + "\n" for line in lines) + f"{indent} */\n"

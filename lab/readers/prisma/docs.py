"""`///` lines -> a comment, and the lab's own extension: `/// @check(expression)`, which Prisma cannot say.

The expression is SQL over the table's columns, by their names in the database. On a field it may start with an
operator, and then is about that field's column: `/// @check(>= 0)`. A name stands before it, as Prisma names
constraints: `/// @check(map: "prices_positive", price >= 0)`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from lab.errors import LabError
from lab.model.schema import Check, Position
from lab.readers.expressions import deparse, parse_expression, quoted
from lab.readers.prisma.syntax import DocLine

_QUOTED = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"")
_NAMED = re.compile(r'\s*map:\s*"((?:[^"\\]|\\.)+)"\s*,')
_OPERATOR = re.compile(r"[<>=!~]|(?:in|between|like|ilike|similar|is|not\s+(?:in|between|like|ilike|similar))\b", re.I)


def comment(lines: Sequence[DocLine]) -> str:
    """The lines that are neither checks nor words to the audit (`lab:ignore`)."""
    said = (line.text for line, is_check in _marked(lines) if not is_check)
    return "\n".join(text for text in said if not re.match(r"\s*lab:ignore\b", text)).strip()


def checks(lines: Sequence[DocLine], column: str | None = None) -> tuple[Check, ...]:
    """The checks among the lines; `column` is that of the field they stand on. Raises LabError when one is no SQL."""
    found: list[Check] = []
    inside: list[DocLine] = []
    for line, is_check in _marked(lines):
        if not is_check:
            continue
        inside = [line] if line.text.startswith("@check") else [*inside, line]
        joined = "\n".join(part.text for part in inside)
        if _is_balanced(joined):
            found.append(_check(joined, column, inside[0].position))
    return tuple(found)


def _marked(lines: Sequence[DocLine]) -> Iterator[tuple[DocLine, bool]]:
    """Each line, and whether it belongs to a check."""
    open_check: list[DocLine] = []
    for line in lines:
        if not open_check and not re.match(r"@check\b", line.text):
            yield line, False
            continue
        open_check.append(line)
        yield line, True
        if _is_balanced("\n".join(part.text for part in open_check)):
            open_check = []
    if open_check:
        raise LabError(
            f"{open_check[0].position}: this @check is not closed",
            "close its parenthesis: /// @check(price >= 0)",
        )


def _is_balanced(text: str) -> bool:
    bare = _QUOTED.sub("", text)
    return "(" in bare and bare.count("(") <= bare.count(")")


def _check(text: str, column: str | None, position: Position) -> Check:
    match = re.fullmatch(r"@check\s*\((.*)\)", text, re.DOTALL)
    if match is None or not match[1].strip():
        raise LabError(f"{position}: @check needs an expression in parentheses", "write /// @check(price >= 0)")
    named = _NAMED.match(match[1])
    expression = (match[1][named.end() :] if named else match[1]).strip()
    name = named[1].replace('\\"', '"').replace("\\\\", "\\") if named else None
    if column is not None and _OPERATOR.match(expression):
        expression = f"{quoted(column)} {expression}"
    try:
        return Check(deparse(parse_expression(expression)), name, position)
    except ValueError as error:
        raise LabError(
            f"{position}: @check({expression}) is no SQL expression: {error}", "write /// @check(price >= 0)"
        ) from error

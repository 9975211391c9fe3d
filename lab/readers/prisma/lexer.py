"""Prisma text -> tokens."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lab.errors import LabError
from lab.model.schema import Position

_TOKEN = re.compile(
    r"""
      (?P<space>[ \t\r\f\ufeff]+)
    | (?P<newline>\n)
    | (?P<doc>///[^\n]*)
    | (?P<comment>//[^\n]* | /\*.*?\*/)
    | (?P<string>"(?:[^"\\\n]|\\.)*")
    | (?P<number>-?\d+(?:\.\d+)?(?!\w))
    | (?P<name>\w[\w-]*)
    | (?P<mark>@@ | [@{}()\[\],:?!=.])
    """,
    re.VERBOSE | re.DOTALL,
)
_WRONG = {
    '"': ("this string is not closed", 'end it with " on the same line'),
    "'": ("strings are written in double quotes", "write \"…\" for '…'"),
    "/": ("this comment is not closed", "end it with */, or begin it with //"),
    ";": ("Prisma has no ;", "remove it: the line's end ends a declaration"),
}


@dataclass(frozen=True, slots=True)
class Token:
    """`kind` is `name`, `number`, `string`, `doc`, `newline`, `mark` or `end`."""

    kind: str
    text: str
    position: Position


def tokens(text: str, file: str) -> list[Token]:
    """The tokens of a file, `end` last; newlines inside ( ) and [ ] are left out, and so are comments, with
    the whole line when there is nothing else on it.

    Raises LabError at a character that begins nothing.
    """
    found: list[Token] = []
    line, line_start, offset, depth = 1, 0, 0, 0
    is_comment_line = False
    while offset < len(text):
        match = _TOKEN.match(text, offset)
        position = Position(file, line, offset - line_start + 1)
        if match is None:
            raise _unknown_character(text[offset], position)
        kind, lexeme = match.lastgroup or "", match[0]
        offset = match.end()
        if kind == "mark":
            depth += (lexeme in "([") - (lexeme in ")]")
        if kind == "comment":
            is_comment_line = not found or found[-1].kind == "newline"
        is_kept = kind not in ("space", "comment") and not (kind in ("newline", "doc") and depth > 0)
        if is_kept and not (kind == "newline" and is_comment_line):
            found.append(Token(kind, lexeme, position))
        if kind == "newline":
            is_comment_line = False
        if breaks := lexeme.count("\n"):
            line, line_start = line + breaks, match.start() + lexeme.rindex("\n") + 1
    found.append(Token("end", "", Position(file, line, offset - line_start + 1)))
    return found


def _unknown_character(character: str, position: Position) -> LabError:
    message, hint = _WRONG.get(character, (f"unexpected {character!r}", "remove it"))
    return LabError(f"{position}:{position.column}: {message}", hint)

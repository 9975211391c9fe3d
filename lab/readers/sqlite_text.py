"""What of SQLite's tables stands in the text of CREATE TABLE alone: checks, generated columns, collations."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_PIECE = re.compile(
    r"""(?P<comment>--[^\n]*|/\*.*?\*/) | '(?:[^']|'')*' | "(?:[^"]|"")*" | `(?:[^`]|``)*` | \[[^\]]*\]
      | ^(?P<command>[.#][^\n]*) | (?P<word>[\w$]+) | (?P<mark>[^\s\w])""",
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)
_CONSTRAINTS = frozenset(("PRIMARY", "UNIQUE", "FOREIGN", "CHECK", "CONSTRAINT"))


@dataclass(frozen=True, slots=True)
class Piece:
    """A word, a name, a literal or a mark; `start` counts characters. `is_command` is true for the shell's."""

    text: str
    start: int
    is_command: bool = False

    @property
    def name(self) -> str:
        """Without quotes."""
        if self.text[0] in "\"'`[":
            closing = "]" if self.text[0] == "[" else self.text[0]
            return self.text[1:-1].replace(closing * 2, closing)
        return self.text

    @property
    def end(self) -> int:
        return self.start + len(self.text)


@dataclass(slots=True)
class Definition:
    """A column, or a constraint of the table, whose `name` is empty. Expressions are SQLite's."""

    name: str
    start: int
    checks: list[tuple[str | None, str]] = field(default_factory=list)
    generated: str | None = None
    collation: str = ""


def pieces(text: str) -> Iterator[Piece]:
    """The text without its comments."""
    for found in _PIECE.finditer(text):
        if not found["comment"]:
            yield Piece(found[0], found.start(), bool(found["command"]))


def definitions(sql: str) -> list[Definition]:
    """What stands between the parentheses of a CREATE TABLE; nothing where there are none."""
    found: list[Definition] = []
    for part in _parts(list(pieces(sql))):
        is_constraint = part[0].text.upper() in _CONSTRAINTS
        made = Definition("" if is_constraint else part[0].name, part[0].start)
        _read(part if is_constraint else part[1:], made, sql)
        found.append(made)
    return found


def _parts(all_pieces: list[Piece]) -> Iterator[list[Piece]]:
    """What stands between the commas of the outermost parentheses."""
    depth = 0
    part: list[Piece] = []
    for piece in all_pieces:
        depth -= piece.text == ")"
        if depth == 0 and piece.text == ")":
            break
        if depth == 1 and piece.text == ",":
            yield part
            part = []
        elif depth:
            part.append(piece)
        depth += piece.text == "("
    if part:
        yield part


def _read(part: list[Piece], made: Definition, sql: str) -> None:
    words = [piece.text.upper() for piece in part]
    name: str | None = None
    for at, word in enumerate(words):
        if word == "CONSTRAINT":
            name = part[at + 1].name
        elif word in ("CHECK", "AS") and words[at + 1 : at + 2] == ["("]:
            closing = _closing(words, at + 1)
            inside = sql[part[at + 1].end : part[closing].start].strip()
            if word == "AS":
                made.generated = inside
            else:
                made.checks.append((name, inside))
                name = None
        elif word == "COLLATE":
            made.collation = part[at + 1].name.upper()


def _closing(words: list[str], at: int) -> int:
    depth = 0
    for number in range(at, len(words)):
        depth += {"(": 1, ")": -1}.get(words[number], 0)
        if depth == 0:
            return number
    return len(words) - 1

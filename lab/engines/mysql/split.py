"""The statements of a script in MySQL's own dialect. The bodies of triggers and routines hold semicolons of their own.

A body is told by its words: BEGIN, CASE, IF, LOOP, REPEAT and WHILE open, END closes (MySQL manual, "Compound
Statement Syntax").
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import sqlglot
from sqlglot.errors import SqlglotError
from sqlglot.tokenizer_core import Token, TokenType

from lab.engines.engine import Text
from lab.engines.statements import below, first_line
from lab.errors import LabError
from lab.model.schema import Position

_STORED = re.compile(
    r"(?is)CREATE\s+(OR\s+REPLACE\s+)?(DEFINER\s*=\s*\S+\s+)?(AGGREGATE\s+)?(TRIGGER|PROCEDURE|FUNCTION|EVENT)\b"
)
_BEGINS_STATEMENT = frozenset("; BEGIN THEN ELSE DO LOOP REPEAT ROW : DETERMINISTIC DATA SQL )".split())
_OPENS = frozenset("BEGIN LOOP WHILE".split())


def split(script: str, position: Position | None) -> Iterator[Text]:
    """Raises LabError for what is no SQL: an open string, the client's DELIMITER."""
    tokens = _tokens(script, position)
    start, depth = 0, _Depth()
    for number, token in enumerate(tokens):
        if token.text.upper() == "DELIMITER" and number == start:
            where = below(position, token.line - 1)
            raise LabError(f"{where}: DELIMITER is a command of the mysql client, not SQL", "leave it out; end with ;")
        if token.token_type == TokenType.SEMICOLON and not depth:
            if number > start:
                yield _text(script, tokens[start:number], token.start, position)
            start = number + 1
        elif number == start:
            depth = _Depth(_STORED.match(script, token.start) is not None)
        else:
            depth.read(tokens, number)
    if start < len(tokens):
        yield _text(script, tokens[start:], len(script), position)


def _tokens(script: str, position: Position | None) -> Sequence[Token]:
    try:
        return sqlglot.tokenize(script, read="mysql")
    except SqlglotError as error:
        raise LabError(f"{position}: cannot read this SQL: {first_line(error)}", "mend the script") from error


def _text(script: str, tokens: Sequence[Token], end: int, position: Position | None) -> Text:
    start = tokens[0].start
    return Text(script[start:end].rstrip(), below(position, script[:start].count("\n")))


class _Depth:
    """How many bodies are open in a statement; only stored programs have any."""

    def __init__(self, is_stored: bool = False) -> None:
        self._is_stored = is_stored
        self._open: list[bool] = []
        """For each open body, whether statements follow its THEN: not those of a CASE that is an expression."""

    def __bool__(self) -> bool:
        return bool(self._open)

    def read(self, tokens: Sequence[Token], number: int) -> None:
        if not self._is_stored or tokens[number].token_type == TokenType.STRING:
            return
        word, before = tokens[number].text.upper(), tokens[number - 1].text.upper()
        if word == "END":
            if self._open:
                self._open.pop()
        elif before != "END" and self._opens(word, tokens, number):
            self._open.append(word != "CASE" or self._begins_statement(before))

    def _opens(self, word: str, tokens: Sequence[Token], number: int) -> bool:
        before = tokens[number - 1].text.upper()
        after = tokens[number + 1].text if number + 1 < len(tokens) else ""
        if word == "REPEAT":
            return after != "("
        if word == "IF":
            return self._begins_statement(before)
        return word == "CASE" or word in _OPENS

    def _begins_statement(self, before: str) -> bool:
        in_expression = bool(self._open) and not self._open[-1]
        return before in _BEGINS_STATEMENT and not in_expression

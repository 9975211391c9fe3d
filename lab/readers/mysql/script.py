"""The text of a script -> its statements, each as words that know where they were written."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from lab.errors import LabError
from lab.model.schema import Position

_PIECE = r"""
      (?P<comment> /\*M?!99\d{{4}}.*?\*/ | /\*(?!M?!).*?\*/ | \#[^\n]* | --(?![^\s-])[^\n]* | ^--[^\n]*
                 | /\*M?!\d* | \*/ )
    | (?P<text> '(?:[^'\\]|\\.|'')*' | "(?:[^"\\]|\\.|"")*" )
    | (?P<name> `(?:[^`]|``)*` )
    | (?P<end> {delimiter} )
    | (?P<number> 0x[0-9A-Fa-f]+ | \d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w$]) | \.\d+ )
    | (?P<word> (?:(?!{delimiter})[\w$@])+ )
    | (?P<mark> <=>|[<>!:]=|<>|\|\||&&|->>?|<<|>>|[^\s] )
    """
_DELIMITER = re.compile(r"[ \t]*(\S+)[^\n]*")
_ROUTINES = frozenset(("TRIGGER", "PROCEDURE", "FUNCTION", "EVENT", "PACKAGE"))
# What stands before a text, and says its character set; `b` and `x` say that it is a number.
_INTRODUCER = re.compile(r"(?i)\b(?:_\w+|n) $|(?<=\b[bx]) $")
# Rows fill most of a dump, and are stepped over as a whole.
_WITH_ROWS = frozenset(("INSERT", "REPLACE"))
_TO_SEMICOLON = re.compile(r"""(?:[^;'"`]+|'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|`[^`]*`)*""", re.DOTALL)
# Marks that stand close to the word before them.
_CLOSE = frozenset("().,")
_BEFORE_NAME = 16
"""Words between CREATE and the kind of what is made: OR REPLACE DEFINER = `a`@`b` SQL SECURITY INVOKER."""
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "b": "\b", "Z": "\x1a"}


@dataclass(frozen=True, slots=True)
class Word:
    """A word, a name, a literal or a mark; `start` and `end` count characters of the file."""

    kind: str
    text: str
    start: int
    end: int

    @property
    def upper(self) -> str:
        """What a keyword is compared by; empty for names and literals."""
        return self.text.upper() if self.kind in ("word", "mark") else ""

    @property
    def value(self) -> str:
        """A name or a literal without its quotes."""
        if self.kind == "name":
            return self.text[1:-1].replace("``", "`")
        if self.kind != "text":
            return self.text
        quote = self.text[0]
        plain = self.text[1:-1].replace(quote * 2, quote)
        return re.sub(r"\\(.)", lambda found: _ESCAPES.get(found[1], found[1]), plain, flags=re.DOTALL)


@dataclass(frozen=True, slots=True)
class Script:
    """A file's text, and where its lines begin."""

    file: str
    text: str
    line_starts: tuple[int, ...]

    def position(self, offset: int) -> Position:
        line = bisect_right(self.line_starts, offset)
        return Position(self.file, line, offset - self.line_starts[line - 1] + 1)


@dataclass(slots=True)
class Words:
    """One statement, read from left to right."""

    script: Script
    words: list[Word]
    at: int = 0

    @property
    def next(self) -> Word:
        """The word that comes; at the end one that is nothing."""
        if self.at < len(self.words):
            return self.words[self.at]
        end = self.words[-1].end if self.words else 0
        return Word("end", "", end, end)

    def is_at(self, *keywords: str) -> bool:
        """Whether these words come."""
        coming = self.words[self.at : self.at + len(keywords)]
        return [word.upper for word in coming] == list(keywords)

    def take(self) -> Word:
        word = self.next
        self.at += 1
        return word

    def skip(self, *keywords: str) -> bool:
        """Steps over these words if they come; whether they did."""
        found = self.is_at(*keywords)
        self.at += len(keywords) if found else 0
        return found

    def skip_any(self, *keywords: str) -> str:
        """Steps over the one of these words that comes; empty when none does."""
        return self.take().upper if self.next.upper in keywords else ""

    def expect(self, keyword: str) -> None:
        """Raises LabError when another word comes."""
        if not self.skip(keyword):
            raise self.error(keyword)

    def error(self, wanted: str) -> LabError:
        found = f"{self.next.text!r}" if self.next.text else "the end of the statement"
        place = self.position()
        return LabError(
            f"{place.file}:{place.line}:{place.column}: {wanted} is wanted, and {found} is there",
            "the mistake is there or just before; the file was taken as MySQL's: --dialect says otherwise",
        )

    def position(self, word: Word | None = None) -> Position:
        return self.script.position((word or self.next).start)

    def name(self) -> str:
        """A name, with or without quotes. Raises LabError when there is none."""
        if self.next.kind not in ("name", "word", "text"):
            raise self.error("a name")
        return self.take().value

    def qualified(self) -> tuple[str | None, str]:
        """A database, if one is named, and a name."""
        first = self.name()
        return (first, self.name()) if self.skip(".") else (None, first)

    def group(self) -> list[Word]:
        """The words between a parenthesis and the one that closes it. Raises LabError when it is never closed."""
        opening = self.next
        self.expect("(")
        start, depth = self.at, 1
        while depth:
            if self.at >= len(self.words):
                place = self.position(opening)
                raise LabError(
                    f"{place.file}:{place.line}:{place.column}: this parenthesis is not closed",
                    "close it, or end the statement before it with a semicolon",
                )
            depth += {"(": 1, ")": -1}.get(self.take().upper, 0)
        return self.words[start : self.at - 1]

    def within(self, words: list[Word]) -> Words:
        return Words(self.script, words)

    def text_of(self, words: list[Word]) -> str:
        """The words as MySQL would take them, without what is no part of them."""
        found = ""
        for word in words:
            if word.kind == "text":
                found = _INTRODUCER.sub("", found)
            if word.upper in _CLOSE or found.endswith(("( ", ". ")):
                found = found.rstrip()
            found += (literal(word.value) if word.kind == "text" else word.text) + " "
        return found.strip()

    def until_comma(self) -> list[Word]:
        """The words up to a comma that stands in no parenthesis, or to the end."""
        start, depth = self.at, 0
        while self.at < len(self.words) and not (depth == 0 and self.next.upper == ","):
            depth += {"(": 1, ")": -1}.get(self.take().upper, 0)
        return self.words[start : self.at]

    def parts(self) -> Iterator[Words]:
        """What stands between commas."""
        while self.at < len(self.words):
            found = self.until_comma()
            self.skip(",")
            if found:
                yield self.within(found)


def literal(value: str) -> str:
    """By the standard's rules, where a backslash stands for itself."""
    return "'" + value.replace("'", "''") + "'"


def split(text: str, file: str) -> Iterator[Words]:
    """Each statement, at whatever delimiter; a routine's body is one with it, also where no DELIMITER was given."""
    script = Script(file, text, (0, *(found.end() for found in re.finditer("\n", text))))
    pieces, found, body, at = _pieces(";"), list[Word](), _Body(), 0
    while piece := pieces.search(text, at):
        at = piece.end()
        kind = piece.lastgroup or ""
        if kind == "comment":
            continue
        if kind == "word" and not found and piece[0].upper() == "DELIMITER" and (said := _DELIMITER.match(text, at)):
            pieces, at = _pieces(said[1]), said.end()
        elif kind == "end" and not body.is_open:
            if found:
                yield Words(script, found)
            found, body = [], _Body()
        else:
            found.append(Word(kind, piece[0], piece.start(), at))
            if len(found) == 1 and found[0].upper in _WITH_ROWS and pieces is _pieces(";"):
                rest = _TO_SEMICOLON.match(text, at)
                at = rest.end() if rest else at
            if pieces is _pieces(";"):
                body.see(found)
    if found:
        yield Words(script, found)


@cache
def _pieces(delimiter: str) -> re.Pattern[str]:
    pattern = _PIECE.format(delimiter=re.escape(delimiter))
    return re.compile(pattern, re.VERBOSE | re.DOTALL | re.MULTILINE)


@dataclass(slots=True)
class _Body:
    """How deep a routine's BEGIN … END is."""

    depth: int = 0
    is_routine: bool = False

    @property
    def is_open(self) -> bool:
        return self.depth > 0

    def see(self, words: list[Word]) -> None:
        last = words[-1].upper
        if len(words) <= _BEFORE_NAME and last in _ROUTINES and words[0].upper == "CREATE":
            self.is_routine = True
        if not self.is_routine:
            return
        before = words[-2].upper if len(words) > 1 else ""
        if last in ("BEGIN", "CASE") and before != "END":
            self.depth += 1
        elif last == "END":
            self.depth = max(self.depth - 1, 0)
        elif before == "END" and last in ("IF", "LOOP", "WHILE", "REPEAT"):
            self.depth += 1

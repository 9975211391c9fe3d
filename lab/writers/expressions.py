"""What a default's text is: a constant, the present moment, or an expression of the database's."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

_CAST = r"""(?:::(?:"[^"]+"|[\w. ]+)(?:\([\d, ]*\))?(?:\[\])*)*"""
_NUMBER = re.compile(rf"\(?(-?\d+(?:\.\d+)?)\)?{_CAST}")
_TEXT = re.compile(rf"'((?:[^']|'')*)'{_CAST}")
_ESCAPED = re.compile(rf"[eE]'((?:[^'\\]|\\.|'')*)'{_CAST}", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}
_NOW = re.compile(r"(?i)now\(\)|current_timestamp|transaction_timestamp\(\)")
_EMPTY_LIST = re.compile(rf"(?i)'\{{\}}'{_CAST}|ARRAY\[\]{_CAST}")


@dataclass(frozen=True, slots=True)
class Said:
    """A default. `text` is a number's digits, a text without its quotes, `true`, or the expression as it stands."""

    kind: Literal["number", "text", "truth", "now", "empty list", "expression"]
    text: str


def understood(default: str) -> Said:
    """What an expression of PostgreSQL's says; casts of constants to the column's type say nothing."""
    text = default.strip()
    if _EMPTY_LIST.fullmatch(text):
        return Said("empty list", text)
    if found := _NUMBER.fullmatch(text):
        return Said("number", found[1])
    if found := _TEXT.fullmatch(text):
        return Said("text", found[1].replace("''", "'"))
    if found := _ESCAPED.fullmatch(text):
        bare = re.sub(r"\\(.)", lambda m: _ESCAPES.get(m[1], m[1]), found[1].replace("''", "'"), flags=re.DOTALL)
        return Said("text", bare)
    if text.lower() in ("true", "false"):
        return Said("truth", text.lower())
    if _NOW.fullmatch(text):
        return Said("now", text)
    return Said("expression", text)

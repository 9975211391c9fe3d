"""Expressions of SQLite and MySQL, as schemas of TypeScript quote them -> PostgreSQL's."""

from __future__ import annotations

import re

from lab.readers.expressions import deparse, parse_expression

_EPOCH = "extract('epoch' FROM now())"
# Functions PostgreSQL does not have.
_FOREIGN = re.compile(
    r"\b(hex|randomblob|strftime|julianday|unixepoch|datetime|ifnull|json_extract|json_object|uuid_to_bin|bin_to_uuid|"
    r"curdate|curtime|utc_timestamp|unix_timestamp|json_array|if|typeof|instr|unhex|sha1?|sha2|crc32|json_valid|"
    r"json_unquote|json_contains|json_length|json_keys|json_type|json_overlaps|json_set|inet6?_aton|inet6?_ntoa|is_uuid|"
    r"date_format|str_to_date|date_add|date_sub|datediff|timestampdiff|from_unixtime|to_days|last_day|dayofweek|"
    r"dayofmonth|weekday|substring_index|find_in_set|elt|locate|iif|glob|compress|uncompress|conv|to_base64|"
    r"from_base64|ucase|lcase|rand|utc_date|utc_time|sysdate)\s*\(",
    re.IGNORECASE,
)
_KEYWORDS = ("current_timestamp", "current_date", "current_time")
# What SQLite and MySQL say where PostgreSQL has other words: a pattern of the whole expression -> PostgreSQL's.
_TRANSLATED = tuple(
    (re.compile(pattern, re.IGNORECASE), sql)
    for pattern, sql in (
        (
            r"unixepoch\(\s*('now')?\s*\)|(cast\()?\s*strftime\('%s',\s*'now'\)\s*(as int(eger)?\s*\))?",
            f"{_EPOCH}::bigint",
        ),
        (r"(cast\()?\s*unixepoch\('subsec(ond)?'\)\s*\*\s*1000\s*(as integer\s*\))?", f"({_EPOCH} * 1000)::bigint"),
        (r"\(?\s*unixepoch\(\s*\)\s*\)?\s*\*\s*1000", f"({_EPOCH} * 1000)::bigint"),
        (
            r"(cast\()?\s*\(julianday\('now'\) - 2440587\.5\)\s*\*\s*86400000\s*(as integer\s*\))?",
            f"({_EPOCH} * 1000)::bigint",
        ),
        (r"strftime\('%Y-%m-%d[ T]%H:%M:%[fS]Z?',\s*'now'\)(\s*\|\|\s*'[^']*')?", "CURRENT_TIMESTAMP"),
        (r"datetime\(\s*('now'(,\s*'utc')?)?\s*\)|current_timestamp(\(\d*\))?|now\(\d*\)", "CURRENT_TIMESTAMP"),
        (r"date\(\s*('now')?\s*\)|curdate\(\)", "CURRENT_DATE"),
        (r"uuid\(\)", "gen_random_uuid()"),
        (r"lower\(hex\(randomblob\(16\)\)\)", "replace(gen_random_uuid()::text, '-', '')"),
    )
)


_PIECES = re.compile(r"'((?:[^'\\]|\\.|'')*)'|`([^`]*)`", re.DOTALL)
_ESCAPES = {"'": "''", "n": "\n", "t": "\t", "r": "\r", "b": "\b", "Z": "\x1a", "%": "\\%", "_": "\\_"}
_BYTES = re.compile(r"\b[xX]'((?:[0-9a-fA-F]{2})*)'")


def _respelled(piece: re.Match[str]) -> str:
    """MySQL's names in double quotes, its texts without backslashes that escape."""
    if piece[1] is None:
        return f'"{piece[2]}"'
    return "'" + re.sub(r"\\(.)", lambda m: _ESCAPES.get(m[1], m[1]), piece[1], flags=re.DOTALL) + "'"


def is_foreign(text: str) -> bool:
    """Whether an expression calls a function PostgreSQL does not have."""
    return _FOREIGN.search(text) is not None


def in_postgres(text: str, provider: str) -> str | None:
    """An expression of the provider's dialect in PostgreSQL's words and canonical form; None when it has none there."""
    bare = _without_parentheses(text)
    if provider == "mysql":
        bare = _PIECES.sub(_respelled, bare)
    if provider != "postgres":
        bare = _BYTES.sub(r"'\\x\1'", bare)
        for pattern, sql in _TRANSLATED:
            if pattern.fullmatch(bare):
                return sql
    if provider != "postgres" and is_foreign(bare):
        return None
    try:
        found = deparse(parse_expression(bare))
    except ValueError:
        return None
    return found.upper() if found.lower() in _KEYWORDS else found


def _without_parentheses(text: str) -> str:
    """Without the pair around the whole, which SQLite wants around a default."""
    text = text.strip()
    while text.startswith("(") and text.endswith(")"):
        depth, closes = 0, len(text) - 1
        for place, character in enumerate(text):
            depth += (character == "(") - (character == ")")
            if depth == 0:
                closes = place
                break
        if closes != len(text) - 1:
            return text
        text = text[1:-1].strip()
    return text

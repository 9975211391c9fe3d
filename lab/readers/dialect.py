"""Which database an SQL file was written for: what it says of itself, or else what one alone would take."""

from __future__ import annotations

import logging
import re
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

import postgast

from lab.errors import LabError, did_you_mean

_log = logging.getLogger(__name__)

DIALECTS = {"postgres": "postgres", "postgresql": "postgres", "mysql": "mysql", "mariadb": "mysql", "sqlite": "sqlite"}
"""What a user may call a dialect -> the engine whose it is."""
_TITLES = {"postgres": "PostgreSQL", "mysql": "MySQL", "sqlite": "SQLite"}
_SAID = re.compile(r"(?im)\A(?:\s*(?:--|#)[^\n]*\n)*?\s*(?:--|#)\s*dialect:\s*(\w+)")
_HEADERS = (
    ("mysql", r"\A\W*(?:MySQL|MariaDB) dump|phpMyAdmin SQL Dump|MySQL Workbench|/\*!\d{5}|/\*M!|^DELIMITER\s"),
    ("postgres", r"PostgreSQL database (?:cluster )?dump|^\\(?:connect|restrict|c|i|copy)\b|FROM stdin;"),
)
_ALONE, _MOSTLY, _RATHER = 4.0, 2.0, 1.0
"""What a mark weighs: no other dialect takes it; others take it, and hardly anyone writes it there; a habit."""
_MARKS: dict[str, dict[float, tuple[str, ...]]] = {
    "mysql": {
        _ALONE: (
            r"\bauto_increment\b",
            r"\bengine\s*=?\s*(?:innodb|myisam|memory|aria|ndb)",
            r"\b(?:charset|character set)\b",
            r"\bon update (?:current_timestamp|now)",
            r"(?:^|[,(])\s*(?:unique |fulltext |spatial )(?:key|index)\b",
            r"(?:^|[,(])\s*(?:key|index)\s+\S+\s*\(",
            r"\benum\s*\(\s*''",
            r"\bcomment\s*=?\s+''",
            r"\bmodify\s+(?:column\s+)?\w+",
        ),
        _MOSTLY: (
            r"\b(?:tiny|small|medium|big)?int\s*\(\d+\)",
            r"\b(?:mediumint|mediumtext|longtext|tinytext|mediumblob|longblob)\b",
            r"\b(?:int|integer|bigint|smallint|tinyint)\s*(?:\(\d+\))?\s+unsigned\b",
            r"\bcollate\s*=?\s*\w+_(?:ci|bin)\b",
            r"\b(?:varbinary|binary)\s*\(\d+\)",
            r"\bdatetime\s*\(\d\)",
        ),
        _RATHER: (r"`", r"\bblob\b", r"\bdatetime\b", r"\btinyint\b"),
    },
    "sqlite": {
        _ALONE: (
            r"\bautoincrement\b",
            r"\bpragma\s+\w+",
            r"\bwithout rowid\b",
            r"\)\s*strict\s*[;,]",
            r"\bsqlite_(?:sequence|master|schema|stat1|autoindex)",
            r"\bon conflict (?:abort|fail|ignore|replace|rollback)\b",
            r"\busing fts[345]\b",
            r"\b(?:datetime|strftime|julianday|unixepoch)\s*\(\s*''",
            r"\braise\s*\(\s*(?:abort|ignore|fail)",
            r"^\.(?:schema|tables|mode|headers|read|open|import)\b",
        ),
        _MOSTLY: (r"\bcollate (?:nocase|rtrim)\b", r"(?:^|[\s(,.])\[[a-z_]\w*\](?:\s|[.,)(])", r"\bandroid_metadata\b"),
        _RATHER: (
            r"`",
            r"\bblob\b",
            r"\bdatetime\b",
            r"\binteger\W{1,2}(?:not null\s+)?primary key\b",
            r"\btext\s+(?:not null\s+)?(?:primary key|unique)\b",
            r"\bbegin transaction\b",
        ),
    },
    "postgres": {
        _ALONE: (
            r"::",
            r"\bjsonb\b",
            r"\$\w*\$",
            r"\b(?:timestamptz|timetz)\b",
            r"\bwith(?:out)? time zone\b",
            r"\busing (?:gin|gist|spgist|brin)\b",
            r"\b(?:bytea|tsvector|inet|citext|int[248]|float[48]|bool)\b",
            r"\bowner to\b",
            r"\bplpgsql\b",
            r"\bnextval\s*\(",
            r"\bcreate (?:extension|type|domain|policy|materialized view)\b",
            r"\bgen_random_uuid\b|\buuid_generate_v\d",
            r"\bas identity\b",
            r"\bcomment on\b",
            r"\bsearch_path\b",
            r"\bpartition of\b",
            r"\balter (?:column )?\S+ (?:set|drop) (?:default|not null)\b|\balter (?:column )?\S+ type\b",
            r"\b\w+\s*\[\s*\d*\s*\]",
            r"\bindex concurrently\b",
        ),
        _MOSTLY: (r"\b(?:big|small)?serial\b", r"\bpublic\.", r"\busing (?:btree|hash)\s*\("),
        _RATHER: (
            r"\buuid\b",
            r"\bcharacter varying\b",
            r"\btext\s+(?:not null\s+)?(?:primary key|unique)\b",
            r"\balter table (?:only )?\S+\s+add (?:constraint|foreign|primary|unique|check)\b",
        ),
    },
}
# Types PostgreSQL has not, though its parser takes them for somebody's own.
_NO_TYPES = re.compile(
    r"(?i)[\s\"`](?:(?:tiny|medium|long)?blob|datetime|(?:tiny|medium)int|(?:tiny|medium|long)text"
    r"|double(?! precision))"
    r"(?:\s*\(\d+\))?\s*(?:[,)]|not null|null|default|primary|unique|unsigned|check|references|comment)"
)
_COMMENTS_AND_TEXTS = re.compile(r"--[^\n]*|/\*.*?\*/|'(?:[^'\\]|\\.|'')*'", re.DOTALL)
_MOST_CHARACTERS = 400_000
_CLEAR = 2.0
"""By how much the likeliest dialect has to lead for nothing to be said."""


class Told(NamedTuple):
    """The engine whose dialect a file is in, and the one it might as well be in; empty when there is no doubt."""

    engine: str
    other: str = ""


def named(dialect: str) -> str:
    """The engine whose dialect a user names. Raises LabError when there is no such dialect."""
    if dialect.lower() not in DIALECTS:
        raise LabError(f"there is no dialect {dialect}", did_you_mean(dialect, DIALECTS, "dialects"))
    return DIALECTS[dialect.lower()]


def told(text: str) -> Told:
    """What a file says: `-- dialect: mysql` among its first comments, a dump's own header, or else its words, weighed;
    and whose parser takes it. PostgreSQL's when nothing tells."""
    if said := _SAID.match(text):
        return Told(named(said[1]))
    for engine, pattern in _HEADERS:
        if re.search(pattern, text[:_MOST_CHARACTERS], re.MULTILINE | re.IGNORECASE):
            return Told(engine)
    plain = _COMMENTS_AND_TEXTS.sub(lambda piece: "''" if piece[0][0] == "'" else " ", text[:_MOST_CHARACTERS])
    weights = {engine: _weight(engine, plain) for engine in _MARKS}
    if not _is_clear(weights) and (taken_by := _parser_of(text, plain)):
        weights[taken_by] += _MOSTLY
    best, second, _ = _ranked(weights)
    return Told(best, "" if _is_clear(weights) or not weights[second] else second)


def chosen(text: str, file: str) -> str:
    """The engine `told` tells; where that is in doubt a note says so, and how to say otherwise."""
    found = told(text)
    if found.other:
        _note_doubt(file, found)
    return found.engine


@cache
def _note_doubt(file: str, found: Told) -> None:
    """Once a file, however often it is read; a handler of `logging`, or by its default stderr, shows it."""
    _log.warning(
        "note: %s was taken as %s's, and may be %s's: --dialect %s or a first line `-- dialect: %s` says so",
        file,
        _TITLES[found.engine],
        _TITLES[found.other],
        found.other,
        found.other,
    )


def _weight(engine: str, text: str) -> float:
    return sum(
        weight
        for weight, patterns in _MARKS[engine].items()
        for pattern in patterns
        if re.search(pattern, text, re.IGNORECASE | re.MULTILINE)
    )


def _ranked(weights: dict[str, float]) -> list[str]:
    return sorted(weights, key=lambda engine: (-weights[engine], list(_TITLES).index(engine)))


def _is_clear(weights: dict[str, float]) -> bool:
    best, second, _ = _ranked(weights)
    return weights[best] - weights[second] >= _CLEAR


def _parser_of(text: str, plain: str) -> str:
    """PostgreSQL if its parser takes the text and its types are its own; else SQLite if that runs it; else neither."""
    try:
        postgast.parse(text)
    except postgast.PgQueryError:
        return "sqlite" if _is_run_by_sqlite(text) else ""
    return "" if _NO_TYPES.search(plain) else "postgres"


def _is_run_by_sqlite(text: str) -> bool:
    try:
        import_module("lab.readers.sqlite").read([(Path("script.sql"), text)])
    except LabError:
        return False
    return True

"""Which database an SQL file was written for: what it says of itself, or else the words that one alone knows."""

from __future__ import annotations

import re

import postgast

from lab.errors import LabError, did_you_mean

DIALECTS = {"postgres": "postgres", "postgresql": "postgres", "mysql": "mysql", "mariadb": "mysql", "sqlite": "sqlite"}
"""What a user may call a dialect -> the engine whose it is."""
_SAID = re.compile(r"(?im)\A(?:\s*(?:--|#)[^\n]*\n)*?\s*(?:--|#)\s*dialect:\s*(\w+)")
_HEADERS = (
    ("mysql", r"\A\W*(?:MySQL|MariaDB) dump|phpMyAdmin SQL Dump|MySQL Workbench|/\*!\d{5}|/\*M!|^DELIMITER\s"),
    ("postgres", r"PostgreSQL database (?:cluster )?dump|^\\(?:connect|restrict|c|i|copy)\b|FROM stdin;"),
)
_WORDS = {
    "mysql": (
        r"\bauto_increment\b",
        r"\bengine\s*=?\s*(?:innodb|myisam|memory|aria|ndb)",
        r"\b(?:charset|character set)\b",
        r"\bon update (?:current_timestamp|now)",
        r"(?:^|[,(])\s*(?:unique |fulltext |spatial )(?:key|index)\b",
        r"(?:^|[,(])\s*(?:key|index)\s+\S+\s*\(",
        r"\b(?:tinyint|smallint|mediumint|int|bigint)\s*\(\d+\)",
        r"\b(?:mediumint|mediumtext|longtext|tinytext|mediumblob|longblob)\b",
        r"\b(?:int|integer|bigint|smallint|tinyint)\s*(?:\(\d+\))?\s+unsigned\b.*(?:comment|,|$)",
        r"\benum\s*\(",
        r"\bcomment\s*=?\s+''",
        r"`",
        r"\bcollate\s*=?\s*\w+_(?:ci|bin)\b",
        r"\b(?:varbinary|binary)\s*\(\d+\)",
        r"\bdatetime\s*\(\d\)",
        r"\bmodify\s+(?:column\s+)?\w+",
    ),
    "sqlite": (
        r"\bautoincrement\b",
        r"\bpragma\s+\w+",
        r"\bwithout rowid\b",
        r"\)\s*strict\b",
        r"\bsqlite_(?:sequence|master|stat1|autoindex)",
        r"\bcollate nocase\b",
        r"\bon conflict (?:abort|fail|ignore|replace|rollback)\b",
        r"\busing fts[345]\b",
        r"\b(?:datetime|strftime|julianday|unixepoch)\s*\(",
        r"\binteger\s+(?:not null\s+)?primary key\b",
        r"\bbegin transaction\b",
        r"\braise\s*\(\s*(?:abort|ignore|fail)",
        r"\bblob\b",
        r"\[\w+\]",
    ),
    "postgres": (
        r"\b(?:big|small)?serial\b",
        r"::",
        r"\bjsonb\b",
        r"\$\w*\$",
        r"\b(?:timestamptz|with(?:out)? time zone)\b",
        r"\busing (?:btree|gin|gist|brin|hash)\b",
        r"\b(?:bytea|tsvector|inet|citext|int[248]|uuid\[\]|text\[\])",
        r"\bowner to\b",
        r"\bplpgsql\b",
        r"\bnextval\s*\(",
        r"\bcreate (?:extension|type|domain|policy|materialized view)\b",
        r"\bgen_random_uuid\b|\buuid_generate_v\d",
        r"\bas identity\b",
        r"\bcomment on\b",
        r"\bpublic\.",
        r"\bsearch_path\b",
        r"\bpartition of\b",
        r"\bset (?:default|not null)\b",
        r"\[\]",
    ),
}
# Words any of two may use: half a mark.
_WEAK = frozenset((r"`", r"\[\w+\]", r"\bblob\b", r"\bbegin transaction\b", r"\benum\s*\("))
_COMMENTS_AND_TEXTS = re.compile(r"--[^\n]*|/\*.*?\*/|'(?:[^'\\]|\\.|'')*'", re.DOTALL)
_MOST_CHARACTERS = 400_000


def named(dialect: str) -> str:
    """The engine whose dialect a user names. Raises LabError when there is no such dialect."""
    if dialect.lower() not in DIALECTS:
        raise LabError(f"there is no dialect {dialect}", did_you_mean(dialect, DIALECTS, "dialects"))
    return DIALECTS[dialect.lower()]


def told(text: str) -> str:
    """The engine whose dialect a file is in: `-- dialect: mysql` among its first comments, what a dump says of itself,
    or what most of its words are. PostgreSQL's when nothing tells."""
    if said := _SAID.match(text):
        return named(said[1])
    for engine, pattern in _HEADERS:
        if re.search(pattern, text[:_MOST_CHARACTERS], re.MULTILINE | re.IGNORECASE):
            return engine
    plain = _COMMENTS_AND_TEXTS.sub(lambda piece: "''" if piece[0][0] == "'" else " ", text[:_MOST_CHARACTERS])
    counted = {engine: _marks(patterns, plain) for engine, patterns in _WORDS.items()}
    best, second, _ = sorted(counted, key=lambda engine: (-counted[engine], engine != "postgres"))
    if counted[best] == 0:
        return "postgres"
    is_near = best == "postgres" and 0 < counted[best] <= 2 * counted[second]
    return second if is_near and not _is_postgres(text) else best


def _is_postgres(text: str) -> bool:
    try:
        postgast.parse(text)
    except postgast.PgQueryError:
        return False
    return True


def _marks(patterns: tuple[str, ...], text: str) -> float:
    found = (pattern for pattern in patterns if re.search(pattern, text, re.IGNORECASE | re.MULTILINE))
    return sum(0.5 if pattern in _WEAK else 1 for pattern in found)

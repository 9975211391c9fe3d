"""A text looked for anywhere in others, by the full-text indexes of MySQL and SQLite: by fragments of two letters, and
of three. MySQL's find every row the condition can be true for, and the condition stays beside; SQLite's answers the
condition itself. So answers are the same by construction, and are compared nevertheless.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import exp

from lab.advise.queries import Query, Select, identifier, of_row
from lab.advise.scripts import free_name, named
from lab.model.change import Script
from lab.model.run import Proposal
from lab.model.schema import Table

_TEXTS = ("text", "varchar", "char")
_LETTERS = r"[\p{L}\p{N}]{2}"
_SEPARATORS = r"[^\p{L}\p{N}]+"
_MYSQL_RISK = (
    "takes several times the room of the text; a search does not see what its own transaction has written; as long as "
    "ngram_token_size is 2; patterns without two letters in a row read the whole table as before"
)
_SQLITE_RISK = (
    "the texts are kept twice, and each change of one writes an entry for each three letters; rows that INSERT OR "
    "REPLACE replaces are not taken out; patterns of fewer than three letters read the whole of it"
)


@dataclass(frozen=True, slots=True)
class Search:
    """A condition that is true when a pattern is found in one of several texts of one table."""

    query: Query
    number: int
    condition: exp.Expr
    alias: str
    table: Table
    texts: Sequence[exp.Expr]
    pattern: exp.Expr

    @property
    def name(self) -> str:
        return named(self.query.operation.name, "fragments")

    @property
    def reason(self) -> str:
        listed = ", ".join(dict.fromkeys(c.name for text in self.texts for c in text.find_all(exp.Column)))
        return f"`{self.query.operation.name}` looks for a text anywhere in {listed} of {self.table.name}"


def search_of(query: Query, number: int, select: Select, condition: exp.Expr) -> Search | None:
    parts = [part.unnest() for part in condition.flatten()] if isinstance(condition, exp.Or) else [condition]
    likes = [part for part in parts if isinstance(part, exp.Like)]
    patterns = {like.expression.unnest() for like in likes}
    if len(likes) != len(parts) or len(patterns) != 1:
        return None
    (pattern,), texts = patterns, [like.this.unnest() for like in likes]
    aliases = {select.only_table(text) for text in texts}
    if len(aliases) != 1 or None in aliases or not _is_open(pattern):
        return None
    if any(text.find(exp.Query, exp.Placeholder) or not _is_text(select, text) for text in texts):
        return None
    alias = str(aliases.pop())
    return Search(query, number, condition, alias, select.tables[alias], texts, pattern)


def _is_open(pattern: exp.Expr) -> bool:
    """Whether it is given by parameters, and begins with a wildcard or may do so."""
    if pattern.find(exp.Column, exp.Query, exp.Escape) or not pattern.find(exp.Placeholder):
        return False
    first = pattern
    while isinstance(first, exp.DPipe | exp.Concat):
        first = first.this.unnest() if isinstance(first, exp.DPipe) else first.expressions[0].unnest()
    return not isinstance(first, exp.Literal) or first.name[:1] in ("%", "_")


def _is_text(select: Select, text: exp.Expr) -> bool:
    owners = [select.owner(column) for column in text.find_all(exp.Column)]
    return all(owner and owner[1].type.name in _TEXTS for owner in owners)


def by_ngrams(search: Search) -> Proposal:
    """MySQL's ngram parser (manual, 14.9.8). A pattern's runs of letters and digits each are in every row it matches,
    so that rows with any of them are looked at; stop words are switched off, which an index remembers."""
    table, columns = search.table, [text.name for text in search.texts if isinstance(text, exp.Column)]
    t = _sql(identifier(table.name), "mysql")
    before, back = "", ""
    if len(columns) < len(search.texts):
        name = free_name(table, "searched", f"{table.name}_searched")
        texts = ", ".join(_sql(of_row(text), "mysql") for text in search.texts)
        before = f"ALTER TABLE {t} ADD COLUMN {name} MEDIUMTEXT GENERATED ALWAYS AS (concat_ws(' ', {texts})) STORED;\n"
        back, columns = f"\nALTER TABLE {t} DROP COLUMN {name};", [name]
    index, listed = named(table.name, *columns, "ngrams"), ", ".join(_sql(identifier(c), "mysql") for c in columns)
    up = f"""{before}SET SESSION innodb_ft_enable_stopword = OFF;
CREATE FULLTEXT INDEX {index} ON {t} ({listed}) WITH PARSER ngram;
SET SESSION innodb_ft_enable_stopword = DEFAULT;"""
    down = f"DROP INDEX {index} ON {t};{back}"
    again, condition, select = _again(search)
    found = exp.MatchAgainst(
        this=_runs(search.pattern),
        expressions=[select.column(column, search.alias) for column in columns],
        modifier="IN BOOLEAN MODE",
    )
    has_runs = exp.func("REGEXP_LIKE", search.pattern.copy(), exp.Literal.string(_LETTERS), dialect="mysql")
    kept = exp.paren(condition.copy()) if isinstance(condition, exp.Or) else condition.copy()
    condition.replace(exp.and_(exp.paren(exp.or_(exp.not_(has_runs), found)), kept, wrap=False))
    return _proposal(search, up, down, again, _MYSQL_RISK)


def _runs(pattern: exp.Expr) -> exp.Expr:
    """`%ab c-def%` -> `"" "ab" "c" "def" ""`: any of these phrases."""
    quoted = exp.Literal.string('" "')
    runs = exp.Anonymous(this="REGEXP_REPLACE", expressions=[pattern.copy(), exp.Literal.string(_SEPARATORS), quoted])
    mark = exp.Literal.string('"')
    return exp.Anonymous(this="CONCAT", expressions=[mark, runs, mark.copy()])


def by_trigrams(search: Search) -> Proposal:
    """SQLite's FTS5 with the tokenizer `trigram`, which answers LIKE itself (manual, FTS5, 4.3.4)."""
    table = search.table
    name, t = named(table.name, "searched", search.query.operation.name), _sql(identifier(table.name), "sqlite")
    columns = [f"text_{number}" for number in range(1, len(search.texts) + 1)]
    listed = ", ".join(columns)

    def texts(row: str) -> str:
        return ", ".join(_sql(of_row(text, row), "sqlite") for text in search.texts)

    read = dict.fromkeys(c.name for text in search.texts for c in text.find_all(exp.Column))
    of = ", ".join(_sql(identifier(column), "sqlite") for column in read)
    put = f"INSERT INTO {name} (rowid, {listed}) VALUES (NEW.rowid, {texts('NEW')});"
    gone = f"DELETE FROM {name} WHERE rowid = OLD.rowid;"
    up = f"""CREATE VIRTUAL TABLE {name} USING fts5({listed}, tokenize = 'trigram');
INSERT INTO {name} (rowid, {listed}) SELECT rowid, {texts("")} FROM {t};
CREATE TRIGGER {named(name, "insert")} AFTER INSERT ON {t} BEGIN
  {put}
END;
CREATE TRIGGER {named(name, "delete")} AFTER DELETE ON {t} BEGIN
  {gone}
END;
CREATE TRIGGER {named(name, "update")} AFTER UPDATE OF {of} ON {t} BEGIN
  {gone}
  {put}
END;"""
    down = "\n".join(f"DROP TRIGGER {named(name, event)};" for event in ("update", "delete", "insert"))
    down += f"\nDROP TABLE {name};"
    again, condition, select = _again(search)
    found = " UNION ".join(_found(name, column, _sql(search.pattern, "sqlite")) for column in columns)
    key = search.table.primary_key
    rowid = select.column(key.columns[0], search.alias) if key else exp.column("rowid", table=search.alias)
    condition.replace(exp.condition(f"{_sql(rowid, 'sqlite')} IN ({found})", dialect="sqlite"))
    is_numbered = key is not None and len(key.columns) == 1 and table.column(key.columns[0]).type.name in _WHOLE
    obstacle = (
        "" if is_numbered else f"rows of {table.name} have no key that is a whole number, and VACUUM renumbers them"
    )
    return _proposal(search, up, down, again, _SQLITE_RISK, obstacle)


def _found(name: str, column: str, pattern: str) -> str:
    """The rows of a pattern: where it has no three letters in a row, past the index, which finds nothing for two that
    take three bytes (as of SQLite 3.40)."""
    has_three = f"{pattern} GLOB '*[^%_][^%_][^%_]*'"
    by_index = f"SELECT rowid FROM {name} WHERE {column} LIKE {pattern} AND {has_three}"
    return f"{by_index} UNION SELECT rowid FROM {name} WHERE {column} || '' LIKE {pattern} AND NOT {has_three}"


_WHOLE = ("smallint", "integer", "bigint")


def _again(search: Search) -> tuple[Query, exp.Expr, Select]:
    again = search.query.again()
    select = again.selects()[search.number]
    return again, next(c for c in select.conditions() if c == search.condition), select


def _sql(tree: exp.Expr, dialect: str) -> str:
    return tree.sql(dialect=dialect)


def _proposal(search: Search, up: str, down: str, again: Query, risk: str, obstacle: str = "") -> Proposal:
    engine, operation = search.query.engine, search.query.operation.name
    script = Script(search.name, {engine: up}, {engine: down})
    rewrites = (again.rewritten(),)
    return Proposal("index_substrings", script, search.reason, (operation,), rewrites, risk, obstacle=obstacle)

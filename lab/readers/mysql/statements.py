"""Every kind of statement a script of MySQL may hold -> what becomes of it."""

from __future__ import annotations

from collections.abc import Callable

from lab.errors import LabError, did_you_mean
from lab.readers.mysql.alterations import alter_table, rename_table
from lab.readers.mysql.definitions import read_definition
from lab.readers.mysql.draft import Draft, Drafts
from lab.readers.mysql.model import IndexRow, PartRow
from lab.readers.mysql.partitions import read_partitions
from lab.readers.mysql.script import Words

_MINE = "left out: it is written in MySQL's language"
_QUIET = frozenset(
    "SET USE LOCK UNLOCK START BEGIN COMMIT ROLLBACK SAVEPOINT ANALYZE OPTIMIZE CHECK FLUSH SHOW SELECT REPAIR "
    "SOURCE HELP EXPLAIN DESCRIBE DESC NOTEE TEE CHANGE RESET PURGE XA RELEASE".split()
)
_ROWS = frozenset("INSERT REPLACE UPDATE DELETE TRUNCATE LOAD CALL WITH DO PREPARE EXECUTE DEALLOCATE HANDLER".split())
_PRIVILEGES = frozenset(("GRANT", "REVOKE"))
_OTHERS = ("VIEW", "TRIGGER", "PROCEDURE", "FUNCTION", "EVENT", "SEQUENCE", "PACKAGE")
_OF_SERVER = ("DATABASE", "SCHEMA", "USER", "ROLE", "SERVER", "TABLESPACE", "LOGFILE", "RESOURCE", "SPATIAL REFERENCE")
_BEFORE_KIND = 20


def read_statement(words: Words, drafts: Drafts) -> None:
    """Adds one statement to the tables so far. Raises LabError when it contradicts them, or is no statement."""
    place = words.position()
    verb = words.next.upper
    if verb in _HANDLERS:
        words.take()
        _HANDLERS[verb](words, drafts)
    elif verb in _ROWS:
        drafts.lose_once("statements that write rows", "not run: the lab makes its own rows", place)
    elif verb in _PRIVILEGES:
        drafts.lose_once("privileges", "not granted: every query runs as the schema's owner", place)
    elif verb not in _QUIET and verb != "(":
        raise LabError(
            f"{place.file}:{place.line}:{place.column}: no statement begins with {words.next.text!r}",
            "the statement before may lack its semicolon; the file was taken as MySQL's: --dialect says otherwise",
        )


def _create(words: Words, drafts: Drafts) -> None:
    place = words.words[0]
    for _ in range(_BEFORE_KIND):
        kind = words.take().upper
        if kind == "TABLE":
            return _create_table(words, drafts, words.words[1].upper == "TEMPORARY")
        if kind == "INDEX":
            return _create_index(words, drafts)
        if kind in _OTHERS:
            return _create_other(words, drafts, kind.lower())
        if kind in _OF_SERVER or words.next.kind == "end":
            return None
    drafts.notes.lose(f"CREATE … {words.next.text}", _MINE, words.position(place))
    return None


def _create_other(words: Words, drafts: Drafts, kind: str) -> None:
    words.skip("IF", "NOT", "EXISTS")
    place = words.position(words.words[0])
    _, name = words.qualified()
    if kind == "view":
        drafts.tables.pop(name, None)
        drafts.views[name] = place
    losses = drafts.notes.losses
    if all(loss.what != f"{kind} {name}" for loss in losses):
        drafts.notes.lose(f"{kind} {name}", _MINE, place)


def _create_table(words: Words, drafts: Drafts, is_temporary: bool) -> None:
    is_optional = words.skip("IF", "NOT", "EXISTS")
    place = words.position()
    database, name = words.qualified()
    key = drafts.key(database, name)
    if is_temporary:
        drafts.notes.lose(f"temporary table {name}", "not created", place)
        return
    if key in drafts.tables:
        if is_optional:
            return
        if words.words[1].upper != "OR":
            raise LabError(
                f"{place}: table {name} is defined twice, first at {drafts.tables[key].position}",
                "rename or remove one of them",
            )
    draft = Draft(name, words.position(words.words[0]), database=database or drafts.database)
    if words.skip("LIKE") or (words.is_at("(") and words.words[words.at + 1 : words.at + 2][0].upper == "LIKE"):
        _copy(words, draft, drafts)
    elif words.is_at("("):
        for part in words.within(words.group()).parts():
            read_definition(part, name, draft.parts)
        _options(words, draft, drafts)
    else:
        drafts.notes.lose(f"table {name}", "left out: its columns are those of a query", place)
        drafts.views[name] = place
        return
    drafts.tables[key] = draft


def _copy(words: Words, draft: Draft, drafts: Drafts) -> None:
    """CREATE TABLE … LIKE: columns and indexes, without the foreign keys, but with the indexes InnoDB made for them."""
    if words.skip("("):
        words.expect("LIKE")
    if other := drafts.table(words):
        draft.parts.columns = list(other.parts.columns)
        draft.parts.indexes = list(other.parts.indexes)
        draft.parts.checks = list(other.parts.checks)
        draft.parts.indexes += [
            IndexRow(key.name or "", tuple(map(PartRow, key.columns)))
            for key in other.parts.foreign_keys
            if not any(row.columns[: len(key.columns)] == key.columns for row in other.parts.indexes)
        ]


def _options(words: Words, draft: Draft, drafts: Drafts) -> None:
    """What follows the parentheses: a comment, partitions, and what concerns storage alone."""
    while words.at < len(words.words):
        place = words.position()
        if words.skip("COMMENT"):
            words.skip("=")
            draft.comment = words.take().value
        elif words.skip("PARTITION", "BY"):
            draft.partitioning = read_partitions(words, draft.name, drafts.notes)
        elif words.skip("WITH", "SYSTEM", "VERSIONING"):
            drafts.notes.lose(f"SYSTEM VERSIONING of {draft.name}", "a table without its history", place)
        elif words.is_at("AS", "SELECT") or words.is_at("SELECT"):
            drafts.notes.lose(f"rows and columns of {draft.name}'s query", "left out", place)
            return
        else:
            words.take()


def _create_index(words: Words, drafts: Drafts) -> None:
    """Read as the definition in a CREATE TABLE that says the same: UNIQUE INDEX name (…)."""
    kind = [word for word in words.words[1 : words.at - 1] if word.upper in ("UNIQUE", "FULLTEXT", "SPATIAL", "VECTOR")]
    index = words.words[words.at - 1]
    words.skip("IF", "NOT", "EXISTS")
    name = words.take()
    using = []
    while not words.is_at("ON"):
        if words.at >= len(words.words):
            raise words.error("ON and a table")
        using.append(words.take())
    words.take()
    if draft := drafts.table(words):
        definition = [*kind, index, name, *using, *words.words[words.at :]]
        read_definition(words.within(definition), draft.name, draft.parts)


def _drop(words: Words, drafts: Drafts) -> None:
    kind = words.take().upper
    if kind == "TEMPORARY":
        kind = words.take().upper
    is_optional = words.skip("IF", "EXISTS")
    if kind == "TABLE":
        for part in words.parts():
            place = part.position()
            database, name = part.qualified()
            key = drafts.key(database, name)
            if key not in drafts.tables and not is_optional and name not in drafts.views:
                raise LabError(f"{place}: there is no table {name}", did_you_mean(name, drafts.tables, "tables"))
            drafts.tables.pop(key, None)
    elif kind == "VIEW":
        for part in words.parts():
            _, name = part.qualified()
            drafts.views.pop(name, None)
            drafts.notes.losses = [loss for loss in drafts.notes.losses if loss.what != f"view {name}"]
    elif kind == "INDEX":
        name = words.name()
        words.expect("ON")
        if draft := drafts.table(words):
            draft.parts.indexes = [row for row in draft.parts.indexes if row.name != name]


def _use(words: Words, drafts: Drafts) -> None:
    drafts.database = words.name()


def _rename(words: Words, drafts: Drafts) -> None:
    if not words.skip("TABLE"):
        return
    for part in words.parts():
        draft = drafts.table(part)
        part.expect("TO")
        _, name = part.qualified()
        if draft:
            rename_table(draft, name, drafts)


_HANDLERS: dict[str, Callable[[Words, Drafts], None]] = {
    "CREATE": _create,
    "ALTER": alter_table,
    "DROP": _drop,
    "USE": _use,
    "RENAME": _rename,
}

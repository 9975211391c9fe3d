"""What stands between the parentheses of CREATE TABLE, and after ADD of ALTER TABLE: columns, keys, constraints."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from lab.model.schema import ForeignKey, Position
from lab.readers.mysql.model import ColumnRow, IndexRow, PartRow, reference
from lab.readers.mysql.script import Words

_INDEX_KINDS = ("FULLTEXT", "SPATIAL", "VECTOR")
_TYPE_FLAGS = ("UNSIGNED", "SIGNED", "ZEROFILL")
_SECOND_WORDS = {
    "DOUBLE": ("PRECISION",),
    "CHARACTER": ("VARYING",),
    "CHAR": ("VARYING", "BYTE"),
    "NATIONAL": ("CHAR", "VARCHAR", "CHARACTER"),
    "LONG": ("VARCHAR", "VARBINARY"),
}
_NAMED_OTHERWISE = {"LONG": "mediumtext", "LONG VARCHAR": "mediumtext", "LONG VARBINARY": "mediumblob"}
_WITH_VALUE = ("COLUMN_FORMAT", "STORAGE", "SRID", "REF_SYSTEM_ID", "ENGINE_ATTRIBUTE", "SECONDARY_ENGINE_ATTRIBUTE")


@dataclass(slots=True)
class Parts:
    """What a definition adds to a table."""

    columns: list[ColumnRow] = field(default_factory=list)
    indexes: list[IndexRow] = field(default_factory=list)
    foreign_keys: list[ForeignKey] = field(default_factory=list)
    checks: list[tuple[str | None, str, Position]] = field(default_factory=list)
    lost: list[tuple[str, str, Position]] = field(default_factory=list)


def read_definition(words: Words, table: str, parts: Parts) -> None:
    """One definition. Raises LabError where it stops being one."""
    place = words.position()
    name: str | None = None
    if words.skip("CONSTRAINT"):
        name = None if _is_at_constraint(words) else words.name()
    if words.skip("PRIMARY", "KEY"):
        parts.indexes.append(_index(words, "PRIMARY", place, True))
    elif words.skip("UNIQUE"):
        words.skip_any("KEY", "INDEX")
        parts.indexes.append(_index(words, name, place, True))
    elif (words.next.upper in _INDEX_KINDS and _is_index(words, 1)) or _is_index(words, 0):
        kind = words.skip_any(*_INDEX_KINDS)
        words.skip_any("KEY", "INDEX")
        parts.indexes.append(_index(words, name, place, False, kind or "BTREE"))
    elif words.skip("FOREIGN", "KEY"):
        parts.foreign_keys.append(_foreign_key(words, name, place))
    elif words.is_at("CHECK", "("):
        words.take()
        _check(words, name, place, table, parts)
    elif not words.skip("PERIOD", "FOR"):
        return _column(words, table, parts)
    if any(word.upper in ("INVISIBLE", "IGNORED") for word in words.words):
        lose_hidden(parts.indexes[-1].name or ", ".join(parts.indexes[-1].columns), table, place, parts)
    return None


def lose_hidden(index: str, table: str, place: Position, parts: Parts) -> None:
    """An index the planner is told not to use, which no other engine has."""
    parts.lost.append((f"INVISIBLE of index {index} of {table}", "an index like the others: queries use it", place))


def _is_at_constraint(words: Words) -> bool:
    return words.is_at("PRIMARY", "KEY") or words.is_at("FOREIGN", "KEY") or words.next.upper in ("UNIQUE", "CHECK")


def _is_index(words: Words, ahead: int) -> bool:
    """Whether KEY or INDEX comes, and begins an index: a column may be called `key` without quotes only by mistake."""
    coming = words.words[words.at + ahead : words.at + ahead + 1]
    if ahead and coming and coming[0].upper not in ("KEY", "INDEX"):
        return coming[0].upper == "(" or coming[0].kind == "name"
    return bool(coming) and coming[0].upper in ("KEY", "INDEX")


def _index(words: Words, name: str | None, place: Position, is_unique: bool, kind: str = "BTREE") -> IndexRow:
    words.skip("IF", "NOT", "EXISTS")
    if not words.is_at("(") and not words.is_at("USING"):
        own = words.name()
        name = name if name == "PRIMARY" else own
    found = _using(words)
    inner = words.within(words.group())
    row = IndexRow(name or "", tuple(_part(part) for part in inner.parts()), is_unique, kind, place)
    return row if (found or _using(words)) != "HASH" or kind != "BTREE" else replace(row, kind="HASH")


def _using(words: Words) -> str:
    while words.at < len(words.words):
        if words.skip("USING"):
            return words.take().upper
        if words.next.upper in ("(", ","):
            break
        words.take()
    return ""


def _part(words: Words) -> PartRow:
    if words.is_at("("):
        inner = words.group()
        return PartRow(words.text_of(inner), True, words.skip("DESC"))
    name = words.name()
    length = int(words.group()[0].text) if words.is_at("(") else None
    return PartRow(name, False, words.skip("DESC"), length)


def _names(words: Words) -> tuple[str, ...]:
    return tuple(part.name() for part in words.within(words.group()).parts())


def _foreign_key(words: Words, name: str | None, place: Position) -> ForeignKey:
    words.skip("IF", "NOT", "EXISTS")
    if not words.is_at("("):
        own = words.name()
        name = name or own
    columns = _names(words)
    words.expect("REFERENCES")
    return _referring(words, columns, name, place)


def _referring(words: Words, columns: tuple[str, ...], name: str | None, place: Position) -> ForeignKey:
    _, table = words.qualified()
    referenced = _names(words) if words.is_at("(") else ()
    if words.skip("MATCH"):
        words.take()
    rules = {"DELETE": "", "UPDATE": ""}
    while words.is_at("ON", "DELETE") or words.is_at("ON", "UPDATE"):
        words.take()
        which = words.take().upper
        first = words.take().upper
        rules[which] = f"{first} {words.take().upper}" if first in ("SET", "NO") else first
    return reference(columns, table, referenced, (rules["DELETE"], rules["UPDATE"]), name, place)


def _check(words: Words, name: str | None, place: Position, table: str, parts: Parts) -> None:
    clause = words.text_of(words.group())
    if words.skip("NOT", "ENFORCED"):
        parts.lost.append((f"check ({clause}) of {table}", "left out: it is not enforced", place))
        return
    words.skip("ENFORCED")
    parts.checks.append((name, clause, place))


def _column(words: Words, table: str, parts: Parts) -> None:
    place = words.position()
    row = ColumnRow(table, words.name(), "", position=place)
    row = _with_type(row, words)
    while words.at < len(words.words):
        row = _with_attribute(row, words, parts)
    parts.columns.append(row)


def _with_type(row: ColumnRow, words: Words) -> ColumnRow:
    if words.next.kind != "word":
        raise words.error(f"the type of column {row.name}")
    first = words.take()
    if first.upper == "SERIAL":
        return replace(row, declared="bigint unsigned", is_nullable=False, extra="auto_increment")
    declared = first.text
    if first.upper in _SECOND_WORDS and (second := words.skip_any(*_SECOND_WORDS[first.upper])):
        declared = f"{declared} {second.lower()}"
        if first.upper == "NATIONAL" and words.skip("VARYING"):
            declared += " varying"
    declared = _NAMED_OTHERWISE.get(declared.upper(), declared)
    if words.is_at("("):
        declared += f"({words.text_of(words.group()).replace(' , ', ',')})"
    flags = []
    while flag := words.skip_any(*_TYPE_FLAGS):
        flags.append(flag.lower())
    if "unsigned" in flags or "zerofill" in flags:
        declared += " unsigned"
    return replace(row, declared=declared)


def _with_attribute(row: ColumnRow, words: Words, parts: Parts) -> ColumnRow:
    """The column with the next of its attributes; what says nothing of the model is stepped over."""
    place = words.position()
    if words.skip("NOT", "NULL"):
        return replace(row, is_nullable=False)
    if words.skip("DEFAULT"):
        return replace(row, default=_expression(words))
    if words.skip("ON", "UPDATE"):
        _expression(words)
        return replace(row, extra=f"{row.extra} on update")
    if words.skip("AUTO_INCREMENT"):
        return replace(row, extra=f"{row.extra} auto_increment", is_nullable=False)
    if words.skip("COMMENT"):
        return replace(row, comment=words.take().value)
    if words.skip("INVISIBLE"):
        return replace(row, extra=f"{row.extra} invisible")
    if words.skip("COLLATE") or words.skip("CHARSET") or words.skip("CHARACTER", "SET"):
        words.skip("=")
        return replace(row, collation=words.take().value.lower() if not row.collation else row.collation)
    if words.skip("GENERATED", "ALWAYS", "AS") or words.is_at("AS", "("):
        words.skip("AS")
        generated = words.text_of(words.group())
        stored = words.skip_any("STORED", "PERSISTENT", "VIRTUAL") in ("STORED", "PERSISTENT")
        return replace(row, generated=generated, extra=f"{row.extra}{'' if stored else ' virtual'}")
    _with_key(row, words, parts, place)
    return row


def _with_key(row: ColumnRow, words: Words, parts: Parts, place: Position) -> None:
    name = None
    if words.skip("CONSTRAINT"):
        name = None if words.is_at("CHECK") else words.name()
    own = (PartRow(row.name),)
    if words.skip("UNIQUE"):
        words.skip("KEY")
        parts.indexes.append(IndexRow(name or "", own, True, position=place))
    elif words.skip("PRIMARY", "KEY") or words.skip("KEY"):
        parts.indexes.append(IndexRow("PRIMARY", own, True, position=place))
    elif words.is_at("CHECK", "("):
        words.take()
        _check(words, name, place, row.table, parts)
    elif words.skip("REFERENCES"):
        parts.foreign_keys.append(_referring(words, (row.name,), name, place))
    elif words.skip_any(*_WITH_VALUE):
        words.skip("=")
        words.take()
    elif words.is_at("("):
        words.group()
    else:
        words.take()


def _expression(words: Words) -> str:
    """A default: a literal with its sign, a call, or anything in parentheses."""
    if words.is_at("("):
        return words.text_of(words.group())
    found = [words.take()]
    if found[0].upper in ("-", "+") or (words.next.kind == "text" and found[0].kind == "word"):
        found.append(words.take())
    if found[-1].kind == "word" and words.is_at("("):
        start = words.at
        words.group()
        found += words.words[start : words.at]
    return words.text_of(found)

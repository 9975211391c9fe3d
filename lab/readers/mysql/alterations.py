"""ALTER TABLE, as people, phpMyAdmin and migration tools write it."""

from __future__ import annotations

from dataclasses import replace

from lab.readers.mysql.definitions import Parts, lose_hidden, read_definition
from lab.readers.mysql.draft import Draft, Drafts, replace_column
from lab.readers.mysql.partitions import read_partitions
from lab.readers.mysql.script import Words

_CONSTRAINTS = ("FOREIGN", "CONSTRAINT", "CHECK", "KEY", "INDEX", "PRIMARY")


def alter_table(words: Words, drafts: Drafts) -> None:
    """ALTER …; of what is no table nothing is kept. Raises LabError for unknown tables and columns."""
    words.skip_any("ONLINE", "OFFLINE", "IGNORE")
    if not words.skip("TABLE"):
        return
    words.skip("IF", "EXISTS")
    draft = drafts.table(words)
    for action in words.parts() if draft else ():
        if draft:
            _alter(action, draft, drafts)


def _alter(words: Words, draft: Draft, drafts: Drafts) -> None:
    if words.skip("ADD"):
        _add(words, draft, drafts)
    elif words.skip("MODIFY"):
        words.skip("COLUMN")
        words.skip("IF", "EXISTS")
        _redefine(words, words.next.value, draft)
    elif words.skip("CHANGE"):
        words.skip("COLUMN")
        words.skip("IF", "EXISTS")
        _redefine(words, words.name(), draft)
    elif words.skip("DROP"):
        _drop(words, draft)
    elif words.skip("ALTER"):
        _alter_part(words, draft)
    elif words.skip("RENAME"):
        _rename(words, draft, drafts)
    elif words.skip("COMMENT"):
        words.skip("=")
        draft.comment = words.take().value
    elif words.skip("PARTITION", "BY"):
        draft.partitioning = read_partitions(words, draft.name, drafts.notes)


def _add(words: Words, draft: Draft, drafts: Drafts) -> None:
    if words.is_at("PARTITION"):
        drafts.notes.lose(f"partitions added to {draft.name}", "left out", words.position())
        return
    if words.is_at("SYSTEM", "VERSIONING"):
        return
    words.skip("COLUMN")
    is_optional = words.skip("IF", "NOT", "EXISTS")
    definitions = list(words.within(words.group()).parts()) if words.is_at("(") else [words]
    for definition in definitions:
        name = definition.next.value
        if is_optional and any(row.name == name for row in draft.parts.columns):
            continue
        place = _place(definition)
        count = len(draft.parts.columns)
        read_definition(definition, draft.name, draft.parts)
        if place is not None and len(draft.parts.columns) > count:
            _move(draft, count, place, words)


def _place(words: Words) -> str | None:
    """The column a new one is put after, empty for the first place; None when nothing says."""
    if words.words and words.words[-1].upper == "FIRST":
        words.words = words.words[:-1]
        return ""
    if len(words.words) > 2 and words.words[-2].upper == "AFTER":
        name = words.words[-1].value
        words.words = words.words[:-2]
        return name
    return None


def _move(draft: Draft, number: int, after: str, words: Words) -> None:
    row = draft.parts.columns.pop(number)
    draft.parts.columns.insert(draft.column_at(after, words) + 1 if after else 0, row)


def _redefine(words: Words, old: str, draft: Draft) -> None:
    place = _place(words)
    made = Parts()
    read_definition(words, draft.name, made)
    number = draft.column_at(old, words)
    replace_column(draft, old, made.columns[0], words)
    if place is not None:
        _move(draft, number, place, words)
    draft.parts.indexes += made.indexes
    draft.parts.checks += made.checks


def _drop(words: Words, draft: Draft) -> None:
    kind = words.skip_any(*_CONSTRAINTS)
    words.skip("KEY")
    words.skip("COLUMN")
    words.skip("IF", "EXISTS")
    parts = draft.parts
    if kind == "PRIMARY":
        parts.indexes = [row for row in parts.indexes if row.name != "PRIMARY"]
        return
    if words.is_at("PARTITION"):
        return
    name = words.name()
    if not kind:
        draft.drop_column(draft.parts.columns[draft.column_at(name, words)].name)
    if kind in ("KEY", "INDEX", "CONSTRAINT"):
        parts.indexes = [row for row in parts.indexes if (row.name or row.parts[0].value) != name]
    if kind in ("FOREIGN", "CONSTRAINT"):
        parts.foreign_keys = [key for key in parts.foreign_keys if key.name != name]
    if kind in ("CHECK", "CONSTRAINT"):
        parts.checks = [check for check in parts.checks if check[0] != name]


def _alter_part(words: Words, draft: Draft) -> None:
    """ALTER … of a column's default, or of whether an index or a check counts."""
    place = words.position()
    if words.skip_any("INDEX", "KEY"):
        name = words.name()
        if words.skip_any("INVISIBLE", "IGNORED"):
            lose_hidden(name, draft.name, place, draft.parts)
        return
    if words.skip_any("CHECK", "CONSTRAINT"):
        name = words.name()
        if words.skip("NOT", "ENFORCED"):
            draft.parts.checks = [check for check in draft.parts.checks if check[0] != name]
            draft.parts.lost.append((f"check {name} of {draft.name}", "left out: it is not enforced", place))
        return
    words.skip("COLUMN")
    number = draft.column_at(words.name(), words)
    if words.skip("SET", "DEFAULT"):
        default = words.text_of(words.words[words.at :])
        draft.parts.columns[number] = replace(draft.parts.columns[number], default=default)
    elif words.skip("DROP", "DEFAULT"):
        draft.parts.columns[number] = replace(draft.parts.columns[number], default=None)
    elif words.skip("SET", "INVISIBLE"):
        row = draft.parts.columns[number]
        draft.parts.columns[number] = replace(row, extra=f"{row.extra} invisible")


def _rename(words: Words, draft: Draft, drafts: Drafts) -> None:
    if words.skip("COLUMN"):
        old = draft.parts.columns[draft.column_at(words.name(), words)].name
        words.expect("TO")
        draft.rename_column(old, words.name())
    elif words.skip_any("INDEX", "KEY"):
        old = words.name()
        words.expect("TO")
        new = words.name()
        draft.parts.indexes = [replace(row, name=new) if row.name == old else row for row in draft.parts.indexes]
    else:
        words.skip_any("TO", "AS", "=")
        rename_table(draft, words.qualified()[1], drafts)


def rename_table(draft: Draft, name: str, drafts: Drafts) -> None:
    """At its place among the others; references follow."""
    old = draft.name
    draft.name = name
    drafts.tables = {name if other is draft else key: other for key, other in drafts.tables.items()}
    for other in drafts.tables.values():
        keys = other.parts.foreign_keys
        other.parts.foreign_keys = [replace(key, table=name) if key.table == old else key for key in keys]

"""Names for what is proposed, and indexes as parts of a hand-made script."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import replace

from lab.model.change import Script
from lab.model.reserved import RESERVED_ANYWHERE
from lab.model.schema import Index, IndexPart, Table

_LONGEST_NAME = 63
"""Bytes of an identifier PostgreSQL keeps (manual, 4.1.1)."""


def named(*parts: str) -> str:
    """One name of several words, columns or expressions, as short as every engine takes it."""
    words = (re.sub(r"\W+", "_", part).strip("_").lower() for part in parts)
    text = "_".join(word for word in words if word)
    if len(text) <= _LONGEST_NAME:
        return text
    digest = hashlib.blake2b(text.encode(), digest_size=4).hexdigest()
    return f"{text[: _LONGEST_NAME - 9]}_{digest}"


def quote(name: str) -> str:
    """A name as SQL takes it: in quotes where it would be folded, or is a word of the language."""
    is_plain = re.fullmatch(r"[a-z_][a-z0-9_]*", name) and name not in RESERVED_ANYWHERE
    return name if is_plain else '"' + name.replace('"', '""') + '"'


def listed(names: Iterable[str]) -> str:
    return ", ".join(map(quote, names))


def free_name(table: Table, *wanted: str) -> str:
    """The first of these, or of them with a number, that no column of the table has."""
    taken = {column.name for column in table.columns}
    numbered = (f"{wanted[0]}_{number}" for number in range(2, len(taken) + 3))
    return next(name for name in (*wanted, *numbered) if name not in taken)


def with_index(name: str, *indexes: Index) -> Script:
    """A change that consists of indexes, for queries that must be rewritten to use them; of nothing, where there are
    none and the rewritten query is all there is to it. They are named after it, since one made the same way may be
    proposed by itself."""
    own = [replace(index, name=named(name, *index.columns, "idx")) for index in indexes]
    up = "\n".join(map(create_sql, own))
    down = "\n".join(f"DROP INDEX {quote(index.name)};" for index in reversed(own))
    return Script(name, {"": up}, {"": down})


def create_sql(index: Index) -> str:
    """In PostgreSQL's words, which the other engines translate."""
    using = f" USING {index.method}" if index.method != "btree" else ""
    unique = "UNIQUE " if index.is_unique else ""
    where = f" WHERE {index.where}" if index.where else ""
    keys = ", ".join(map(_part, index.parts))
    return f"CREATE {unique}INDEX {quote(index.name)} ON {quote(index.table)}{using} ({keys}){where};"


def _part(part: IndexPart) -> str:
    words = [f"({part.value})" if part.is_expression else quote(part.value), part.operator_class or ""]
    return " ".join(word for word in (*words, "DESC" if part.is_descending else "") if word)

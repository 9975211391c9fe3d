"""Keys and indexes -> @id, @unique, @@id, @@unique and @@index."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from lab.engines.beyond import of_key
from lab.model.schema import Index, IndexPart, Key, Loss, Table
from lab.writers.prisma.provider import Provider
from lab.writers.prisma.types import FieldType

_METHODS = {"btree": "", "hash": "Hash", "gist": "Gist", "gin": "Gin", "spgist": "SpGist", "brin": "Brin"}
_ORDER = ("@@id", "@@unique", "@@index")
_IDENTIFIER_BYTES = 63
_NOT_BRIN = ("Boolean", "Json")
_PREFIX_CHARACTERS = 191
_LONG = ("LongText", "MediumText")


@dataclass(slots=True)
class Attributes:
    """Attributes that stand on fields, by column, and those that stand on the model."""

    on_fields: dict[str, list[str]] = field(default_factory=dict)
    on_model: list[str] = field(default_factory=list)
    has_identifier: bool = False
    """Whether a key without NULLs identifies a row, as Prisma wants of a model."""


class Keys:
    """The keys and indexes of one table."""

    def __init__(
        self,
        table: Table,
        fields: Mapping[str, str],
        types: Mapping[str, FieldType],
        provider: Provider,
        losses: list[Loss],
    ) -> None:
        self._table = table
        self._fields = fields
        self._types = types
        self._provider = provider
        self._losses = losses
        self._made = Attributes()
        self._names: set[str] = set()

    def attributes(self) -> Attributes:
        key = self._table.primary_key
        if key:
            self._lose_beyond(key)
            self._primary(key)
        for unique in self._table.uniques:
            self._lose_beyond(unique)
            self._key("unique", tuple(IndexPart(name) for name in unique.columns), unique.name, "_key")
            self._note_identifier(unique.columns)
        for index in self._table.indexes:
            self._index(index)
        self._made.on_model.sort(key=lambda said: _ORDER.index(said.partition("(")[0]))
        return self._made

    def _lose_beyond(self, key: Key) -> None:
        self._losses += of_key(key, f"key {key.name or ', '.join(key.columns)} of {self._table.name}")

    def _note_identifier(self, columns: Iterable[str]) -> None:
        is_whole = all(not self._table.column(name).is_nullable for name in columns)
        if is_whole and not any(self._types[name].is_unsupported for name in columns):
            self._made.has_identifier = True

    def _primary(self, key: Key) -> None:
        if not self._provider.has_compound_keys and len(key.columns) > 1:
            self._key("unique", tuple(IndexPart(name) for name in key.columns), None, "_key")
            return
        self._note_identifier(key.columns)
        name = key.name if self._provider.has_named_primary_keys else None
        self._key("id", tuple(IndexPart(column) for column in key.columns), name, "_pkey")

    def _key(self, kind: str, parts: tuple[IndexPart, ...], name: str | None, suffix: str, *options: str) -> None:
        if not self._provider.repeats_indexes and not self._is_first(parts):
            what = f"index over {', '.join(part.value for part in parts)} of {self._table.name}"
            self._losses.append(Loss(what, "not written: one over the same fields is", self._table.position))
            return
        labels = [part.value for part in parts] if suffix != "_pkey" else []
        usual = _usual(self._table.name, labels, suffix)
        said = [f"map: {json.dumps(name)}"] if name is not None and name != usual else []
        said += options
        is_plain = all(part == IndexPart(part.value) for part in parts)
        if len(parts) == 1 and is_plain and kind in ("id", "unique") and not options:
            written = f"@{kind}({', '.join(said)})" if said else f"@{kind}"
            own = self._made.on_fields.setdefault(parts[0].value, [])
            if not any(other.startswith(f"@{kind}") for other in own):
                own.append(written)
                return
        listed = ", ".join(map(self._part, parts))
        self._made.on_model.append(f"@@{kind}({', '.join((f'[{listed}]', *said))})")

    def _is_first(self, parts: tuple[IndexPart, ...]) -> bool:
        shape = ",".join(f"{part.value} {part.is_descending}" for part in parts)
        is_first = shape not in self._names
        self._names.add(shape)
        return is_first

    def _part(self, part: IndexPart) -> str:
        options = []
        if self._provider.name == "mysql" and self._types[part.value].native in _LONG:
            options.append(f"length: {_PREFIX_CHARACTERS}")
        if part.operator_class:
            options.append(f"ops: raw({json.dumps(part.operator_class)})")
        if part.is_descending:
            options.append("sort: Desc")
        return self._fields[part.value] + (f"({', '.join(options)})" if options else "")

    def _index(self, index: Index) -> None:
        what = f"index {index.name}"
        if reason := self._obstacle(index):
            self._losses.append(Loss(what, f"not written: {reason}", index.position))
            return
        self._lose_details(index, what)
        options = []
        method = _METHODS[index.method] if self._provider.has_methods else ""
        if method:
            options.append(f"type: {method}")
        if index.where and self._provider.has_partial_indexes:
            options.append(f"where: raw({json.dumps(index.where, ensure_ascii=False)})")
        parts = tuple(
            part if self._provider.has_methods else IndexPart(part.value, is_descending=part.is_descending)
            for part in index.parts
        )
        is_unique = index.is_unique and (not index.where or self._provider.has_partial_indexes)
        if is_unique and not index.where:
            self._note_identifier(index.columns)
        kind, suffix = ("unique", "_key") if is_unique else ("index", "_idx")
        self._key(kind, parts, index.name, suffix, *options)

    def _obstacle(self, index: Index) -> str:
        """Why Prisma cannot be told of the index; empty when it can."""
        title = self._provider.title
        if any(part.is_expression for part in index.parts):
            return "Prisma indexes columns, not expressions"
        if index.method not in _METHODS or (
            not self._provider.has_methods and index.method in ("gin", "gist", "spgist")
        ):
            return f"Prisma has no {index.method} indexes of {title}"
        kinds = [self._types[part.value] for part in index.parts]
        if not self._provider.has_methods and any(kind.name == "Json" for kind in kinds):
            return f"{title} indexes no documents"
        for part, kind in zip(index.parts, kinds, strict=True):
            if not part.operator_class and self._wants_class(index.method, part.value, kind):
                return f"Prisma wants an operator class for {index.method} over {part.value}"
        return ""

    def _wants_class(self, method: str, name: str, kind: FieldType) -> bool:
        if not self._provider.has_methods or kind.is_unsupported:
            return False
        is_list = bool(self._table.column(name).type.dimensions)
        match method:
            case "gin":
                return not is_list and (kind.name, kind.native) != ("Json", "")
            case "gist":
                return True
            case "spgist":
                return kind.name != "String" or kind.native not in ("", "Inet", "VarChar")
            case "brin":
                return is_list or kind.name in _NOT_BRIN or kind.native in ("Citext", "Money", "Xml")
        return False

    def _lose_details(self, index: Index, what: str) -> None:
        def lose(part: str, consequence: str) -> None:
            self._losses.append(Loss(f"{part} of {what}", consequence, index.position))

        if index.include:
            lose(f"INCLUDE ({', '.join(index.include)})", "over its keys alone: Prisma has no INCLUDE")
        if not index.has_distinct_nulls:
            lose("NULLS NOT DISTINCT", "two NULLs do not collide")
        if index.options:
            lose(f"WITH ({index.options})", "the server's defaults are used")
        if not self._provider.has_methods and index.method != "btree":
            lose(index.method, "a B-tree in its place")
        for part in index.parts:
            if part.collation:
                lose(f"collation {part.collation}", "the column's own is used")
            if part.nulls and (part.nulls == "first") != part.is_descending:
                lose(f"NULLS {part.nulls.upper()}", "NULLs sort where the database puts them")
            if part.operator_class and not self._provider.has_methods:
                lose(f"operator class {part.operator_class}", "the type's own order")
            if self._provider.name == "mysql" and self._types[part.value].native in _LONG:
                lose(f"{part.value}", f"holds its first {_PREFIX_CHARACTERS} characters")
        if index.where and not self._provider.has_partial_indexes:
            if index.is_unique:
                lose("UNIQUE", f"not unique: it would forbid duplicates in all rows, not only WHERE {index.where}")
            else:
                lose(f"WHERE {index.where}", "holds all rows")


def usual_reference(table: str, columns: Iterable[str]) -> str:
    """The name Prisma gives a foreign key."""
    return _usual(table, columns, "_fkey")


def _usual(table: str, columns: Iterable[str], suffix: str) -> str:
    """Table, columns and suffix, cut so that the whole fits PostgreSQL's 63 bytes."""
    stem = "_".join((table, *columns)).encode()[: _IDENTIFIER_BYTES - len(suffix)]
    return stem.decode(errors="ignore") + suffix


def is_identifier(name: str) -> bool:
    return re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name) is not None

"""Keys, checks, indexes and exclusion constraints -> decorators of the class."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from lab.engines.beyond import of_key
from lab.model.schema import Index, IndexPart, Key, Loss, Table
from lab.writers.foreign import Words, check_sql
from lab.writers.typescript import listed, record, template, text
from lab.writers.views import Exclusion

_METHODS = ("brin", "gin", "gist", "hash", "spgist")


class Keys:
    """The decorators of one table's class; `used` collects what has to be imported."""

    def __init__(
        self,
        table: Table,
        fields: Mapping[str, str],
        engine: str,
        words: Words,
        losses: list[Loss],
        used: set[str],
    ) -> None:
        self._table = table
        self._fields = fields
        self._engine = engine
        self._words = words
        self._losses = losses
        self._used = used

    def decorators(self, exclusions: Iterable[Exclusion], one_to_one: Iterable[frozenset[str]]) -> Iterator[str]:
        """`one_to_one` are the columns whose key a relation makes by itself."""
        made = set(one_to_one)
        for key in self._table.uniques:
            if frozenset(key.columns) in made:
                self._rename(key.name or "", key)
            else:
                yield self._unique(key)
        if self._table.primary_key:
            self._lose_beyond(self._table.primary_key)
        for index in self._table.indexes:
            is_whole = index.is_unique and not index.where and len(index.columns) == len(index.parts)
            if is_whole and frozenset(index.columns) in made:
                self._rename(index.name, index)
            else:
                yield self._index(index)
        for check in self._table.checks:
            sql, reason = check_sql(self._words, self._table, check)
            what = f"check {check.name} of {self._table.name}"
            if sql is None:
                self._losses.append(Loss(what, f"not enforced: {reason}", check.position))
            else:
                yield self._use("Check", text(check.name or ""), template(sql))
        for exclusion in exclusions:
            named = [text(exclusion.name)] if exclusion.name else []
            yield self._use("Exclusion", *named, template(exclusion.clause))

    def _use(self, name: str, *arguments: str) -> str:
        self._used.add(name)
        return f"@{name}({', '.join(filter(None, arguments))})"

    def _members(self, columns: Iterable[str]) -> str:
        return listed(self._fields[name] for name in columns)

    def _rename(self, name: str, source: Key | Index) -> None:
        if name.startswith("REL_"):
            return
        what = f"index {name} in place" if isinstance(source, Index) else f"name {name}"
        consequence = "TypeORM makes the key of a one-to-one relation itself, and names it"
        self._losses.append(Loss(f"{what} of a key of {self._table.name}", consequence, source.position))

    def _lose_beyond(self, key: Key, *said: str) -> None:
        losses = of_key(key, f"key {key.name} of {self._table.name}")
        self._losses += (loss for loss in losses if not loss.what.startswith(said or ("-",)))

    def _unique(self, key: Key) -> str:
        is_deferrable = key.is_deferrable and self._engine == "postgres"
        self._lose_beyond(key, *(("DEFERRABLE",) if is_deferrable else ()))
        timing = "INITIALLY DEFERRED" if key.is_initially_deferred else "INITIALLY IMMEDIATE"
        options = record({"deferrable": text(timing) if is_deferrable else None})
        return self._use("Unique", text(key.name or ""), self._members(key.columns), options)

    def _index(self, index: Index) -> str:
        what = f"index {index.name}"
        if reason := self._obstacle(index):
            consequence = f"TypeORM leaves it to a migration of yours: it has {reason}"
            self._losses.append(Loss(what, consequence, index.position))
            return self._use("Index", text(index.name), "{ synchronize: false }")
        where = index.where and (index.where if self._engine != "mysql" else None)
        if where and self._engine == "sqlite":
            where = self._words.expression(self._table, where)
        is_unique = index.is_unique and (bool(where) or not index.where)
        if index.where and not where:
            consequence = f"holds all rows, not only WHERE {index.where}" + ("; not unique" if index.is_unique else "")
            self._losses.append(Loss(what, consequence, index.position))
        is_method = index.method in _METHODS and self._engine == "postgres"
        options = record(
            {
                "unique": "true" if is_unique else None,
                "where": template(where) if where else None,
                "type": text(index.method) if is_method else None,
            }
        )
        if index.method != "btree" and not is_method:
            self._losses.append(Loss(what, f"a B-tree in place of {index.method}", index.position))
        return self._use("Index", text(index.name), self._members(index.columns), options)

    def _obstacle(self, index: Index) -> str:
        """What TypeORM has no word for; empty when it can say the index."""
        if any(part.is_expression for part in index.parts):
            return "no indexes over expressions"
        if any(part != IndexPart(part.value) for part in index.parts):
            return "no order, operator class or collation of a key"
        if index.include:
            return "no INCLUDE"
        if not index.has_distinct_nulls or index.options:
            return "no NULLS NOT DISTINCT" if not index.has_distinct_nulls else "no storage options"
        known = (*_METHODS, "btree") if self._engine == "postgres" else ("btree", "hash", "brin")
        return "" if index.method in known else f"no {index.method}"

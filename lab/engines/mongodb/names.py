"""Names in commands, held against what the database has: MongoDB itself takes an unknown collection for an empty one,
and an unknown field for one that is missing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from lab.engines.engine import UnknownName
from lab.engines.mongodb.commands import Command
from lab.engines.mongodb.mapping import KEY
from lab.errors import did_you_mean
from lab.model.schema import Position

Fields = Mapping[str, Mapping[str, str] | None]
"""By collection, where its documents hold each column: `{"orders": {"id": "_id", "status": "status"}}`. None for one
that does not say so: any field may be there."""

_WITHOUT_COLLECTION = (
    "ping",
    "create",
    "drop",
    "explain",
    "collMod",
    "createIndexes",
    "dropIndexes",
    "renameCollection",
    "copyDocuments",
    "commitTransaction",
)
_ADDING = ("$addFields", "$set")
_PASSING = ("$limit", "$skip", "$unset", "$merge", "$out", "$sample")


def check_command(command: Command, fields: Fields, position: Position | None) -> None:
    """Raises UnknownName for a collection, or a field of the first level, that there is not."""
    name = next(iter(command))
    collection = command[name]
    if name in _WITHOUT_COLLECTION or not isinstance(collection, str):
        return
    _Check(fields, position).command(command, collection)


class _Check:
    def __init__(self, fields: Fields, position: Position | None) -> None:
        self._fields = fields
        self._position = position

    def command(self, command: Command, collection: str) -> None:
        known = self._of(collection)
        self._pipeline(command.get("pipeline", ()), collection)
        if known is None:
            return
        for part in ("filter", "query", "sort", "projection", "key"):
            given = command.get(part)
            if isinstance(given, Mapping):
                self._conditions(given, known, collection)
            elif part == "key" and given is not None:
                self._name(str(given), known, collection)
        for change in (*command.get("updates", ()), *command.get("deletes", ())):
            self._conditions(change.get("q", {}), known, collection)
            self._update(change.get("u", {}), known, collection)
        self._update(command.get("update", {}), known, collection)
        for document in command.get("documents", ()):
            self._names(document, known, collection)

    def _of(self, collection: str) -> set[str] | None:
        if collection not in self._fields:
            raise self._unknown(f"there is no collection {collection}", collection, self._fields)
        places = self._fields[collection]
        return None if places is None else {path.split(".")[0] for path in places.values()} | {KEY}

    def _update(self, update: Any, known: set[str], collection: str) -> None:
        if isinstance(update, Mapping):
            for operator, change in update.items():
                if operator.startswith("$"):
                    self._names(change, known, collection)
                else:
                    self._name(operator, known, collection)

    def _pipeline(self, pipeline: Iterable[Mapping[str, Any]], collection: str) -> None:
        """Stage by stage, with the fields documents have by then, for as long as those are known."""
        known = self._of(collection)
        for stage in pipeline:
            ((name, what),) = stage.items()
            if known is None:
                return
            known = self._stage(name, what, known, collection)

    def _stage(self, name: str, what: Any, known: set[str], collection: str) -> set[str] | None:
        match name:
            case "$match" | "$sort":
                self._conditions(what, known, collection)
                return known
            case "$lookup" | "$graphLookup":
                return known | self._joined(what, known, collection)
            case "$unwind":
                self._paths(what if isinstance(what, str) else what["path"], known, collection)
                return known | ({what["includeArrayIndex"]} if "includeArrayIndex" in what else set())
            case "$project" | "$group":
                self._paths(what, known, collection)
                return {KEY} | {key.split(".")[0] for key in what} if name == "$group" else self._projected(what, known)
        if name in _ADDING:
            self._paths(what, known, collection)
            return known | {key.split(".")[0] for key in what}
        return known if name in _PASSING else None

    def _projected(self, what: Mapping[str, Any], known: set[str]) -> set[str]:
        if all(value in (0, False) for value in what.values()):
            return known - set(what)
        return {KEY} | {key.split(".")[0] for key in what}

    def _joined(self, what: Mapping[str, Any], known: set[str], collection: str) -> set[str]:
        theirs = self._of(what["from"])
        if "localField" in what:
            self._name(what["localField"], known, collection)
        for part in ("foreignField", "connectFromField", "connectToField"):
            if part in what and theirs is not None:
                self._name(what[part], theirs, what["from"])
        self._paths(what.get("startWith"), known, collection)
        self._paths(what.get("let"), known, collection)
        self._pipeline(what.get("pipeline", ()), what["from"])
        return {what["as"]}

    def _conditions(self, query: Mapping[str, Any], known: set[str], collection: str) -> None:
        """A query document, or a sort or projection: its keys are fields, but for $and, $or, $expr."""
        for key, value in query.items():
            if key in ("$and", "$or", "$nor"):
                for part in value:
                    self._conditions(part, known, collection)
            elif key == "$expr":
                self._paths(value, known, collection)
            elif not key.startswith("$"):
                self._name(key, known, collection)

    def _names(self, document: Mapping[str, Any], known: set[str], collection: str) -> None:
        for key in document:
            self._name(key, known, collection)

    def _paths(self, expression: Any, known: set[str], collection: str) -> None:
        for path in _field_paths(expression):
            self._name(path, known, collection)

    def _name(self, path: str, known: set[str], collection: str) -> None:
        name = path.split(".")[0]
        if name in known:
            return
        place = (self._fields[collection] or {}).get(name)
        if place is not None:
            raise UnknownName(f"{self._at()}{collection} has no field {name}", f"the column {name} is {place} here")
        raise self._unknown(f"{collection} has no field {name}", name, known)

    def _unknown(self, message: str, word: str, known: Iterable[str]) -> UnknownName:
        return UnknownName(f"{self._at()}{message}", did_you_mean(word, known, ""))

    def _at(self) -> str:
        return f"{self._position}: " if self._position else ""


def _field_paths(expression: Any) -> Iterator[str]:
    """The `$field` paths of an aggregation expression; `$$variables` and literals are none."""
    if isinstance(expression, str):
        if expression.startswith("$") and not expression.startswith("$$"):
            yield expression[1:]
    elif isinstance(expression, Mapping):
        for key, value in expression.items():
            if key != "$literal":
                yield from _field_paths(value)
    elif isinstance(expression, list):
        for item in expression:
            yield from _field_paths(item)

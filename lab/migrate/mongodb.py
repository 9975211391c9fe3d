"""A diff as a migration of MongoDB 5 and newer: collections, validators, indexes, and documents changed in batches.

Between the first phase and the last a collection takes documents of either shape, so that the old application and the
new one both write. A step is commands as extended JSON, one a line; `labBackfill` is the lab's own: an update of so
many documents at a time as long as any matches its filter, so that it goes on where it stopped.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from lab.engines.mongodb.definitions import create_sql
from lab.engines.mongodb.mapping import path
from lab.errors import LabError
from lab.migrate.changes import AddColumn, AlterColumn, Diff, DropColumn, EmbedTable, MoveColumn, RenameColumn
from lab.migrate.mongodb_shapes import either_shape
from lab.migrate.needs import check_values
from lab.migrate.postgres.types import loss
from lab.migrate.step import Lock, Plan, Step, Way, in_phase, inverted, step
from lab.model.schema import Column, Schema, Table

Link = tuple[tuple[str, str], ...]
_NOT_BROUGHT = "documents written meanwhile are not brought over: run it again before the last phase"
_BOTH_NAMES = "there are no triggers: until the last phase the new application writes both names and reads the old one"
_WHOLE = ("smallint", "integer", "bigint")
_CONVERTED = {"numeric": "decimal", "boolean": "bool", "timestamptz": "date", "timestamp": "date", "text": "string"}
_CONVERTED |= {"double precision": "double", "real": "double", "varchar": "string", "bigint": "long", "integer": "int"}


def plan(diff: Diff) -> Plan:
    """Raises LabError for a column that needs values nobody declared, or a fill that is no constant."""
    check_values(diff)
    found = _Planning(diff).steps()
    ordered = [each for phase in ("expand", "migrate", "contract") for each in found if each.phase == phase]
    return Plan("mongodb", tuple(ordered), (*diff.new.losses, *create_sql(diff.new).losses))


def _collection(table: Table, schema: Schema) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """What creates a collection, and its indexes by name."""
    made = create_sql(replace(schema, tables=(table,), statements=()))
    indexes = [index for text in made.after for index in json.loads(text)["indexes"]]
    return json.loads(made.before[0]), {index["name"]: index for index in indexes}


def _way(*commands: Mapping[str, Any], lock: Lock | None = None, is_backfill: bool = False) -> Way:
    return Way(
        tuple(json.dumps(command) for command in commands), lock or Lock(), is_atomic=False, is_backfill=is_backfill
    )


def _brief(table: str) -> Lock:
    return Lock("exclusive", (table,), "reads and writes")


class _Planning:
    def __init__(self, diff: Diff) -> None:
        self.diff, self.old, self.new = diff, diff.old, diff.new
        self.before, self.after, self.original = diff.before, diff.after, diff.original
        self.both = [name for name in self.after if name in self.before]

    def steps(self) -> list[Step]:
        found = in_phase("expand", [s for name in self.both for s in self._renamed(name)])
        made = [table for name, table in self.after.items() if name not in self.before]
        found += in_phase("expand", [self._created(table, self.new) for table in made])
        for name in self.both:
            found += self._changed(name)
        found += self._moved()
        gone = [table for name, table in self.before.items() if name not in self.after]
        back = [self._created(self.original[table.name], self.diff.source, self._lost(table)) for table in gone]
        return found + in_phase("contract", inverted(back, "drop: "))

    def _renamed(self, name: str) -> Iterator[Step]:
        old = self.original[name].name
        if old != name:
            note = "from here on the old name is unknown"
            up, down = ({"renameCollection": a, "to": b} for a, b in ((old, name), (name, old)))
            yield step(f"rename {old} to {name}", _way(up, lock=_brief(old)), _way(down, lock=_brief(name)), note=note)

    def _created(self, table: Table, schema: Schema, loses: str = "") -> Step:
        create, indexes = _collection(table, schema)
        commands = [create, *([{"createIndexes": table.name, "indexes": list(indexes.values())}] if indexes else [])]
        drop = {"drop": table.name}
        return step(f"create {table.name}", _way(*commands), _way(drop, lock=_brief(table.name)), loses=loses)

    def _lost(self, table: Table) -> str:
        moved = [c for c in self.diff.changes if isinstance(c, MoveColumn | EmbedTable)]
        names = {c.child.name if isinstance(c, EmbedTable) else c.source.name for c in moved}
        return "" if table.name in names else f"the documents of {table.name}"

    def _changed(self, name: str) -> list[Step]:
        original, table = replace(self.original[name], name=name), self.after[name]
        (old, old_indexes), (new, new_indexes) = _collection(original, self.diff.source), _collection(table, self.new)
        steps: list[Step] = []
        if old["validator"] != new["validator"]:
            either = either_shape(old["validator"], new["validator"])
            one, both, other = (
                {"collMod": name, "validator": rule} for rule in (old["validator"], either, new["validator"])
            )
            lock = _brief(name)
            steps += [step(f"let {name} take both shapes", _way(both, lock=lock), _way(one, lock=lock))]
            steps += self._documents(original, table)
            last = step(f"let {name} take the new shape alone", _way(other, lock=lock), _way(both, lock=lock))
            steps += in_phase("contract", [last])
        steps += in_phase("migrate", self._indexes(name, old_indexes, new_indexes))
        return steps

    def _indexes(self, name: str, old: dict[str, Any], new: dict[str, Any]) -> Iterator[Step]:
        for key in [key for key in old if old[key] != new.get(key)]:
            drop, back = {"dropIndexes": name, "index": key}, {"createIndexes": name, "indexes": [old[key]]}
            yield step(f"drop index {key}", _way(drop, lock=_brief(name)), _way(back))
        for key in [key for key in new if new[key] != old.get(key)]:
            make, back = {"createIndexes": name, "indexes": [new[key]]}, {"dropIndexes": name, "index": key}
            yield step(f"build index {key}", _way(make), _way(back, lock=_brief(name)))

    def _documents(self, was: Table, table: Table) -> list[Step]:
        found: list[Step] = []
        for change in self.diff.changes:
            match change:
                case AddColumn(owner, column) if owner.name == table.name and not self._comes(table, column):
                    found += in_phase("migrate", [self._added(table, column)])
                case RenameColumn(owner, old, new) if owner.name == table.name:
                    found += self._carried(was, table, old, new)
                case AlterColumn(owner, old, new) if owner.name == table.name and old.type != new.type:
                    found += in_phase("migrate", self._converted(table, old, new))
                case DropColumn(owner, column) if owner.name == table.name:
                    found += in_phase("contract", [self._dropped(was, column)])
        return found

    def _comes(self, table: Table, column: Column) -> bool:
        """Whether its values come from another collection."""
        return any(
            (isinstance(c, MoveColumn) and (c.target.name, c.new.name) == (table.name, column.name))
            or (isinstance(c, EmbedTable) and not c.is_undone and (c.parent.name, c.field) == (table.name, column.name))
            for c in self.diff.changes
        )

    def _goes(self, table: Table, column: Column) -> bool:
        """Whether its values went to another collection."""
        return any(
            (isinstance(c, MoveColumn) and (c.source.name, c.column.name) == (table.name, column.name))
            or (isinstance(c, EmbedTable) and c.is_undone and (c.parent.name, c.field) == (table.name, column.name))
            for c in self.diff.changes
        )

    def _added(self, table: Table, column: Column) -> Step:
        value = _constant(self.diff.fill(table.name, column.name) or column.default, table.name, column)
        where = path(table, column.name)
        fill = _backfill(table.name, {where: {"$exists": False}}, [{"$set": {where: {"$literal": value}}}])
        undo = _backfill(table.name, {where: {"$exists": True}}, [{"$unset": where}])
        return step(f"add {table.name}.{column.name}", fill, undo)

    def _carried(self, was: Table, table: Table, old: Column, new: Column) -> list[Step]:
        """Under both names until the old application is gone."""
        one, other = path(was, old.name), path(table, new.name)
        if one == other:
            return []
        differs = {one: {"$exists": True}, "$expr": {"$ne": [f"${one}", f"${other}"]}}
        copy = _backfill(table.name, differs, [{"$set": {other: f"${one}"}}])
        restore = _backfill(table.name, {one: {"$exists": False}}, [{"$set": {one: f"${other}"}}])
        drops = [_backfill(table.name, {name: {"$exists": True}}, [{"$unset": name}]) for name in (one, other)]
        title = f"{table.name}.{old.name} as {new.name}"
        copied = step(f"copy {title}", copy, drops[1], note=_BOTH_NAMES)
        again = step(f"copy {title} again, as written meanwhile", copy)
        gone = step(f"drop {table.name}.{old.name}", drops[0], restore)
        return [*in_phase("migrate", [copied]), *in_phase("contract", [again, gone])]

    def _converted(self, table: Table, old: Column, new: Column) -> Iterator[Step]:
        where = path(table, new.name)
        if (old.type.name in _WHOLE and new.type.name in _WHOLE) or where.startswith("_id"):
            return
        forth, back = (_conversion(table.name, where, _CONVERTED[self._kind(table, each)]) for each in (new, old))
        what = loss(old.type, new.type)
        loses = f"{what} of {table.name}.{new.name}" if what else ""
        yield step(f"convert {table.name}.{new.name} to {new.type}", forth, back, loses=loses)

    def _kind(self, table: Table, column: Column) -> str:
        name = "text" if self.new.enum(column.type.name) else column.type.name
        if name not in _CONVERTED or column.type.dimensions:
            said = f"MongoDB converts nothing to {column.type}, as {table.name}.{column.name} would need"
            raise LabError(said, "add a column under another name instead")
        return name

    def _dropped(self, was: Table, column: Column) -> Step:
        where = path(was, column.name)
        goes = self._goes(was, column)
        value = [{"$set": {where: {"$literal": _stand_in(column, self.old)}}}]
        drop = _backfill(was.name, {where: {"$exists": True}}, [{"$unset": where}])
        back = Way() if goes else _backfill(was.name, {where: {"$exists": False}}, value)
        loses = "" if goes else f"the values of {was.name}.{column.name}"
        return step(f"drop {was.name}.{column.name}", drop, back, loses=loses)

    def _moved(self) -> list[Step]:
        found: list[Step] = []
        for change in self.diff.changes:
            match change:
                case MoveColumn():
                    found += in_phase("migrate", [self._copied(change)])
                case EmbedTable():
                    found += in_phase("migrate", [_embedded(change)])
        return found

    def _copied(self, change: MoveColumn) -> Step:
        back = tuple((b, a) for a, b in change.link)
        forth = self._merge(change.source, change.column.name, change.target, change.new.name, change.link)
        undo = self._merge(change.target, change.new.name, change.source, change.column.name, back)
        title = f"copy {change.source.name}.{change.column.name} to {change.target.name}.{change.new.name}"
        return step(title, _way(forth), _way(undo), note=_NOT_BROUGHT)

    def _merge(self, source: Table, ours: str, target: Table, theirs: str, link: Link) -> dict[str, Any]:
        fields = {path(target, b): f"${path(source, a)}" for a, b in link}
        makes_rows = target.name not in self.before or target.name not in self.after
        into: dict[str, Any] = {"into": target.name, "on": list(fields), "whenMatched": "merge"}
        into["whenNotMatched"] = "insert" if makes_rows else "discard"
        wanted = {"_id": 0, **fields, theirs: f"${path(source, ours)}"}
        return {"aggregate": source.name, "pipeline": [{"$project": wanted}, {"$merge": into}], "cursor": {}}


def _embedded(change: EmbedTable) -> Step:
    child, parent, field = change.child.name, change.parent.name, change.field
    key = path(change.parent, change.link[1])
    lists = {"$group": {"_id": f"${path(change.child, change.link[0])}", field: {"$push": "$$ROOT"}}}
    into = {"into": parent, "on": key, "whenMatched": "merge", "whenNotMatched": "discard"}
    embed = {"aggregate": child, "pipeline": [lists, {"$merge": into}], "cursor": {}}
    merge = {"$merge": {"into": child, "whenMatched": "replace"}}
    rows = [{"$unwind": f"${field}"}, {"$replaceWith": f"${field}"}, merge]
    unembed = {"aggregate": parent, "pipeline": rows, "cursor": {}}
    none: list[dict[str, Any]] = [{"$set": {field: {"$literal": []}}}]
    empty = {"labBackfill": parent, "filter": {field: {"$exists": False}}, "update": none}
    gone = {"labBackfill": parent, "filter": {field: {"$exists": True}}, "update": [{"$unset": field}]}
    if change.is_undone:
        title = f"make documents of {child} out of {parent}.{field}"
        return step(title, _way(unembed), _way(embed, empty), note=_NOT_BROUGHT)
    return step(f"embed {child} in {parent}.{field}", _way(embed, empty), _way(unembed, gone), note=_NOT_BROUGHT)


def _conversion(collection: str, where: str, kind: str) -> Way:
    wanted = {where: {"$not": {"$type": kind}, "$ne": None}}
    return _backfill(collection, wanted, [{"$set": {where: {"$convert": {"input": f"${where}", "to": kind}}}}])


def _backfill(collection: str, wanted: dict[str, Any], update: list[dict[str, Any]]) -> Way:
    lock = Lock("documents", (collection,), "writes of the same documents, for a moment")
    return _way({"labBackfill": collection, "filter": wanted, "update": update}, lock=lock, is_backfill=True)


def _constant(sql: str | None, table: str, column: Column) -> Any:
    """The value of a constant expression. Raises LabError for another."""
    if sql is None or sql.upper() == "NULL":
        return None
    text = sql.partition("::")[0].strip()
    if text.startswith("'") and text.endswith("'"):
        return text[1:-1].replace("''", "'")
    try:
        return json.loads(text.lower())
    except json.JSONDecodeError as error:
        said = f"{table}.{column.name} would be filled with {sql}, and MongoDB is told constants alone"
        raise LabError(said, f"say --fill '{table}.{column.name}=0', or another constant") from error


def _stand_in(column: Column, schema: Schema) -> Any:
    if column.is_nullable:
        return None
    if enum := schema.enum(column.type.name):
        return enum.values[0]
    return {"numeric": {"$numberDecimal": "0"}, "boolean": False, "jsonb": {}, "json": {}}.get(
        column.type.name, 0 if column.type.name in (*_WHOLE, "real", "double precision") else ""
    )

"""Foreign keys -> @relation fields on both sides."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace

from lab.engines.beyond import of_reference
from lab.model.schema import Action, ForeignKey, Loss, Schema, Table
from lab.writers.prisma.keys import usual_reference
from lab.writers.prisma.provider import Provider
from lab.writers.prisma.types import FieldType
from lab.writers.relations import Relation

_ACTIONS: Mapping[Action, str] = {
    "cascade": "Cascade",
    "restrict": "Restrict",
    "no action": "NoAction",
    "set null": "SetNull",
    "set default": "SetDefault",
}
FieldTypes = Mapping[str, Mapping[str, FieldType]]


def sayable(schema: Schema, types: FieldTypes, provider: Provider, losses: list[Loss]) -> Schema:
    """The schema with the foreign keys Prisma can be told of, their actions those the provider has."""
    tables = []
    paths = _Paths()
    for table in schema.tables:
        keys = []
        for key in table.foreign_keys:
            if reason := _obstacle(key, table, schema, types):
                what = f"foreign key ({', '.join(key.columns)}) of {table.name}"
                losses.append(Loss(what, f"left out: {reason}", key.position))
                continue
            keys.append(_with_actions(_ordered(key, schema, provider), table, provider, paths, losses))
        tables.append(replace(table, foreign_keys=tuple(keys)))
    return replace(schema, tables=tuple(tables))


def _obstacle(key: ForeignKey, table: Table, schema: Schema, types: FieldTypes) -> str:
    if key.table not in types:
        return f"{key.table} is no table of the schema"
    target = schema.table(key.table)
    for ours, theirs in zip(key.columns, key.referenced, strict=True):
        one, other = types[table.name][ours], types[key.table][theirs]
        if one.name != other.name:
            return f"{ours} is {one.name}, {key.table}.{theirs} is {other.name}"
        if bool(table.column(ours).type.dimensions) or bool(target.column(theirs).type.dimensions):
            return f"{ours} is a list"
    return ""


def _ordered(key: ForeignKey, schema: Schema, provider: Provider) -> ForeignKey:
    """With the columns in the order of the key they refer to, where the provider wants that."""
    if provider.name != "mysql" or len(key.columns) == 1:
        return key
    target = schema.table(key.table)
    wanted = next((k.columns for k in target.keys if set(k.columns) == set(key.referenced)), key.referenced)
    ours = dict(zip(key.referenced, key.columns, strict=True))
    return replace(key, columns=tuple(ours[name] for name in wanted), referenced=wanted)


def _with_actions(key: ForeignKey, table: Table, provider: Provider, paths: _Paths, losses: list[Loss]) -> ForeignKey:
    what = f"foreign key ({', '.join(key.columns)}) of {table.name}"

    def lose(part: str, consequence: str) -> None:
        losses.append(Loss(f"{part} of {what}", consequence, key.position))

    if not provider.has_references:
        lose("enforcement", "Prisma's client alone keeps references whole")
    losses += of_reference(key, what)
    if key.is_deferrable:
        lose("DEFERRABLE", "checked at once")
    if not provider.has_restrict:
        swapped: dict[Action, Action] = {"restrict": "no action"}
        key = replace(
            key,
            on_delete=swapped.get(key.on_delete, key.on_delete),
            on_update=swapped.get(key.on_update, key.on_update),
        )
    is_required = any(not table.column(name).is_nullable for name in key.columns)
    for event, action in (("DELETE", key.on_delete), ("UPDATE", key.on_update)):
        is_refused = provider.refuses_null_in_required and is_required and action == "set null"
        if is_refused or (action == "set default" and not provider.has_set_default):
            reason = "the column is required" if is_refused else f"{provider.title} has no SET DEFAULT"
            lose(f"ON {event} {action.upper()}", f"refused instead: {reason}")
            key = replace(key, on_delete="no action") if event == "DELETE" else replace(key, on_update="no action")
    acts = provider.refuses_cycles and (key.on_delete, key.on_update) != ("no action", "no action")
    if acts and not paths.add(table.name, key.table):
        lose("the actions", f"refused instead: {provider.title} lets one path of actions lead to a table")
        key = replace(key, on_delete="no action", on_update="no action")
    return key


class _Paths:
    """Which tables' rows a change of a table reaches; one way to each alone."""

    def __init__(self) -> None:
        self._above: dict[str, set[str]] = {}

    def add(self, owner: str, target: str) -> bool:
        """Whether the reference leaves every table with one way to each other; it is counted if so."""
        reached = {target, *self._above.get(target, ())}
        below = [owner, *(name for name, above in self._above.items() if owner in above)]
        if owner in reached or any(reached & self._above.get(name, set()) for name in below):
            return False
        for name in below:
            self._above.setdefault(name, set()).update(reached)
        return True


def owner_line(
    relation: Relation, fields: Mapping[str, Mapping[str, str]], classes: Mapping[str, str], provider: Provider
) -> tuple[str, str, str]:
    """The field that holds the foreign key: its name, type and attribute."""
    key, owner, target = relation.key, relation.owner, relation.target
    said = [json.dumps(relation.name)] if relation.name else []
    said.append(f"fields: [{', '.join(fields[owner.name][name] for name in key.columns)}]")
    said.append(f"references: [{', '.join(fields[target.name][name] for name in key.referenced)}]")
    is_required = any(not owner.column(name).is_nullable for name in key.columns)
    usual: Action = "restrict" if is_required else "set null"
    if is_required and not provider.has_restrict:
        usual = "no action"
    if key.on_delete != usual:
        said.append(f"onDelete: {_ACTIONS[key.on_delete]}")
    if key.on_update != "cascade":
        said.append(f"onUpdate: {_ACTIONS[key.on_update]}")
    if key.name and provider.has_named_references and key.name != usual_reference(owner.name, key.columns):
        said.append(f"map: {json.dumps(key.name)}")
    return relation.field, classes[target.name] + ("" if relation.is_required else "?"), f"@relation({', '.join(said)})"


def opposite_line(relation: Relation, classes: Mapping[str, str]) -> tuple[str, str, str]:
    """The field on the referenced side."""
    mark = "?" if relation.is_one_to_one else "[]"
    named = f"@relation({json.dumps(relation.name)})" if relation.name else ""
    return relation.opposite, classes[relation.owner.name] + mark, named

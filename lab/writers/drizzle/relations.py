"""relations(): what Drizzle's queries follow, from both sides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lab.model.schema import Schema
from lab.writers.relations import Relation
from lab.writers.typescript import text


def relation_blocks(
    schema: Schema,
    relations: tuple[Relation, ...],
    names: Mapping[str, str],
    keys: Mapping[str, Mapping[str, str]],
) -> Iterator[str]:
    """One for each table that has relations. `names` and `keys` are the tables' and columns' in TypeScript."""
    for table in schema.tables:
        own = [relation for relation in relations if relation.owner.name == table.name]
        others = [relation for relation in relations if relation.target.name == table.name]
        if not own and not others:
            continue
        lines = [_one(relation, names, keys) for relation in own]
        lines += [_opposite(relation, names, keys) for relation in others]
        uses_one = own or any(relation.is_one_to_one for relation in others)
        uses_many = any(not relation.is_one_to_one for relation in others)
        given = ", ".join(word for word, used in (("one", uses_one), ("many", uses_many)) if used)
        body = "".join(f"  {line},\n" for line in lines)
        name = names[table.name]
        yield f"export const {name}Relations = relations({name}, ({{ {given} }}) => ({{\n{body}}}));"


def _one(relation: Relation, names: Mapping[str, str], keys: Mapping[str, Mapping[str, str]]) -> str:
    ours, theirs = _ends(relation, names, keys)
    named = f", relationName: {text(relation.name)}" if relation.name else ""
    return f"{relation.field}: one({names[relation.target.name]}, {{ fields: {ours}, references: {theirs}{named} }})"


def _opposite(relation: Relation, names: Mapping[str, str], keys: Mapping[str, Mapping[str, str]]) -> str:
    other = names[relation.owner.name]
    named = f"relationName: {text(relation.name)}" if relation.name else ""
    if not relation.is_one_to_one:
        return f"{relation.opposite}: many({other}{f', {{ {named} }}' if named else ''})"
    if not named:
        return f"{relation.opposite}: one({other})"
    ours, theirs = _ends(relation, names, keys)
    return f"{relation.opposite}: one({other}, {{ fields: {theirs}, references: {ours}, {named} }})"


def _ends(relation: Relation, names: Mapping[str, str], keys: Mapping[str, Mapping[str, str]]) -> tuple[str, str]:
    """The owner's columns and those they refer to, as lists."""
    owner, target = relation.owner.name, relation.target.name
    ours = ", ".join(f"{names[owner]}.{keys[owner][name]}" for name in relation.key.columns)
    theirs = ", ".join(f"{names[target]}.{keys[target][name]}" for name in relation.key.referenced)
    return f"[{ours}]", f"[{theirs}]"

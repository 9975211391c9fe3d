"""@ManyToOne, @OneToOne and @ManyToMany -> columns, foreign keys and join tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from lab.model.schema import Action, Column, ForeignKey, Index, IndexPart, Key, Table
from lab.readers.typeorm.columns import Draft, Drafts, Inside
from lab.readers.typeorm.declared import Declared, Decorator, Property
from lab.readers.typeorm.naming import hashed
from lab.readers.typeorm.reading import Reading
from lab.readers.typescript import (
    Constant,
    Function,
    Items,
    Record,
    Symbol,
    Unknown,
    Value,
    call,
    constant_text,
    entry,
    truth_of,
)

RELATIONS = ("ManyToOne", "OneToOne", "OneToMany", "ManyToMany", "TreeParent", "TreeChildren")
_ACTIONS: Mapping[str, Action] = {
    "CASCADE": "cascade",
    "RESTRICT": "restrict",
    "NO ACTION": "no action",
    "SET NULL": "set null",
    "SET DEFAULT": "set default",
}


@dataclass(frozen=True, slots=True)
class Entity:
    """An entity that has a table: what it declares, the table's name and namespace, its columns in the making."""

    declared: Declared
    table: str
    namespace: str | None
    drafts: Drafts


Entities = Mapping[str, Entity]
"""By the names of their classes."""


def join(property_: Property, inside: Inside, owner: Entity, entities: Entities, reading: Reading) -> list[ForeignKey]:
    """The foreign key a many-to-one or an owning one-to-one makes, its columns added to the table."""
    decorator = property_.decorator("ManyToOne", "OneToOne", "TreeParent")
    if decorator is None or (decorator.name == "OneToOne" and not property_.decorator("JoinColumn")):
        return []
    target = owner if decorator.name == "TreeParent" else _target(decorator, property_, owner, entities, reading)
    if target is None:
        return []
    options = decorator.options
    pairs = list(_joined(property_, inside, target, decorator, reading))
    if not pairs:
        return []
    names = tuple(ours for ours, _ in pairs)
    inside.drafts.columns_of[f"{inside.path}{property_.name}"] = names
    if decorator.name == "OneToOne":
        _make_unique(names, inside.drafts)
    if _is_off(entry(options, "createForeignKeyConstraints")):
        what = f"foreign key of {owner.table}.{', '.join(names)}"
        reading.lose(what, "not created: createForeignKeyConstraints is false", decorator.place)
        return []
    given = next((constant_text(entry(one, "foreignKeyConstraintName")) for one in _join_columns(property_)), None)
    return [
        ForeignKey(
            names,
            target.table,
            tuple(theirs for _, theirs in pairs),
            _action(options, "onDelete", decorator, reading),
            _action(options, "onUpdate", decorator, reading),
            is_deferrable=entry(options, "deferrable") is not None,
            name=given or hashed("FK", owner.table, names),
            position=decorator.place.position,
            is_initially_deferred=constant_text(entry(options, "deferrable")) == "INITIALLY DEFERRED",
        )
    ]


def _is_off(value: Value | None) -> bool:
    return isinstance(value, Constant) and value.value is False


def _action(options: Value | None, name: str, decorator: Decorator, reading: Reading) -> Action:
    value = entry(options, name)
    said = (constant_text(value) or "").upper()
    if value is not None and said not in ("", "DEFAULT", *_ACTIONS):
        reading.lose(f"{name} {value.place.text}", "no action: it is unknown", decorator.place)
    return _ACTIONS.get(said, "no action")


def _make_unique(names: tuple[str, ...], drafts: Drafts) -> None:
    mine = [draft for draft in drafts.columns if draft.column.name in names]
    if not all(draft.is_primary for draft in mine):
        drafts.relation_keys.append((names, mine[0].place.position))


def _target(
    decorator: Decorator, property_: Property, owner: Entity, entities: Entities, reading: Reading
) -> Entity | None:
    """The entity a relation leads to; None, and a loss, when it is not in the files read."""
    first = decorator.argument(0)
    value = call(first, [], decorator.place) if isinstance(first, Function) else first
    declared = reading.declared(value) if value is not None else None
    name = declared.name if declared else constant_text(value)
    if name is None and isinstance(value, Symbol):
        name = value.name
    if name is None and isinstance(first, Function):
        name = (first.body.text or b"").decode()
    name = constant_text(entry(value, "name")) or name if isinstance(value, Record) else name
    found = entities.get(name or "")
    if found is None:
        reason = value.reason if isinstance(value, Unknown) else "it is no entity of the files read"
        what = f"relation {property_.name} of {owner.table} to {name}"
        reading.lose(what, f"left out: {reason}", decorator.place)
    return found


def _join_columns(property_: Property) -> list[Value]:
    """The options of every @JoinColumn, in order."""
    found: list[Value] = []
    for decorator in property_.decorators:
        if decorator.name == "JoinColumn" and decorator.arguments:
            first = decorator.arguments[0]
            found += first.values if isinstance(first, Items) else [first]
    return found


def _referenced(options: Sequence[Value], target: Entity) -> list[Draft]:
    """The columns of the target a relation refers to: the primary key, or those that are named."""
    named = [constant_text(entry(one, "referencedColumnName")) for one in options]
    primary = [draft for draft in target.drafts.columns if draft.is_primary]
    if not any(named):
        return primary
    found = [draft for name in named for draft in target.drafts.columns if name in (draft.path, draft.column.name)]
    order = {id(draft): place for place, draft in enumerate(primary)}
    return sorted(found, key=lambda draft: order.get(id(draft), len(order)))


def _joined(
    property_: Property, inside: Inside, target: Entity, decorator: Decorator, reading: Reading
) -> Iterator[tuple[str, str]]:
    """Our column and theirs, one pair for each column of the key."""
    options = _join_columns(property_)
    referenced = _referenced(options, target)
    if not referenced:
        what = f"relation {property_.name} of {inside.drafts.table} to {target.table}"
        reading.lose(what, "left out: what it refers to is no column that is known", decorator.place)
    for theirs in referenced:
        name = _join_name(options, theirs) or reading.naming.join_column(property_.name, theirs.path)
        ours = next((draft for draft in inside.drafts.columns if draft.bare_name == name), None)
        if ours is None:
            ours = _join_draft(name, theirs, property_, inside, decorator, reading)
            inside.drafts.columns.append(ours)
        elif ours.column.type != theirs.column.type:
            ours.put(type=theirs.column.type)
        yield ours.column.name, theirs.column.name


def _join_name(options: Sequence[Value], theirs: Draft) -> str | None:
    for one in options:
        referenced = constant_text(entry(one, "referencedColumnName"))
        name = constant_text(entry(one, "name"))
        if name and referenced in (None, theirs.path):
            return name
    return None


def _join_draft(
    name: str, theirs: Draft, property_: Property, inside: Inside, decorator: Decorator, reading: Reading
) -> Draft:
    options = decorator.options
    is_primary = bool(truth_of(entry(options, "primary"))) or property_.decorator("PrimaryColumn") is not None
    is_nullable = not _is_off(entry(options, "nullable")) and not is_primary
    column = Column(
        reading.naming.column(property_.name, name, inside.prefixes),
        theirs.column.type,
        is_nullable=is_nullable or inside.is_nullable,
        comment=property_.doc,
        position=property_.place.position,
    )
    return Draft(f"{inside.path}{property_.name}", name, column, decorator.place, is_primary)


def join_table(property_: Property, owner: Entity, entities: Entities, reading: Reading) -> list[Table]:
    """The table a @ManyToMany with a @JoinTable makes."""
    decorator, joins = property_.decorator("ManyToMany"), property_.decorator("JoinTable")
    if decorator is None or joins is None:
        return []
    target = _target(decorator, property_, owner, entities, reading)
    if target is None:
        return []
    options = joins.argument(0)
    name = constant_text(options) or constant_text(entry(options, "name"))
    name = name or reading.naming.join_table(owner.table, target.table, property_.name)
    ours = _side(options, "joinColumn", owner, reading)
    theirs = _side(options, "inverseJoinColumn", target, reading)
    ours, theirs = _apart(ours, theirs)
    if not ours or not theirs:
        reading.lose(f"join table {name}", "left out: one of the two has no primary key", decorator.place)
        return []
    inverse = _inverse(decorator, target)
    namespace = constant_text(entry(options, "schema")) or owner.namespace
    return [_join_table(name, namespace, (ours, owner, decorator), (theirs, target, inverse), decorator, reading)]


_Pairs = list[tuple[str, Draft]]


def _side(options: Value | None, key: str, entity: Entity, reading: Reading) -> _Pairs:
    """A join table's columns towards one entity, and the columns they refer to."""
    listed = entry(options, f"{key}s")
    single = entry(options, key)
    said: list[Value] = list(listed.values) if isinstance(listed, Items) else [single] if single else []
    return [
        (
            _join_name(said, draft) or reading.naming.join_table_column(entity.table, draft.column.name),
            draft,
        )
        for draft in _referenced(said, entity)
    ]


def _apart(ours: _Pairs, theirs: _Pairs) -> tuple[_Pairs, _Pairs]:
    """Columns of one name told apart by a number, as TypeORM does."""
    names = [name for name, _ in theirs]
    same = {name for name, _ in ours if name in names}
    return (
        [(f"{name}_1" if name in same else name, draft) for name, draft in ours],
        [(f"{name}_2" if name in same else name, draft) for name, draft in theirs],
    )


def _inverse(decorator: Decorator, target: Entity) -> Decorator | None:
    """The other side's @ManyToMany, which `(user) => user.groups` names."""
    second = decorator.argument(1)
    name = constant_text(second) or constant_text(entry(decorator.options, "inverseSide"))
    if isinstance(second, Function):
        named = call(second, [Symbol("property", "*", decorator.place)], decorator.place)
        name = named.name if isinstance(named, Symbol) else None
    for property_ in target.declared.all_properties():
        if property_.name == name:
            return property_.decorator("ManyToMany")
    return None


def _join_table(
    name: str,
    namespace: str | None,
    first: tuple[_Pairs, Entity, Decorator],
    second: tuple[_Pairs, Entity, Decorator | None],
    decorator: Decorator,
    reading: Reading,
) -> Table:
    position = decorator.place.position
    pairs = (*first[0], *second[0])
    keys, indexes = [], []
    for side, entity, said in (first, second):
        names = tuple(column for column, _ in side)
        options = said.options if said else None
        keys.append(
            ForeignKey(
                names,
                entity.table,
                tuple(draft.column.name for _, draft in side),
                _action(options, "onDelete", decorator, reading) if entry(options, "onDelete") else "cascade",
                _action(options, "onUpdate", decorator, reading) if entry(options, "onUpdate") else "cascade",
                name=hashed("FK", name, names),
                position=position,
            )
        )
        parts = tuple(IndexPart(column) for column in names)
        indexes.append(Index(hashed("IDX", name, names), name, parts, position=position))
    columns = tuple(Column(column, draft.column.type, is_nullable=False, position=position) for column, draft in pairs)
    key = tuple(column for column, _ in pairs)
    return Table(
        name,
        columns,
        Key(key, hashed("PK", name, key), position),
        foreign_keys=tuple(keys),
        indexes=tuple(indexes),
        namespace=namespace,
        position=position,
    )


def as_table(entity: Entity, foreign_keys: Sequence[ForeignKey]) -> Table:
    """The table of an entity, without indexes and checks."""
    primary = tuple(draft.column.name for draft in entity.drafts.columns if draft.is_primary)
    position = entity.declared.place.position
    columns = [
        replace(draft.column, is_nullable=False) if draft.is_primary else draft.column
        for draft in entity.drafts.columns
    ]
    given = next((draft.key_name for draft in entity.drafts.columns if draft.is_primary and draft.key_name), None)
    keys = [*entity.drafts.uniques()]
    return Table(
        entity.table,
        tuple(columns),
        Key(primary, given or hashed("PK", entity.table, primary), position) if primary else None,
        tuple({key.columns: key for key in keys}.values()),
        tuple({key.columns: key for key in foreign_keys}.values()),
        namespace=entity.namespace,
        comment=entity.declared.doc,
        position=position,
    )

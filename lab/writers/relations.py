"""Foreign keys and join tables as the fields two classes have for each other, with names a person would choose."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from lab.model.schema import ForeignKey, Schema, Table
from lab.writers.names import camel, free, pascal, plural, singular, words

_SUFFIXES = ("id", "uuid", "ref", "fk", "key", "code")


@dataclass(frozen=True, slots=True)
class Relation:
    """One foreign key. `field` is the owner's, `opposite` the referenced table's; `name` tells relations between the
    same two tables apart, and is empty where there is one."""

    owner: Table
    target: Table
    key: ForeignKey
    field: str
    opposite: str
    is_one_to_one: bool
    is_required: bool
    name: str = ""


@dataclass(frozen=True, slots=True)
class JoinRelation:
    """A join table without columns of its own. `first` is the side its first foreign key refers to; `first_field` is
    what a class of `first` calls those of `second`."""

    table: Table
    first: Table
    second: Table
    keys: tuple[ForeignKey, ForeignKey]
    first_field: str
    second_field: str
    name: str = ""


@dataclass(slots=True)
class Fields:
    """What is taken, by table: the fields for columns, and those relations got."""

    columns: Mapping[str, Mapping[str, str]]
    """Table -> column -> field."""
    taken: dict[str, set[str]]
    reserved: Collection[str]

    def give(self, table: str, wanted: str) -> str:
        made = free(wanted, self.taken[table], self.reserved)
        self.taken[table].add(made)
        return made


def column_fields(schema: Schema, reserved: Collection[str] = ()) -> dict[str, dict[str, str]]:
    """Table -> column -> the field's name."""
    found: dict[str, dict[str, str]] = {}
    for table in schema.tables:
        taken: dict[str, str] = {}
        for column in table.columns:
            taken[column.name] = free(camel(column.name), taken.values(), reserved)
        found[table.name] = taken
    return found


def relate(
    schema: Schema,
    columns: Mapping[str, Mapping[str, str]],
    joins: Iterable[Table] = (),
    reserved: Collection[str] = (),
) -> tuple[tuple[Relation, ...], tuple[JoinRelation, ...]]:
    """The relations of all tables but `joins`, which become relations of their own."""
    fields = Fields(columns, {table: set(own.values()) for table, own in columns.items()}, reserved)
    joined = {table.name for table in joins}
    known = {table.name for table in schema.tables}
    pairs = [(table, key) for table, key in schema.foreign_keys() if table.name not in joined and key.table in known]
    crowded = _crowded(pairs, [table for table in schema.tables if table.name in joined])
    relations = tuple(_relation(table, key, schema, fields, crowded) for table, key in pairs)
    many = tuple(_join(table, schema, fields, crowded) for table in schema.tables if table.name in joined)
    return relations, many


def _crowded(pairs: Iterable[tuple[Table, ForeignKey]], joins: Iterable[Table]) -> set[frozenset[str]]:
    """Pairs of tables with more than one relation between them, and tables that refer to themselves."""
    seen: set[frozenset[str]] = set()
    crowded: set[frozenset[str]] = set()
    ends = [frozenset((table.name, key.table)) for table, key in pairs]
    ends += [frozenset(key.table for key in table.foreign_keys) for table in joins]
    for pair in ends:
        if pair in seen or len(pair) == 1:
            crowded.add(pair)
        seen.add(pair)
    return crowded


def _relation(table: Table, key: ForeignKey, schema: Schema, fields: Fields, crowded: set[frozenset[str]]) -> Relation:
    target = schema.table(key.table)
    role = _role(table, key, target)
    field = camel(role)
    if field in fields.taken[table.name]:
        field = camel(f"{role}_{singular(target.name)}") if role != singular(target.name) else f"{field}Row"
    is_one = is_unique(table, key.columns)
    is_crowded = frozenset((table.name, key.table)) in crowded
    plain = singular(table.name) if is_one else plural(table.name)
    opposite = camel(plain)
    if is_crowded and words(role) != words(singular(target.name)):
        is_tree = table is target and words(role)[-1:] == ["parent"]
        opposite = ("child" if is_one else "children") if is_tree else camel(f"{plain}_as_{role}")
    given = fields.give(table.name, field)
    return Relation(
        table,
        target,
        key,
        given,
        fields.give(target.name, opposite),
        is_one,
        all(not table.column(name).is_nullable for name in key.columns),
        f"{pascal(singular(table.name))}{given[:1].upper()}{given[1:]}" if is_crowded else "",
    )


def _role(table: Table, key: ForeignKey, target: Table) -> str:
    """What the owner calls the other: `author_id` -> `author`, `(tenant_id, order_id)` -> `order`."""
    shared = {name for other in table.foreign_keys if other is not key for name in other.columns}
    own = [name for name in key.columns if name not in shared] or list(key.columns)
    found = words(own[-1])
    while len(found) > 1 and found[-1] in _SUFFIXES:
        found = found[:-1]
    return "_".join(found) if found and found != ["id"] else singular(target.name)


def is_unique(table: Table, columns: Collection[str]) -> bool:
    """Whether a key of the table, or a unique index over all its rows, is over exactly these columns."""
    wanted = set(columns)
    return any(set(key.columns) == wanted for key in table.keys) or any(
        index.is_unique and not index.where and len(index.columns) == len(index.parts) and set(index.columns) == wanted
        for index in table.indexes
    )


def _join(table: Table, schema: Schema, fields: Fields, crowded: set[frozenset[str]]) -> JoinRelation:
    first, second = (schema.table(key.table) for key in table.foreign_keys)
    pair = frozenset((first.name, second.name))
    names = [camel(plural(second.name)), camel(plural(first.name))]
    if pair in crowded:
        stem = table.name.lstrip("_")
        names = [camel(f"{stem}_{plural(second.name)}"), camel(f"{stem}_{plural(first.name)}")]
        if first is second:
            names = [camel(f"{stem}_{'_'.join(key.columns)}") for key in reversed(table.foreign_keys)]
    return JoinRelation(
        table,
        first,
        second,
        (table.foreign_keys[0], table.foreign_keys[1]),
        fields.give(first.name, names[0]),
        fields.give(second.name, names[1]),
        pascal(table.name) if pair in crowded else "",
    )


def class_names(schema: Schema, reserved: Collection[str] = ()) -> dict[str, str]:
    """Table -> the name of its class: `order_items` -> `OrderItem`."""
    found: dict[str, str] = {}
    for table in schema.tables:
        found[table.name] = free(pascal(singular(table.name)), found.values(), reserved)
    return found

"""TypeORM's entities, decorated classes and EntitySchemas alike, read as text.

Source of the language: TypeORM's manual, "Decorators reference"; of names and types in the database: the metadata
TypeORM 1 builds of the same entities.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from lab.errors import LabError
from lab.model.schema import ForeignKey, Index, IndexPart, Loss, Schema, Statement, Table
from lab.readers.expressions import quoted
from lab.readers.typeorm.columns import Drafts, Inside, add_columns
from lab.readers.typeorm.declared import Declarations, Declared, Decorator, Property
from lab.readers.typeorm.keys import add_key
from lab.readers.typeorm.naming import hashed
from lab.readers.typeorm.project import settings_of
from lab.readers.typeorm.reading import Reading
from lab.readers.typeorm.relations import Entity, as_table, join, join_table
from lab.readers.typeorm.trees import add_tree_columns, closure_table
from lab.readers.typescript import (
    Call,
    Class,
    Constant,
    Place,
    Program,
    Symbol,
    Value,
    constant_text,
    entry,
    lookup,
    truth_of,
)


def read(program: Program) -> Schema:
    """The schema the files' entities make up together. Raises LabError with file and line at the first mistake."""
    losses: list[Loss] = []
    settings = settings_of(program)
    reading = Reading(settings.provider, settings.naming, losses, Declarations(losses))
    if settings.is_assumed:
        place = Place(program.roots[0], program.roots[0].root)
        reading.lose("the database's kind", "taken as PostgreSQL: no DataSource that was found says", place)
    declared = list(_declared(program, reading))
    entities = {one.name: _entity(one, declared, reading) for one in declared if one.decorator("Entity")}
    for one in declared:
        root = _root(one)
        if one.decorator("ChildEntity") and root is not None and root.name in entities:
            entities[one.name] = entities[root.name]
        elif one.decorator("ViewEntity"):
            _keep_view(one, reading)
    tables = _tables(entities, declared, reading)
    kept = sorted(dict.fromkeys(losses), key=_place)
    return Schema(
        tuple(tables), tuple(reading.enums.values()), tuple(reading.statements), tuple(kept), reading.provider
    )


def _keep_view(one: Declared, reading: Reading) -> None:
    """@ViewEntity, where its query is SQL."""
    decorator = one.decorator("ViewEntity")
    options = decorator.options if decorator else None
    said = decorator.argument(0) if decorator else None
    query = constant_text(entry(options, "expression")) or constant_text(said)
    if query is None or reading.provider != "postgres":
        reading.lose(f"view {one.name}", "not created: its query is not known as SQL of PostgreSQL", one.place)
        return
    name = constant_text(entry(options, "name")) or reading.naming.table(one.name)
    space = constant_text(entry(options, "schema"))
    kind = "MATERIALIZED VIEW" if truth_of(entry(options, "materialized")) else "VIEW"
    full = f"{quoted(space)}.{quoted(name)}" if space and space != "public" else quoted(name)
    sql = f"CREATE {kind} {full} AS {query}"
    reading.statements.append(Statement(sql, f"{kind.lower()} {name}", one.place.position))


def _place(loss: Loss) -> tuple[str, int, int]:
    place = loss.position
    return (place.file, place.line, place.column) if place else ("", 0, 0)


def _declared(program: Program, reading: Reading) -> Iterator[Declared]:
    """The entities of the files given, and those they import from others."""
    seen: set[int] = set()
    done: set[str] = set()
    while True:
        waiting = [module for module in program.modules() if str(module.path) not in done]
        if not waiting:
            return
        for module in waiting:
            done.add(str(module.path))
            for name, binding in module.scope.bindings.items():
                if binding.kind not in ("class", "value", "import"):
                    continue
                value = lookup(name, module.scope, Place(module, binding.node))
                one = _entity_of(value, reading) if binding.kind != "import" else None
                if one is not None and id(one) not in seen:
                    seen.add(id(one))
                    yield one


def _entity_of(value: Value, reading: Reading) -> Declared | None:
    is_schema = isinstance(value, Call) and value.is_new
    if is_schema and isinstance(value, Call):
        is_schema = isinstance(value.function, Symbol) and value.function.name == "EntitySchema"
    if not (isinstance(value, Class) or is_schema):
        return None
    one = reading.declared(value)
    return one if one and one.decorator("Entity", "ChildEntity", "ViewEntity") else None


def _root(one: Declared) -> Declared | None:
    """The class whose table a @ChildEntity shares."""
    return next((base for base in one.line() if base.decorator("TableInheritance")), None)


def _entity(one: Declared, declared: list[Declared], reading: Reading) -> Entity:
    decorator = one.decorator("Entity")
    name = _table_name(one, decorator, reading)
    options = decorator.options if decorator else None
    namespace = constant_text(entry(options, "schema"))
    drafts = Drafts(name)
    _add_all(one.all_properties(), Inside(drafts), reading)
    for child in declared:
        if child.decorator("ChildEntity") and _root(child) is one:
            own = [p for p in child.all_properties() if p not in one.all_properties()]
            _add_all(own, Inside(drafts, is_nullable=True), reading)
    add_tree_columns(one, drafts, reading)
    return Entity(one, name, None if namespace == "public" else namespace, drafts)


def _add_all(properties: list[Property], inside: Inside, reading: Reading) -> None:
    for property_ in properties:
        add_columns(property_, inside, reading)


def _table_name(one: Declared, decorator: Decorator | None, reading: Reading) -> str:
    options = decorator.options if decorator else None
    first = decorator.argument(0) if decorator else None
    said = (
        first if first is not None and first is not options else entry(options, "tableName") or entry(options, "name")
    )
    if decorator is not None and one.place.text.startswith("new") and entry(options, "tableName") is None:
        return reading.naming.table(one.name)
    if said is None or (isinstance(said, Constant) and said.value is None):
        return reading.naming.table(one.name)
    name = constant_text(said)
    if name is None:
        raise LabError(
            f"{one.place.position}: the name of entity {one.name} cannot be known from the text: {said.place.text}",
            'write it as a constant: @Entity("orders")',
        )
    return name


def _tables(entities: dict[str, Entity], declared: list[Declared], reading: Reading) -> list[Table]:
    own = {id(entity): entity for entity in entities.values()}
    keys: dict[int, list[ForeignKey]] = {key: [] for key in own}
    junctions: list[Table] = []
    for key, entity in own.items():
        for property_, inside in _relations(entity, declared, reading):
            keys[key] += join(property_, inside, entity, entities, reading)
    for entity in own.values():
        for property_, _ in _relations(entity, declared, reading):
            junctions += join_table(property_, entity, entities, reading)
        junctions += closure_table(entity, reading)
    tables = [_with_keys(as_table(entity, keys[key]), entity, declared, reading) for key, entity in own.items()]
    named = {table.name: table for table in reversed(junctions)}
    return [*tables, *(table for name, table in reversed(named.items()) if all(name != one.name for one in tables))]


def _relations(entity: Entity, declared: list[Declared], reading: Reading) -> list[tuple[Property, Inside]]:
    """Every property that may be a relation, with where it stands."""
    found = [(property_, Inside(entity.drafts)) for property_ in entity.declared.all_properties()]
    for child in _children(entity, declared):
        known = [property_ for property_, _ in found]
        own = [property_ for property_ in child.all_properties() if property_ not in known]
        found += [(property_, Inside(entity.drafts, is_nullable=True)) for property_ in own]
    return found + [pair for pair in reading.embedded if pair[1].drafts is entity.drafts]


def _children(entity: Entity, declared: list[Declared]) -> list[Declared]:
    return [one for one in declared if one.decorator("ChildEntity") and _root(one) is entity.declared]


def _with_keys(table: Table, entity: Entity, declared: list[Declared], reading: Reading) -> Table:
    classes = [base for one in (entity.declared, *_children(entity, declared)) for base in one.line()]
    for base in dict.fromkeys(classes):
        for decorator in base.decorators:
            table = add_key(decorator, table, entity.drafts, reading, None)
    for property_, inside in _relations(entity, declared, reading):
        for decorator in property_.decorators:
            table = add_key(decorator, table, entity.drafts, reading, f"{inside.path}{property_.name}")
    if entity.drafts.discriminator:
        table = _with_discriminator(table, entity.drafts.discriminator)
    options = entity.declared.decorator("Entity")
    said = entry(options.options, "synchronize") if options else None
    if said is not None and truth_of(said) is False:
        reading.lose(f"synchronize: false of {table.name}", "created all the same", entity.declared.place)
    comment = constant_text(entry(options.options, "comment")) if options else None
    return replace(table, comment=comment or table.comment)


def _with_discriminator(table: Table, column: str) -> Table:
    """TypeORM looks rows up by their class."""
    index = Index(hashed("IDX", table.name, (column,)), table.name, (IndexPart(column),), position=table.position)
    return replace(table, indexes=(*table.indexes, index))

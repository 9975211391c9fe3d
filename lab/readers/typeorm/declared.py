"""What classes and EntitySchemas declare, before any of it is understood: decorators and where they stand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from tree_sitter import Node

from lab.model.schema import Loss
from lab.readers.typescript import (
    Call,
    Class,
    Function,
    Items,
    Member,
    Place,
    Record,
    Scope,
    Symbol,
    Undefined,
    Unknown,
    Value,
    constant_text,
    doc_before,
    entry,
    evaluate,
    text_of,
    truth_of,
)

_NO_SCHEMA = re.compile(
    r"class-validator|class-transformer|@nestjs/(?!typeorm)|graphql|swagger|routing-controllers|typedi"
)
DECORATORS = frozenset(
    """Entity ChildEntity TableInheritance Tree ViewEntity Index Unique Check Exclusion Column PrimaryColumn
    PrimaryGeneratedColumn CreateDateColumn UpdateDateColumn DeleteDateColumn VersionColumn ObjectIdColumn
    VirtualColumn ViewColumn Generated ManyToOne OneToOne OneToMany ManyToMany JoinColumn JoinTable TreeParent
    TreeChildren TreeLevelColumn RelationId ForeignKey""".split()
)


@dataclass(frozen=True, slots=True)
class Decorator:
    name: str
    arguments: tuple[Value, ...]
    place: Place

    def argument(self, number: int) -> Value | None:
        return self.arguments[number] if len(self.arguments) > number else None

    @property
    def options(self) -> Record | None:
        """The options object, wherever among the arguments it stands."""
        return next((argument for argument in self.arguments if isinstance(argument, Record)), None)


@dataclass(frozen=True, slots=True)
class Property:
    """A property with decorators; `annotation` is its type and `initial` its first value, as written."""

    name: str
    decorators: tuple[Decorator, ...]
    place: Place
    scope: Scope
    annotation: Node | None = None
    initial: Node | None = None
    doc: str = ""

    def decorator(self, *names: str) -> Decorator | None:
        return next((found for found in self.decorators if found.name in names), None)


@dataclass(frozen=True, slots=True, eq=False)
class Declared:
    """A class or an EntitySchema. `properties` are its own; those of `base` come before them."""

    name: str
    decorators: tuple[Decorator, ...]
    properties: tuple[Property, ...]
    place: Place
    base: Declared | None = None
    doc: str = ""

    def decorator(self, *names: str) -> Decorator | None:
        return next((found for found in self.decorators if found.name in names), None)

    def line(self) -> list[Declared]:
        """The bases, the furthest first, then this."""
        return [*(self.base.line() if self.base else ()), self]

    def all_properties(self) -> list[Property]:
        """Inherited ones first; one declared again counts where it is declared again."""
        found: dict[str, Property] = {}
        for declared in self.line():
            found.update({one.name: one for one in declared.properties})
        return list(found.values())


@dataclass(slots=True)
class Declarations:
    """Classes read so far, by where they stand, and what could not be read."""

    losses: list[Loss]
    known: dict[tuple[str, int, int], Declared] = field(default_factory=dict)
    scopes: list[Scope] = field(default_factory=list)
    """Where the classes stand: one that a mixin returns is another at each call."""

    def of_class(self, found: Class) -> Declared:
        key = str(found.place.module.path), found.node.start_byte, id(found.scope)
        self.scopes.append(found.scope)
        if key not in self.known:
            self.known[key] = Declared(found.name, (), (), found.place)
            self.known[key] = Declared(
                found.name,
                tuple(self._decorators(found.decorators, found.scope)),
                tuple(self._properties(found)),
                found.place,
                self._base(found),
                found.doc,
            )
        return self.known[key]

    def of_schema(self, made: Call) -> Declared:
        """`new EntitySchema({…})`, as the decorators that would say the same."""
        key = str(made.place.module.path), made.place.node.start_byte, 0
        if key not in self.known:
            self.known[key] = _schema(made)
        return self.known[key]

    def _base(self, found: Class) -> Declared | None:
        heritage = next((child for child in found.node.children if child.type == "class_heritage"), None)
        clause = heritage.named_children[0] if heritage is not None and heritage.named_children else None
        node = clause.child_by_field_name("value") if clause is not None else None
        if node is None:
            return None
        value = evaluate(node, found.scope)
        if isinstance(value, Class):
            return self.of_class(value)
        if not (isinstance(value, Symbol) and value.name == "BaseEntity"):
            reason = value.reason if isinstance(value, Unknown) else "it is not in the files read"
            self._lose(
                f"base {text_of(node)} of class {found.name}", f"what it adds is left out: {reason}", found.place
            )
        return None

    def _properties(self, found: Class) -> Iterator[Property]:
        body = found.node.child_by_field_name("body")
        before: list[Node] = []
        for member in body.named_children if body is not None else ():
            if member.type == "decorator":
                before.append(member)
                continue
            name = member.child_by_field_name("name")
            if member.type in ("public_field_definition", "method_definition") and name is not None:
                own = [child for child in member.children if child.type == "decorator"]
                decorators = tuple(self._decorators((*before, *own), found.scope))
                if decorators:
                    first = before[0] if before else member
                    yield Property(
                        text_of(name).strip("'\""),
                        decorators,
                        Place(found.place.module, member),
                        found.scope,
                        member.child_by_field_name("type"),
                        member.child_by_field_name("value"),
                        doc_before(first),
                    )
            if member.type != "comment":
                before = []

    def _decorators(self, nodes: tuple[Node, ...], scope: Scope) -> Iterator[Decorator]:
        for node in nodes:
            yield from self._decorator(evaluate(node.named_children[0], scope), Place(scope.module, node))

    def _decorator(self, value: Value, place: Place) -> Iterator[Decorator]:
        match value:
            case Symbol():
                if _is_typeorm(value):
                    yield Decorator(value.name, (), place)
            case Call(function=Symbol(name="applyDecorators")):
                for argument in value.arguments:
                    yield from self._decorator(argument, place)
            case Call(function=Symbol() as symbol) if _is_typeorm(symbol):
                yield Decorator(symbol.name, value.arguments, place)
            case Call(function=Member(object=Symbol() as owner, name=name)) if "typeorm" in owner.module:
                yield Decorator(name, value.arguments, place)
            case Unknown() | Function() | Undefined():
                reason = value.reason if isinstance(value, Unknown) else "what it does is not followed"
                self._lose(f"decorator {place.text}", f"left out: {reason}", place)

    def _lose(self, what: str, consequence: str, place: Place) -> None:
        self.losses.append(Loss(what, consequence, place.position))


def _is_typeorm(symbol: Symbol) -> bool:
    return symbol.name in DECORATORS and bool(symbol.module) and not _NO_SCHEMA.search(symbol.module)


_OF_COLUMNS = {
    "createDate": "CreateDateColumn",
    "updateDate": "UpdateDateColumn",
    "deleteDate": "DeleteDateColumn",
    "version": "VersionColumn",
    "treeLevel": "TreeLevelColumn",
    "objectId": "ObjectIdColumn",
}
_OF_RELATIONS = {
    "many-to-one": "ManyToOne",
    "one-to-one": "OneToOne",
    "one-to-many": "OneToMany",
    "many-to-many": "ManyToMany",
}


def _schema(made: Call) -> Declared:
    options = made.argument(0)
    place = made.place
    decorators = [Decorator("Entity", (options,) if options else (), place)]
    for key, name in (("indices", "Index"), ("uniques", "Unique"), ("checks", "Check"), ("exclusions", "Exclusion")):
        listed = entry(options, key)
        for item in listed.values if isinstance(listed, Items) else ():
            named = [value for field_ in ("name", "columns", "expression") if (value := entry(item, field_))]
            decorators.append(Decorator(name, (*named, item), item.place))
    properties = [*_schema_columns(options, place), *_schema_relations(options, place)]
    return Declared(constant_text(entry(options, "name")) or place.text, tuple(decorators), tuple(properties), place)


def _schema_columns(options: Value | None, place: Place) -> Iterator[Property]:
    columns = entry(options, "columns")
    scope = place.module.scope
    for key, column in columns.entries.items() if isinstance(columns, Record) else ():
        name = next((said for flag, said in _OF_COLUMNS.items() if entry(column, flag) is not None), "Column")
        yield Property(key, (Decorator(name, (column,), column.place),), column.place, scope)
    embedded = entry(options, "embeddeds")
    for key, item in embedded.entries.items() if isinstance(embedded, Record) else ():
        inner = entry(item, "schema")
        yield Property(key, (Decorator("Column", (inner or item, item), item.place),), item.place, scope)


def _schema_relations(options: Value | None, place: Place) -> Iterator[Property]:
    relations = entry(options, "relations")
    for key, relation in relations.entries.items() if isinstance(relations, Record) else ():
        kind, target = entry(relation, "type"), entry(relation, "target")
        name = _OF_RELATIONS.get(constant_text(kind) or "")
        if name is None or target is None:
            continue
        decorators = [Decorator(name, (target, relation), relation.place)]
        for key_, said in (("joinColumn", "JoinColumn"), ("joinTable", "JoinTable")):
            join = entry(relation, key_)
            if join is not None and truth_of(join):
                arguments = (join,) if isinstance(join, Record | Items) else ()
                decorators.append(Decorator(said, arguments, join.place))
        yield Property(key, tuple(decorators), relation.place, place.module.scope)

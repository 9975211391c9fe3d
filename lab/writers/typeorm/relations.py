"""Foreign keys and join tables -> relations on both sides."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from lab.engines.beyond import of_reference
from lab.model.schema import Column, IndexPart, Loss, Schema, Table
from lab.writers.names import camel
from lab.writers.relations import JoinRelation, Relation
from lab.writers.typescript import record, text


class Relations:
    """The properties for relations; `used` collects what has to be imported."""

    def __init__(
        self,
        fields: Mapping[str, Mapping[str, str]],
        classes: Mapping[str, str],
        engine: str,
        losses: list[Loss],
        used: set[str],
    ) -> None:
        self._fields = fields
        self._classes = classes
        self._engine = engine
        self._losses = losses
        self._used = used

    def owner(self, relation: Relation) -> str:
        """The property that holds the foreign key."""
        key, other = relation.key, self._classes[relation.target.name]
        what = f"foreign key {key.name} of {relation.owner.name}"
        self._losses += of_reference(key, what)
        if key.is_deferrable and self._engine != "postgres":
            self._losses.append(Loss(f"DEFERRABLE of {what}", "checked at once", key.position))
        timing = "INITIALLY DEFERRED" if key.is_initially_deferred else "INITIALLY IMMEDIATE"
        options = record(
            {
                "nullable": "false" if relation.is_required else None,
                "onDelete": text(key.on_delete.upper()) if key.on_delete != "no action" else None,
                "onUpdate": text(key.on_update.upper()) if key.on_update != "no action" else None,
                "deferrable": text(timing) if key.is_deferrable and self._engine == "postgres" else None,
            }
        )
        kind = "OneToOne" if relation.is_one_to_one else "ManyToOne"
        arguments = [f"() => {other}", self._inverse(other, relation.opposite), options]
        mark = "" if relation.is_required else " | null"
        self._used.update((kind, "JoinColumn", "Relation"))
        return (
            f"  @{kind}({', '.join(filter(None, arguments))})\n"
            f"  @JoinColumn({self._join_columns(relation)})\n"
            f"  {relation.field}!: Relation<{other}>{mark};"
        )

    def _inverse(self, other: str, field: str) -> str:
        name = camel(other)
        name = name if name != "default" else "other"
        return f"({name}) => {name}.{field}"

    def _join_columns(self, relation: Relation) -> str:
        key, theirs = relation.key, self._fields[relation.target.name]
        made = [
            record(
                {
                    "name": text(ours),
                    "referencedColumnName": text(theirs[referenced]),
                    "foreignKeyConstraintName": text(key.name) if key.name and self._engine != "sqlite" else None,
                }
            )
            for ours, referenced in zip(key.columns, key.referenced, strict=True)
        ]
        return made[0] if len(made) == 1 else "[\n" + "".join(f"    {one},\n" for one in made) + "  ]"

    def opposite(self, relation: Relation) -> str:
        """The property on the referenced side."""
        other = self._classes[relation.owner.name]
        kind = "OneToOne" if relation.is_one_to_one else "OneToMany"
        self._used.update((kind, "Relation"))
        shown = f"Relation<{other}> | null" if relation.is_one_to_one else f"Relation<{other}>[]"
        inverse = self._inverse(other, relation.field)
        return f"  @{kind}(() => {other}, {inverse})\n  {relation.opposite}!: {shown};"

    def many(self, many: JoinRelation, table: Table) -> Iterator[str]:
        """The lists of a join table's two sides, the first of which makes the table."""
        self._used.update(("ManyToMany", "Relation"))
        if many.first.name == table.name:
            self._used.add("JoinTable")
            other = self._classes[many.second.name]
            first, second = many.keys
            options = {
                "name": text(many.table.name),
                "schema": text(many.table.namespace) if many.table.namespace else None,
                "joinColumns": self._sides(first.columns, first.referenced, many.first),
                "inverseJoinColumns": self._sides(second.columns, second.referenced, many.second),
            }
            yield (
                f"  @ManyToMany(() => {other}, {self._inverse(other, many.second_field)})\n"
                f"  @JoinTable({record(options)})\n  {many.first_field}!: Relation<{other}>[];"
            )
        if many.second.name == table.name:
            other = self._classes[many.first.name]
            inverse = self._inverse(other, many.first_field)
            yield f"  @ManyToMany(() => {other}, {inverse})\n  {many.second_field}!: Relation<{other}>[];"

    def _sides(self, columns: tuple[str, ...], referenced: tuple[str, ...], target: Table) -> str:
        fields = self._fields[target.name]
        sides = (
            record({"name": text(ours), "referencedColumnName": text(fields[theirs])})
            for ours, theirs in zip(columns, referenced, strict=True)
        )
        return f"[{', '.join(sides)}]"


def is_join_table(table: Table, schema: Schema) -> bool:
    """Whether a @JoinTable makes the table as it is: two references that are its key, and nothing else, named and
    indexed by TypeORM."""
    if len(table.foreign_keys) != 2 or table.uniques or table.checks or table.comment or table.partitioning:
        return False
    first, second = table.foreign_keys
    columns = (*first.columns, *second.columns)
    key = table.primary_key
    names = [key.name if key else None, first.name, second.name, *(index.name for index in table.indexes)]
    is_named = all(name and name.startswith(("PK_", "FK_", "IDX_")) for name in names)
    if key is None or not is_named or tuple(column.name for column in table.columns) != columns:
        return False
    if key.columns != columns or any(not _is_bare(column) for column in table.columns):
        return False
    if any((k.on_delete, k.on_update, k.is_deferrable) != ("cascade", "cascade", False) for k in (first, second)):
        return False
    if not all(_is_primary(k.table, k.referenced, schema) for k in (first, second)):
        return False
    indexed = {index.parts for index in table.indexes if not index.is_unique and not index.where and not index.include}
    sides = {tuple(IndexPart(name) for name in k.columns) for k in (first, second)}
    return indexed == sides and len(table.indexes) == len(sides)


def _is_bare(column: Column) -> bool:
    return column.default is None and column.identity is None and column.generated is None and not column.comment


def _is_primary(table: str, columns: Collection[str], schema: Schema) -> bool:
    found = next((other for other in schema.tables if other.name == table), None)
    return found is not None and found.primary_key is not None and found.primary_key.columns == tuple(columns)

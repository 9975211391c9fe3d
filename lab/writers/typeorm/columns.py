"""Columns -> decorated properties."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from lab.engines.beyond import of_column
from lab.model.schema import Column, Loss, Schema, Table
from lab.writers.expressions import understood
from lab.writers.foreign import Words
from lab.writers.typeorm.types import PropertyType, Types
from lab.writers.typescript import record, template, text

_PLAIN_TEXTS = ("varchar", "char", "character", "enum", "simple-enum")
"""Types whose defaults are constants everywhere."""


@dataclass(slots=True)
class Columns:
    """What the columns of one schema become; `enums` are the names of its enums in TypeScript."""

    schema: Schema
    engine: str
    types: Types
    words: Words
    enums: Mapping[str, str]
    losses: list[Loss]
    used: set[str]
    """What has to be imported."""

    def property(self, table: Table, column: Column, name: str, primary: tuple[str, ...]) -> str:
        """One property with its decorators."""
        where = f"{table.name}.{column.name}"
        type_ = self._type(table, column)
        if type_.loss:
            self.losses.append(Loss(f"{column.type} of {where}", type_.loss, column.position))
        self._lose_details(column, where)
        is_primary = column.name in primary
        options: dict[str, str | None] = {"name": text(column.name) if name != column.name else None}
        options["type"] = text(type_.name)
        options |= type_.options
        if column.is_nullable and not is_primary:
            options["nullable"] = "true"
        options |= self._value(table, column, type_, where)
        if is_primary and table.primary_key and table.primary_key.name and self.engine == "postgres":
            options["primaryKeyConstraintName"] = text(table.primary_key.name)
        if column.collation and self.engine == "postgres":
            options["collation"] = text(column.collation.strip('"'))
        options["comment"] = text(column.comment) if column.comment and self.engine != "sqlite" else None
        mark = " | null" if column.is_nullable and not is_primary else ""
        script = f"{type_.script}{mark}" if type_.script != "unknown" else "unknown"
        counted = next((other for other in table.columns if other.identity), column)
        if column.identity and self.engine == "mysql" and counted is not column:
            consequence = "must be given: a table has one AUTO_INCREMENT"
            self.losses.append(Loss(f"identity of {where}", consequence, column.position))
            column = replace(column, identity=None)
        decorators = self._decorators(column, where, options, is_primary, len(primary))
        return "".join(f"  {line}\n" for line in decorators) + f"  {name}!: {script};"

    def _type(self, table: Table, column: Column) -> PropertyType:
        enum = self.schema.enum(column.type.name)
        if enum is None or (column.type.dimensions and self.engine != "postgres"):
            return self.types.of(table, column)
        script = self.enums[enum.name]
        options = {"enum": script}
        if self.engine != "mysql":
            options["enumName"] = text(enum.name)
        if not column.type.dimensions:
            return PropertyType("simple-enum" if self.engine == "sqlite" else "enum", script, options)
        loss = "a list of one dimension" if column.type.dimensions > 1 else ""
        return PropertyType("enum", f"{script}[]", {**options, "array": "true"}, loss)

    def _lose_details(self, column: Column, where: str) -> None:
        for loss in of_column(column, where, self.engine != "postgres"):
            is_said = self.engine == "postgres" and loss.what.startswith(("collation", "GENERATED ALWAYS"))
            if not is_said:
                self.losses.append(loss)
        if column.comment and self.engine == "sqlite":
            self.losses.append(Loss(f"comment of {where}", "SQLite keeps none", column.position))
        if column.is_updated_by_client and not self._is_kept(column):
            consequence = "set by the application: @UpdateDateColumn would give it a default, too"
            self.losses.append(Loss(f"time of the last change {where}", consequence, column.position))

    def _value(self, table: Table, column: Column, type_: PropertyType, where: str) -> dict[str, str | None]:
        """What gives the column its value: an expression, a sequence, or a default."""
        if column.generated is not None:
            sql = self.words.expression(table, column.generated)
            if sql is None:
                self.losses.append(Loss(f"generated column {where}", "a plain column", column.position))
                return {}
            kind = "VIRTUAL" if column.is_virtual else "STORED"
            return {"asExpression": template(sql), "generatedType": text(kind)}
        if column.identity or column.default is None:
            return {}
        return {"default": self._default(table, column, type_, where)}

    def _default(self, table: Table, column: Column, type_: PropertyType, where: str) -> str | None:
        said = understood(column.default or "")
        if not column.type.dimensions:
            if said.kind in ("number", "truth") and type_.script in ("number", "boolean", "string"):
                return said.text
            if said.kind == "text" and (self.engine == "postgres" or type_.name in _PLAIN_TEXTS):
                return text(said.text)
        sql = self.words.default(table, column)
        if sql is None:
            self.losses.append(Loss(f"default of {where}", "must be given by the application", column.position))
            return None
        return f"() => {template(sql)}"

    def _decorators(
        self, column: Column, where: str, options: dict[str, str | None], is_primary: bool, width: int
    ) -> list[str]:
        if not column.identity:
            kind = "PrimaryColumn" if is_primary else "UpdateDateColumn" if self._is_kept(column) else "Column"
            return [self._decorator(kind, options)]
        if not is_primary or width > 1:
            return self._counted(column, where, options, is_primary)
        strategy = "identity" if self.engine == "postgres" else "increment"
        if self.engine == "postgres":
            options["generatedIdentity"] = text(column.identity.upper())
        options.pop("nullable", None)
        self.used.add("PrimaryGeneratedColumn")
        return [f"@PrimaryGeneratedColumn({text(strategy)}, {record(options)})"]

    def _is_kept(self, column: Column) -> bool:
        """Whether @UpdateDateColumn says the column as it is: it gives a default, and in MySQL ON UPDATE as well."""
        is_now = column.default is not None and understood(column.default).kind == "now"
        return column.is_updated_by_client and is_now and self.engine != "mysql"

    def _counted(self, column: Column, where: str, options: dict[str, str | None], is_primary: bool) -> list[str]:
        """A column that is counted and not the whole primary key: SQLite has none, PostgreSQL a sequence."""
        kind = self._decorator("PrimaryColumn" if is_primary else "Column", options)
        if self.engine == "sqlite":
            consequence = "must be given by the application"
            self.losses.append(Loss(f"identity of {where}", consequence, column.position))
            return [kind]
        if self.engine == "postgres":
            consequence = "a serial: TypeORM has identities of primary keys alone"
            self.losses.append(Loss(f"identity of {where}", consequence, column.position))
        self.used.add("Generated")
        return [kind, '@Generated("increment")']

    def _decorator(self, name: str, options: dict[str, str | None]) -> str:
        self.used.add(name)
        return f"@{name}({record(options)})"

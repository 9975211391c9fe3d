"""What a Prisma schema defines, by name, and the names its objects have in the database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from lab.errors import LabError, did_you_mean
from lab.model.schema import Position, Statement
from lab.readers.expressions import literal
from lab.readers.prisma.attributes import bind
from lab.readers.prisma.native_types import SCALARS
from lab.readers.prisma.syntax import (
    Argument,
    Attribute,
    Block,
    Call,
    Config,
    EnumBlock,
    EnumValue,
    Expression,
    Field,
    Items,
    Model,
    Name,
    String,
)

_IDENTIFIER_BYTES = 63
_PROVIDERS = {
    "postgresql": "postgres",
    "postgres": "postgres",
    "mysql": "mysql",
    "sqlite": "sqlite",
    "sqlserver": "sqlserver",
    "cockroachdb": "cockroachdb",
    "mongodb": "mongodb",
}


@dataclass(frozen=True, slots=True)
class Catalog:
    """`models` holds views too. `provider` is in the lab's words; `source` is the datasource's own name (`db`)."""

    models: Mapping[str, Model]
    composites: Mapping[str, Model]
    enums: Mapping[str, EnumBlock]
    provider: str = "postgres"
    source: str = "db"
    has_foreign_keys: bool = True
    extensions: tuple[Statement, ...] = ()

    def is_relation(self, field: Field) -> bool:
        return field.type in self.models

    def columns(self, model: Model) -> list[str]:
        """The fields of a model that are columns, by their names in Prisma."""
        return [field.name for field in model.fields if not self.is_relation(field)]


def catalog(blocks: Iterable[Block]) -> Catalog:
    """Raises LabError when two blocks share a name, or the datasource cannot be understood."""
    models: dict[str, Model] = {}
    composites: dict[str, Model] = {}
    enums: dict[str, EnumBlock] = {}
    sources: list[Config] = []
    defined: dict[str, Position] = {}
    for block in blocks:
        if isinstance(block, Config):
            sources += [block] if block.kind == "datasource" else []
            continue
        _check_new(block, defined)
        if isinstance(block, EnumBlock):
            enums[block.name] = block
        else:
            (composites if block.kind == "type" else models)[block.name] = block
    if len(sources) > 1:
        raise LabError(f"{sources[1].position}: there are two datasources", "keep one of them")
    base = Catalog(_labelled(models), composites, _labelled(enums))
    return _with_source(base, sources[0]) if sources else base


_Mapped = TypeVar("_Mapped", Model, EnumBlock)


def _labelled(blocks: Mapping[str, _Mapped]) -> dict[str, _Mapped]:
    """The model knows tables, and enums, by one name: where several namespaces have it, those but public's are mapped
    to `namespace.name`."""
    counted = Counter(mapped_name(block) for block in blocks.values())
    found = dict(blocks)
    for name, block in blocks.items():
        space = namespace(block)
        if space and counted[mapped_name(block)] > 1:
            label = Argument(None, String(f"{space}.{mapped_name(block)}", block.position), block.position)
            attributes = [attribute for attribute in block.attributes if attribute.name != "map"]
            attributes.append(Attribute("map", (label,), block.position))
            found[name] = replace(block, attributes=tuple(attributes))
    return found


def relation_name(owner: Model | EnumBlock) -> str:
    """The name in its namespace, which names of constraints are made of."""
    return mapped_name(owner).removeprefix(f"{namespace(owner)}.")


def _check_new(block: Model | EnumBlock, defined: dict[str, Position]) -> None:
    kind = block.kind if isinstance(block, Model) else "enum"
    if block.name in SCALARS or block.name == "Unsupported":
        raise LabError(f"{block.position}: {kind} {block.name} has the name of a type", "choose another name")
    if block.name in defined:
        raise LabError(
            f"{block.position}: {kind} {block.name} is defined twice, first at {defined[block.name]}",
            "rename or remove one of them",
        )
    defined[block.name] = block.position
    members: Iterable[Field | EnumValue] = block.fields if isinstance(block, Model) else block.values
    seen: dict[str, Position] = {}
    for member in members:
        if member.name in seen:
            what = "value" if isinstance(block, EnumBlock) else "field"
            raise LabError(
                f"{member.position}: {what} {member.name} of {block.name} is defined twice, "
                f"first at {seen[member.name]}",
                "rename or remove one of them",
            )
        seen[member.name] = member.position
    if not seen:
        raise LabError(f"{block.position}: {kind} {block.name} is empty", "add a line to it, or remove it")


def _with_source(base: Catalog, source: Config) -> Catalog:
    provider = _provider(source)
    mode = source.properties.get("relationMode", source.properties.get("referentialIntegrity"))
    mode_text = mode.value if isinstance(mode, String) else "prisma" if provider == "mongodb" else "foreignKeys"
    if mode_text not in ("prisma", "foreignKeys"):
        raise LabError(f'{source.position}: relationMode "{mode_text}" is unknown', 'write "foreignKeys" or "prisma"')
    extensions = source.properties.get("extensions")
    return Catalog(
        base.models,
        base.composites,
        base.enums,
        provider,
        source.name,
        mode_text == "foreignKeys",
        tuple(_extension(value) for value in extensions.values) if isinstance(extensions, Items) else (),
    )


def _provider(source: Config) -> str:
    value = source.properties.get("provider")
    if isinstance(value, Items) and value.values:
        value = value.values[0]
    if not isinstance(value, String):
        raise LabError(
            f"{source.position}: datasource {source.name} has no provider", 'add provider = "postgresql" to it'
        )
    if value.value not in _PROVIDERS:
        raise LabError(
            f'{value.position}: provider "{value.value}" is unknown',
            did_you_mean(value.value, _PROVIDERS, "providers"),
        )
    return _PROVIDERS[value.value]


def _extension(value: Expression) -> Statement:
    if not isinstance(value, Name | Call):
        raise LabError(f"{value.position}: an extension is named without quotes", "write extensions = [pgcrypto]")
    if isinstance(value, Name):
        name, options = value.text, {}
    else:
        name = value.name
        options = {a.name: a.value.value for a in value.arguments if isinstance(a.value, String)}
    name = options.get("map", name)
    sql = f'CREATE EXTENSION IF NOT EXISTS "{name}"'
    sql += f' WITH SCHEMA "{options["schema"]}"' if "schema" in options else ""
    sql += f" VERSION {literal(options['version'])}" if "version" in options else ""
    return Statement(sql, f"extension {name}", value.position)


def mapped_name(owner: Model | EnumBlock | Field | EnumValue) -> str:
    """The name in the database: the one `@map` or `@@map` gives, or its own, cut to what PostgreSQL keeps of it."""
    attribute = next((attribute for attribute in owner.attributes if attribute.name == "map"), None)
    if attribute is None:
        return _cut(owner.name)
    value = bind(attribute).get("name")
    if not isinstance(value, String) or not value.value:
        raise LabError(f"{attribute.position}: @{attribute.name} of {owner.name} needs a name", 'write @map("name")')
    return _cut(value.value)


def _cut(name: str, size_bytes: int = _IDENTIFIER_BYTES) -> str:
    return name.encode()[:size_bytes].decode(errors="ignore")


def namespace(owner: Model | EnumBlock) -> str | None:
    """The namespace `@@schema` gives; None for PostgreSQL's default, public."""
    attribute = next((attribute for attribute in owner.attributes if attribute.name == "schema"), None)
    value = bind(attribute).get("name") if attribute else None
    return value.value if isinstance(value, String) and value.value != "public" else None


def constraint_name(table: str, columns: Iterable[str], suffix: str) -> str:
    """The name Prisma Migrate gives: table, columns and suffix, the first two cut so that the whole fits PostgreSQL's
    63 bytes."""
    return _cut("_".join((table, *columns)), _IDENTIFIER_BYTES - len(suffix)) + suffix


def field_of(model: Model, reference: Name | Call, known: Iterable[str]) -> Field:
    """The field of `model` a list names. Raises LabError when it has none of that name, or not among `known`."""
    name = reference.text if isinstance(reference, Name) else reference.name
    names = list(known)
    field = model.field(name)
    if field is None:
        raise LabError(
            f"{reference.position}: {model.kind} {model.name} has no field {name}",
            did_you_mean(name, names, f"fields of {model.name}"),
        )
    if name not in names:
        raise LabError(
            f"{reference.position}: field {name} of {model.name} is a relation, not a column",
            did_you_mean(f"{name}Id", names, f"columns of {model.name}"),
        )
    return field

"""TypeScript files: TypeORM's entities or Drizzle's tables, by what they import."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from lab.errors import LabError
from lab.model.schema import Loss, Position, Schema, Table
from lab.readers import drizzle, typeorm
from lab.readers.typescript import Module, Place, Program, namespace

_DRIZZLE = re.compile(r"""(?:from|require\()\s*['"]drizzle-orm""")
_TYPEORM = re.compile(r"""(?:from|require\()\s*['"][^'"]*\btypeorm\b""")
_TABLES = re.compile(r"\b\w*Table\w*\(")
_ENTITIES = re.compile(r"@Entity\b|\bnew EntitySchema\b|@ViewEntity\b")


def read(texts: list[tuple[Path, str]]) -> Schema:
    """The schema several files make up together, with what they import from each other.

    Raises LabError with file and line at the first mistake, and when the files are of neither library or of both.
    """
    program = Program(texts)
    found = _libraries(program.roots)
    if not any(found.values()):
        for module in program.roots:
            namespace(module, Place(module, module.root))
        found = _libraries(program.modules())
    if found["drizzle"] and found["typeorm"]:
        raise LabError(
            f"{found['drizzle'].path} uses Drizzle and {found['typeorm'].path} TypeORM: one schema is read at a time",
            "give the file or folder of one of them",
        )
    if found["drizzle"]:
        return _with_own_names(drizzle.read(program))
    if found["typeorm"]:
        return _with_own_names(typeorm.read(program))
    raise LabError(
        f"{texts[0][0]} defines no tables of Drizzle and no entities of TypeORM",
        "give the file or folder in which they are defined",
    )


def _libraries(modules: list[Module]) -> dict[str, Module | None]:
    """The first file that defines tables with each library."""
    return {
        "drizzle": _first(modules, _DRIZZLE, _TABLES),
        "typeorm": _first(modules, _TYPEORM, _ENTITIES),
    }


def _first(modules: list[Module], imports: re.Pattern[str], defines: re.Pattern[str]) -> Module | None:
    return next((m for m in modules if imports.search(m.text) and defines.search(m.text)), None)


def _with_own_names(schema: Schema) -> Schema:
    """MySQL's indexes and keys are named within their table, the model's within the schema."""
    if schema.provider != "mysql":
        return schema
    taken = {table.name for table in schema.tables}
    losses: list[Loss] = []
    tables = tuple(_renamed(table, taken, losses) for table in schema.tables)
    return replace(schema, tables=tables, losses=(*schema.losses, *losses))


def _renamed(table: Table, taken: set[str], losses: list[Loss]) -> Table:
    def own(name: str, position: Position | None) -> str:
        found = name
        if name in taken:
            found = f"{table.name}_{name}"
            losses.append(Loss(f"name {name} of an index of {table.name}", f"called {found}: it is taken", position))
        taken.add(found)
        return found

    uniques = tuple(replace(key, name=own(key.name, key.position)) if key.name else key for key in table.uniques)
    indexes = tuple(replace(index, name=own(index.name, index.position)) for index in table.indexes)
    return replace(table, uniques=uniques, indexes=indexes)

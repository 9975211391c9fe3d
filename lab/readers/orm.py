"""TypeScript files: TypeORM's entities or Drizzle's tables, by what they import."""

from __future__ import annotations

import re
from pathlib import Path

from lab.errors import LabError
from lab.model.schema import Schema
from lab.readers import drizzle, typeorm
from lab.readers.names import with_own_names
from lab.readers.typescript import Module, Place, Program, namespace

_DRIZZLE = re.compile(r"""(?:from|require\()\s*['"]drizzle-orm""")
_TYPEORM = re.compile(r"""(?:from|require\()\s*['"][^'"]*\btypeorm\b""")
_TABLES = re.compile(r"\b\w+Table\b|Table\w*\(|\bpgSchema\b")
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
        return with_own_names(drizzle.read(program))
    if found["typeorm"]:
        return with_own_names(typeorm.read(program))
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

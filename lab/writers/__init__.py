"""The model -> a source of a schema. Each kind of source is a module, loaded on demand."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Protocol, cast

from lab.errors import LabError
from lab.model.schema import Loss, Schema

WRITERS = {
    "sql": "lab.writers.sql",
    "prisma": "lab.writers.prisma",
    "typeorm": "lab.writers.typeorm",
    "drizzle": "lab.writers.drizzle",
}


@dataclass(frozen=True, slots=True)
class Written:
    """A schema's text, and what it could not say."""

    text: str
    losses: tuple[Loss, ...] = ()


class Writer(Protocol):
    def write(self, schema: Schema, engine: str) -> Written: ...


def write(schema: Schema, kind: str, engine: str = "postgres") -> Written:
    """The schema as a source of that kind, for that engine. Raises LabError when there is no such kind, or the engine
    cannot be said in it."""
    if kind not in WRITERS:
        raise LabError(f"schemas are not written as {kind}", f"choose one of: {', '.join(WRITERS)}")
    return cast(Writer, import_module(WRITERS[kind])).write(schema, engine)

"""The model -> a source of a schema. Each kind of source is a module, loaded on demand."""

from __future__ import annotations

from dataclasses import dataclass, replace
from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

from lab.errors import LabError, did_you_mean

if TYPE_CHECKING:
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
    ENGINES: tuple[str, ...]
    """The databases it writes for."""

    def write(self, schema: Schema, engine: str) -> Written: ...


def write(schema: Schema, kind: str, engine: str = "postgres") -> Written:
    """The schema as a source of that kind, for that engine; losses in the order of the source, each once. Raises
    LabError when there is no such kind, or the engine cannot be said in it."""
    writer = _load(kind)
    if engine not in writer.ENGINES:
        known = did_you_mean(engine, writer.ENGINES, "choose one of")
        raise LabError(f"there is no {kind} for {engine}", known)
    written = writer.write(schema, engine)
    return replace(written, losses=tuple(sorted(dict.fromkeys(written.losses), key=_place)))


def usual_engine(kind: str, provider: str) -> str:
    """The engine a source was written for, where that kind can be written for it; PostgreSQL otherwise."""
    return provider if provider in _load(kind).ENGINES else "postgres"


def _load(kind: str) -> Writer:
    if kind not in WRITERS:
        raise LabError(f"schemas are not written as {kind}", did_you_mean(kind, WRITERS, "choose one of"))
    return cast(Writer, import_module(WRITERS[kind]))


def _place(loss: Loss) -> tuple[str, int]:
    return (loss.position.file, loss.position.line) if loss.position else ("", 0)

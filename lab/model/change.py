"""A recommendation is a migration is a variant: a change of the schema that knows its way up and down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from lab.model.mapping import DocumentMapping
from lab.model.schema import Index, Position


@dataclass(frozen=True, slots=True)
class Script:
    """A hand-written migration. `up` and `down` map an engine's name to its SQL; `""` holds the common text,
    in PostgreSQL's dialect, for engines without one of their own. `positions` says where each text starts."""

    name: str
    up: Mapping[str, str]
    down: Mapping[str, str]
    positions: Mapping[str, tuple[Position, Position]] = field(default_factory=dict)
    mapping: DocumentMapping | None = None
    """For an engine of documents, in place of texts: how they are nested, from which its commands follow."""


@dataclass(frozen=True, slots=True)
class AddIndex:
    index: Index
    verb: Literal["add"] = "add"
    """Tells the two apart in a run that was written down."""

    @property
    def name(self) -> str:
        return self.index.name


@dataclass(frozen=True, slots=True)
class DropIndex:
    """Drops an index; keeps the whole of it, for the way back."""

    index: Index
    verb: Literal["drop"] = "drop"

    @property
    def name(self) -> str:
        return self.index.name


Change = Script | AddIndex | DropIndex


@dataclass(frozen=True, slots=True)
class Variant:
    """The base schema plus a list of changes. The base itself is the variant without any."""

    name: str
    changes: tuple[Change, ...] = ()
    description: str = ""
    engines: tuple[str, ...] = ()
    """The engines it is written for; empty for all."""

    @property
    def mappings(self) -> tuple[DocumentMapping, ...]:
        """What it nests in documents."""
        return tuple(change.mapping for change in self.changes if isinstance(change, Script) and change.mapping)

    @property
    def is_base(self) -> bool:
        return not self.changes


BASE = Variant("base", description="the schema as it was given")

"""What is known of TypeORM's entities while they are read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lab.model.schema import Enum, Loss, Statement
from lab.readers.typeorm.declared import Declarations, Declared, Property
from lab.readers.typeorm.naming import DefaultNaming
from lab.readers.typescript import Call, Class, Place, Value

if TYPE_CHECKING:
    from lab.readers.typeorm.columns import Inside


@dataclass(slots=True)
class Reading:
    """`embedded` collects the properties of embedded classes, whose relations are read later."""

    provider: str
    naming: DefaultNaming
    losses: list[Loss]
    declarations: Declarations
    enums: dict[str, Enum] = field(default_factory=dict)
    statements: list[Statement] = field(default_factory=list)
    embedded: list[tuple[Property, Inside]] = field(default_factory=list)

    def lose(self, what: str, consequence: str, place: Place) -> None:
        self.losses.append(Loss(what, consequence, place.position))

    def declared(self, value: Value) -> Declared | None:
        """A class or an EntitySchema as it is declared; None for anything else."""
        if isinstance(value, Class):
            return self.declarations.of_class(value)
        if isinstance(value, Call) and value.is_new:
            return self.declarations.of_schema(value)
        return None

"""What is known of a Drizzle schema while it is read: its tables, their columns' names, and what was lost."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from lab.errors import LabError
from lab.model.schema import Enum, Loss, Position, Statement
from lab.readers.drizzle.chains import CORES, TableCall, table_call, unchained
from lab.readers.typescript import (
    Call,
    Function,
    Member,
    Place,
    Record,
    Symbol,
    Unknown,
    Value,
    call,
    constant_text,
    texts_of,
)

IDENTIFIER_BYTES = 63
_WORDS = re.compile(r"[\da-z]+|[A-Z]+(?![a-z])|[A-Z][\da-z]+")


@dataclass(frozen=True, slots=True)
class Known:
    """A table: its names, and its columns' builders by their keys in TypeScript."""

    made: TableCall
    name: str
    namespace: str | None
    columns: Record
    names: dict[str, str]
    """Key in TypeScript -> name in the database."""


@dataclass(slots=True)
class Reading:
    """`tables` and `enums` go by the calls that make them."""

    provider: str
    casing: str | None = None
    tables: dict[Call, Known] = field(default_factory=dict)
    enums: dict[Call, Enum] = field(default_factory=dict)
    namesakes: frozenset[str] = frozenset()
    statements: list[Statement] = field(default_factory=list)
    losses: list[Loss] = field(default_factory=list)
    wanted: list[TableCall] = field(default_factory=list)
    """Tables that others refer to."""
    roles: dict[str, None] = field(default_factory=dict)
    """Roles that policies name, as SQL."""
    secured: dict[str, Position] = field(default_factory=dict)
    """Tables with row level security, and where that is said."""

    def lose(self, what: str, consequence: str, place: Place) -> None:
        self.losses.append(Loss(what, consequence, place.position))

    def enum(self, made: Call) -> Enum | None:
        """The type a pgEnum makes; None when its values are not known."""
        if made not in self.enums:
            name, values = constant_text(made.argument(0)), texts_of(made.argument(1))
            if name is None or values is None:
                return None
            owner = made.function.object if isinstance(made.function, Member) else None
            space = constant_text(owner.argument(0)) if isinstance(owner, Call) else None
            space = None if space == "public" else space
            taken = {enum.relation for enum in self.enums.values() if enum.namespace != space}
            label = f"{space}.{cut(name)}" if space and cut(name) in taken else cut(name)
            self.enums[made] = Enum(label, values, position=made.place.position, namespace=space)
        return self.enums[made]

    def column_name(self, value: Value) -> str | None:
        """The column `users.id` names, in the database; None for anything else."""
        if not isinstance(value, Member):
            return None
        found = self.column(value)
        return found[1] if found else None

    def column(self, value: Value) -> tuple[TableCall, str] | None:
        """The table and the column's name in the database that `users.id` stands for; None for anything else."""
        if not isinstance(value, Member):
            return None
        made = table_call(value.object)
        if made is None:
            return None
        known = self.known(made)
        return (made, known.names[value.name]) if value.name in known.names else None

    def known(self, made: TableCall) -> Known:
        """A table's names, whoever asks first."""
        if made.call not in self.tables:
            columns = self._columns(made)
            names = {key: cut(given_name(value) or self.cased(key)) for key, value in columns.entries.items()}
            name, space = self._name(made), self._namespace(made)
            label = f"{space}.{name}" if space and name in self.namesakes else name
            self.tables[made.call] = Known(made, label, space, columns, names)
        return self.tables[made.call]

    def note_namesakes(self, tables: Sequence[TableCall]) -> None:
        """Names that several namespaces have: the model knows tables by one."""
        named = {(constant_text(made.call.argument(0)), self._namespace(made)) for made in tables}
        counted = Counter(name for name, _ in named)
        self.namesakes = frozenset(name for name, count in counted.items() if name and count > 1)

    def _columns(self, made: TableCall) -> Record:
        value = made.call.argument(1)
        if isinstance(value, Function):
            builders = Symbol(CORES[made.provider or self.provider], "*", made.call.place)
            value = call(value, [builders], value.place)
        if isinstance(value, Record):
            return value
        reason = value.reason if isinstance(value, Unknown) else "they are no object"
        self.lose(f"columns of {made.call.place.text}", f"not read: {reason}", made.call.place)
        return Record({}, made.call.place)

    def _name(self, made: TableCall) -> str:
        given = made.call.argument(0)
        name = constant_text(given)
        if made.creator is not None and given is not None:
            name = constant_text(call(made.creator, [given], made.call.place))
        if name is None:
            raise LabError(
                f"{made.call.place.position}: the name of table {made.call.place.text} cannot be known from the text",
                "write it as a constant, or export SQL and give that: drizzle-kit export > schema.sql",
            )
        if made.provider is None:
            what = f"table {name}: the function that makes it is not in the files read"
            self.lose(what, "its name is taken as written, without a prefix", made.call.place)
        return cut(name)

    def _namespace(self, made: TableCall) -> str | None:
        name = constant_text(made.schema.argument(0)) if made.schema else None
        return None if name == "public" else name

    def cased(self, key: str) -> str:
        """A key of TypeScript as the casing option has it (toSnakeCase and toCamelCase in drizzle-orm/casing)."""
        words = _WORDS.findall(re.sub("['\u2019]", "", key))
        if self.casing == "snake_case":
            return "_".join(word.lower() for word in words)
        if self.casing == "camelCase":
            return "".join(word.lower() if n == 0 else word[0].upper() + word[1:] for n, word in enumerate(words))
        return key


def cut(name: str) -> str:
    """What PostgreSQL keeps of a name."""
    return name.encode()[:IDENTIFIER_BYTES].decode(errors="ignore")


def given_name(builder: Value) -> str | None:
    """The name a column's builder was given in the database."""
    start, _ = unchained(builder)
    return constant_text(start.argument(0)) if isinstance(start, Call) else None

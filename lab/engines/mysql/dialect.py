"""Where MySQL and MariaDB differ: what each can do and how it says it, asked by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lab.model.schema import Loss, Position

MOST_KEY_BYTES = 3072
"""Of an index in InnoDB's DYNAMIC row format (MySQL manual, "InnoDB Limits")."""
PREFIX_CHARACTERS = 255
"""How much of a long text an index holds."""


@dataclass(frozen=True, slots=True)
class Dialect:
    name: str
    title: str
    is_mariadb: bool
    """What the server's version says."""
    collation: str
    """Compares code points and counts trailing blanks, as PostgreSQL's `C` does, and so orders alike."""
    caseless_collation: str
    session: Mapping[str, str]
    """What every session sets."""
    settings: tuple[str, ...]
    """The server's settings that bear on performance."""
    timeout: str
    """The variable that bounds how long a statement runs."""
    timeout_units: float
    """How many of the variable's units make a second."""
    timeout_decimals: int
    """Digits of it after the point: a whole number is all that MySQL takes."""
    explain: str
    """What, before a read, gives its plan as it was executed."""
    explain_write: str
    has_gaps_in_plans: bool
    """Whether those plans leave out tables read by a unique key, and writes of one table."""
    hidden: str
    """Keeps an index up to date and from the optimizer: `INVISIBLE`."""
    shown: str
    hidden_flag: str
    """What a row of information_schema.STATISTICS says of that, as an expression."""
    seeing_hidden: str
    """The value of optimizer_switch with which a session sees hidden indexes; empty where none does."""
    inner_tables: str
    """Where information_schema lists InnoDB's tables, and below their files."""
    tablespaces: str
    first_matching_generated: tuple[int, ...]
    """The first version whose optimizer finds an index on a generated column for its expression."""
    has_functional_indexes: bool
    has_json_type: bool
    """Whether JSON is a type of its own: documents normalised, `CAST(… AS JSON)` allowed."""
    has_generated_not_null: bool
    has_check_names_per_database: bool
    renames_copied_checks: bool
    """Whether CREATE TABLE … LIKE gives checks names of its own."""
    port: int = 3306


def quote(name: str) -> str:
    """A delimited identifier."""
    return "`" + name.replace("`", "``") + "`"


def quote_all(names: Sequence[str]) -> str:
    return ", ".join(map(quote, names))


def literal(value: str) -> str:
    """A character string literal."""
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"


def numbers(version: str) -> tuple[int, ...]:
    """`9.7.4-2` -> (9, 7, 4)."""
    return tuple(int(part) for part in version.partition("-")[0].split(".") if part.isdigit())


class Losses(list[Loss]):
    """What could not be said, noted while the rest is."""

    def note(self, what: str, consequence: str, position: Position | None = None) -> None:
        self.append(Loss(what, consequence, position))

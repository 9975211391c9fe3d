"""The names TypeORM gives in the database.

Source: DefaultNamingStrategy and StringUtils of TypeORM 1; SnakeNamingStrategy of typeorm-naming-strategies 4.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from typing import Protocol


class Naming(Protocol):
    def table(self, name: str) -> str: ...

    def column(self, property_: str, given: str | None, prefixes: Sequence[str]) -> str: ...

    def join_column(self, relation: str, referenced: str) -> str: ...

    def join_table(self, first: str, second: str, property_: str) -> str: ...

    def join_table_column(self, table: str, column: str) -> str: ...


class DefaultNaming:
    def table(self, name: str) -> str:
        return snake_case(name)

    def column(self, property_: str, given: str | None, prefixes: Sequence[str]) -> str:
        name = given or property_
        return camel_case("_".join(prefixes)) + title_case(name) if prefixes else name

    def join_column(self, relation: str, referenced: str) -> str:
        return camel_case(f"{relation}_{referenced}")

    def join_table(self, first: str, second: str, property_: str) -> str:
        return snake_case(f"{first}_{property_.replace('.', '_')}_{second}")

    def join_table_column(self, table: str, column: str) -> str:
        return camel_case(f"{table}_{column}")


class SnakeNaming(DefaultNaming):
    def column(self, property_: str, given: str | None, prefixes: Sequence[str]) -> str:
        return snake_case("_".join((*prefixes, ""))) + (given or snake_case(property_))

    def join_column(self, relation: str, referenced: str) -> str:
        return snake_case(f"{relation}_{referenced}")

    def join_table_column(self, table: str, column: str) -> str:
        return snake_case(f"{table}_{column}")


def camel_case(text: str) -> str:
    return re.sub(r"^([A-Z])|[\s\-_](\w)", lambda m: m[2].upper() if m[2] else m[1].lower(), text, flags=re.ASCII)


def snake_case(text: str) -> str:
    text = re.sub(r"([A-Z])([A-Z])([a-z])", r"\1_\2\3", text)
    return re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", text).lower()


def title_case(text: str) -> str:
    return re.sub(r"\w\S*", lambda m: m[0][:1].upper() + m[0][1:].lower(), text)


def hashed(prefix: str, table: str, columns: Iterable[str], where: str | None = None) -> str:
    """`IDX_…`, `UQ_…`: a name TypeORM makes of the columns it is over."""
    key = "_".join((table, *sorted(columns)))
    if where:
        key += f"_{where}"
    return f"{prefix}_{_digest(key, prefix)}"


def hashed_expression(prefix: str, table: str, expression: str) -> str:
    return f"{prefix}_{_digest(f'{table}_{expression}', prefix)}"


def _digest(key: str, prefix: str) -> str:
    length = 27 if prefix in ("PK", "UQ", "FK") else 26
    return hashlib.sha1(key.encode(), usedforsecurity=False).hexdigest()[:length]

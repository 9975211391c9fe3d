"""What each of Prisma's providers can be told, by name.

Source: what `prisma validate` accepts (schema engine of Prisma 7 and 8); Prisma's reference, "Database features".
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Provider:
    """`name` is Prisma's. What is off by default is what PostgreSQL alone can be told."""

    name: str
    title: str
    has_lists: bool = False
    has_enums: bool = True
    has_json: bool = True
    has_decimal: bool = True
    has_namespaces: bool = False
    has_methods: bool = False
    has_partial_indexes: bool = False
    has_database_defaults: bool = True
    has_named_primary_keys: bool = False
    has_named_references: bool = True
    has_references: bool = True
    has_compound_keys: bool = True
    has_numbers: bool = True
    """Whether the database counts: autoincrement()."""
    numbers_any_column: bool = False
    has_set_default: bool = True
    has_restrict: bool = True
    refuses_null_in_required: bool = False
    """Whether SET NULL on a column that is NOT NULL is refused."""
    repeats_indexes: bool = True
    """Whether two indexes may be over the same fields."""
    refuses_cycles: bool = False
    """Whether actions may reach a table on one way only."""


PROVIDERS = {
    "postgres": Provider(
        "postgresql",
        "PostgreSQL",
        has_lists=True,
        has_namespaces=True,
        has_methods=True,
        has_partial_indexes=True,
        has_named_primary_keys=True,
        numbers_any_column=True,
    ),
    "cockroachdb": Provider(
        "cockroachdb",
        "CockroachDB",
        has_lists=True,
        refuses_null_in_required=True,
        has_namespaces=True,
        has_named_primary_keys=True,
        numbers_any_column=True,
    ),
    "mysql": Provider("mysql", "MySQL", has_set_default=False, refuses_null_in_required=True),
    "sqlite": Provider(
        "sqlite",
        "SQLite",
        has_partial_indexes=True,
        has_named_references=False,
        refuses_null_in_required=True,
    ),
    "sqlserver": Provider(
        "sqlserver",
        "SQL Server",
        has_enums=False,
        has_json=False,
        has_namespaces=True,
        has_partial_indexes=True,
        has_named_primary_keys=True,
        numbers_any_column=True,
        has_restrict=False,
        refuses_null_in_required=True,
        refuses_cycles=True,
    ),
    "mongodb": Provider(
        "mongodb",
        "MongoDB",
        has_lists=True,
        has_decimal=False,
        has_database_defaults=False,
        has_named_references=False,
        has_references=False,
        has_compound_keys=False,
        has_numbers=False,
        repeats_indexes=False,
        refuses_null_in_required=True,
        refuses_cycles=True,
    ),
}
_SAME = {"mariadb": "mysql"}


ENGINES = (*PROVIDERS, *_SAME)


def provider_of(engine: str) -> Provider:
    """The provider for one of ENGINES."""
    return PROVIDERS[_SAME.get(engine, engine)]

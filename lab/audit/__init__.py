"""The audit: judges a schema by a quality checklist, without running it.

A rule is a module named by a verb and a noun. Its docstring is its manual page; its `check` yields what it finds.
Modules named by a noun alone are what rules share.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from lab.audit import (
    agree_on_plurals,
    allow_set_null,
    avoid_reserved_words,
    bound_amounts,
    break_cascade_cycles,
    decide_booleans,
    declare_references,
    describe_tables,
    drop_redundant_indexes,
    free_deleted_keys,
    index_foreign_keys,
    key_join_tables,
    list_states,
    match_reference_types,
    prefer_jsonb,
    refuse_null_keys,
    relate_tables,
    require_primary_keys,
    retype_texts,
    spell_snake_case,
    split_wide_tables,
    state_delete_actions,
    store_money_exactly,
    timestamp_rows,
    unify_deletion_marks,
    unpad_texts,
    widen_keys,
    zone_timestamps,
)
from lab.model.finding import Finding
from lab.model.schema import Schema

__all__ = ["RULES", "audit"]

Rule = Callable[[Schema], Iterator[Finding]]

RULES: tuple[Rule, ...] = (
    require_primary_keys.check,
    match_reference_types.check,
    allow_set_null.check,
    break_cascade_cycles.check,
    index_foreign_keys.check,
    declare_references.check,
    key_join_tables.check,
    refuse_null_keys.check,
    drop_redundant_indexes.check,
    store_money_exactly.check,
    zone_timestamps.check,
    avoid_reserved_words.check,
    free_deleted_keys.check,
    unify_deletion_marks.check,
    state_delete_actions.check,
    list_states.check,
    bound_amounts.check,
    decide_booleans.check,
    retype_texts.check,
    prefer_jsonb.check,
    unpad_texts.check,
    widen_keys.check,
    timestamp_rows.check,
    spell_snake_case.check,
    agree_on_plurals.check,
    relate_tables.check,
    split_wide_tables.check,
    describe_tables.check,
)

_OF_TOOLS = frozenset(
    "_prisma_migrations schema_migrations schema_migration ar_internal_metadata alembic_version django_migrations "
    "flyway_schema_history databasechangelog databasechangeloglock knex_migrations knex_migrations_lock "
    "__drizzle_migrations typeorm_metadata goose_db_version spatial_ref_sys".split()
)
"""Tables that tools keep for themselves, and nobody is to mend."""


def audit(schema: Schema) -> tuple[Finding, ...]:
    """What every rule finds, in the order of its places in the source."""
    own = _without_tools(schema)
    return tuple(sorted((finding for rule in RULES for finding in rule(own)), key=_place))


def _without_tools(schema: Schema) -> Schema:
    kept = {table.name for table in schema.tables} - _OF_TOOLS
    tables = [
        replace(table, foreign_keys=tuple(key for key in table.foreign_keys if key.table in kept))
        for table in schema.tables
        if table.name in kept
    ]
    return replace(schema, tables=tuple(tables))


def _place(finding: Finding) -> tuple[bool, str, int, int]:
    position = finding.position
    return (False, position.file, position.line, position.column) if position else (True, "", 0, 0)

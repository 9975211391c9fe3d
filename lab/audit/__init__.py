"""The audit: judges a schema by a quality checklist, without running it.

A rule is a module named by a verb and a noun. Its docstring is its manual page; its `check` yields what it finds. Where
`check` takes more than the schema, those are its thresholds, which `audit.toml` may set; `said` are the dependencies
that are declared, by table. A rule that speaks of some engines alone lists them as `ENGINES`; one with `IS_HABIT`
speaks once where most tables are so. Modules named by a noun alone are what rules share.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from inspect import signature
from types import ModuleType

from lab.audit import (
    agree_on_plurals,
    agree_on_types,
    allow_set_null,
    avoid_reserved_words,
    avoid_rules,
    avoid_timetz,
    bound_amounts,
    bound_coordinates,
    bound_indexed_texts,
    bound_percentages,
    bound_ratings,
    break_cascade_cycles,
    break_insert_cycles,
    choose_lengths,
    code_countries,
    code_currencies,
    compute_defaults,
    decide_booleans,
    declare_references,
    default_creation_times,
    describe_tables,
    drop_name_prefixes,
    drop_redundant_indexes,
    drop_unused_enums,
    enable_policies,
    exclude_overlaps,
    fold_emails,
    force_policies,
    free_deleted_keys,
    guard_self_references,
    hash_secrets,
    index_documents,
    index_foreign_keys,
    index_search_vectors,
    keep_financial_rows,
    keep_fractions,
    key_join_tables,
    key_materialized_views,
    key_natural_names,
    key_one_to_ones,
    lead_by_tenant,
    lead_keys_by_owner,
    list_states,
    list_view_columns,
    mark_personal_data,
    match_reference_types,
    merge_enums,
    merge_foreign_keys,
    move_files_out,
    name_currencies,
    name_flags_alike,
    name_parents,
    name_references_alike,
    name_units,
    narrow_document_indexes,
    narrow_flag_indexes,
    order_periods,
    order_random_keys,
    oversee_cascades,
    oversee_indexes,
    pin_search_paths,
    plan_retention,
    prefer_identity,
    prefer_jsonb,
    protect_tenant_tables,
    reach_third_form,
    refuse_card_codes,
    refuse_null_keys,
    relate_array_items,
    relate_document_items,
    relate_large_enums,
    relate_tables,
    require_primary_keys,
    require_values,
    retype_addresses,
    retype_durations,
    retype_epochs,
    retype_texts,
    scale_money,
    scope_uniques_by_tenant,
    shorten_text_keys,
    spell_enum_values,
    spell_snake_case,
    split_attributes,
    split_lists,
    split_lookups,
    split_repeated_columns,
    split_wide_tables,
    spread_counters,
    state_delete_actions,
    store_money_exactly,
    timestamp_rows,
    touch_changed_rows,
    unify_deletion_marks,
    unpad_texts,
    widen_keys,
    write_policies,
    zone_timestamps,
)
from lab.audit.fixes import in_own_words
from lab.audit.habits import gathered
from lab.audit.settings import DEFAULTS, Settings
from lab.audit.suppressions import suppress
from lab.model.data import DataSpec
from lab.model.finding import Finding
from lab.model.schema import Schema
from lab.normalize.declared import Declared, declared

__all__ = ["RULES", "audit"]

RULES: tuple[ModuleType, ...] = (
    # Keys and references.
    require_primary_keys,
    match_reference_types,
    allow_set_null,
    break_cascade_cycles,
    break_insert_cycles,
    declare_references,
    merge_foreign_keys,
    key_join_tables,
    key_one_to_ones,
    key_natural_names,
    refuse_null_keys,
    fold_emails,
    state_delete_actions,
    keep_financial_rows,
    oversee_cascades,
    guard_self_references,
    name_parents,
    relate_tables,
    relate_array_items,
    # Indexes.
    index_foreign_keys,
    drop_redundant_indexes,
    narrow_flag_indexes,
    bound_indexed_texts,
    index_documents,
    narrow_document_indexes,
    index_search_vectors,
    lead_keys_by_owner,
    oversee_indexes,
    # Keys' types.
    prefer_identity,
    order_random_keys,
    shorten_text_keys,
    widen_keys,
    # Money, time, types.
    store_money_exactly,
    scale_money,
    name_currencies,
    code_currencies,
    code_countries,
    zone_timestamps,
    avoid_timetz,
    keep_fractions,
    retype_epochs,
    retype_durations,
    retype_texts,
    retype_addresses,
    prefer_jsonb,
    unpad_texts,
    choose_lengths,
    agree_on_types,
    move_files_out,
    name_units,
    # What rows may hold.
    list_states,
    bound_amounts,
    bound_ratings,
    bound_percentages,
    bound_coordinates,
    order_periods,
    exclude_overlaps,
    decide_booleans,
    require_values,
    compute_defaults,
    # Tables in disguise.
    reach_third_form,
    split_lists,
    split_repeated_columns,
    split_attributes,
    split_lookups,
    split_wide_tables,
    relate_document_items,
    # Enums.
    relate_large_enums,
    drop_unused_enums,
    spell_enum_values,
    merge_enums,
    # Life of rows.
    timestamp_rows,
    default_creation_times,
    touch_changed_rows,
    free_deleted_keys,
    unify_deletion_marks,
    plan_retention,
    spread_counters,
    # Tenants and secrets.
    lead_by_tenant,
    scope_uniques_by_tenant,
    protect_tenant_tables,
    enable_policies,
    force_policies,
    write_policies,
    pin_search_paths,
    hash_secrets,
    refuse_card_codes,
    mark_personal_data,
    # Names and words.
    avoid_reserved_words,
    spell_snake_case,
    agree_on_plurals,
    name_references_alike,
    name_flags_alike,
    drop_name_prefixes,
    describe_tables,
    # Views and rules.
    avoid_rules,
    list_view_columns,
    key_materialized_views,
)

_OF_TOOLS = frozenset(
    "_prisma_migrations schema_migrations schema_migration ar_internal_metadata alembic_version django_migrations "
    "flyway_schema_history databasechangelog databasechangeloglock knex_migrations knex_migrations_lock "
    "__drizzle_migrations typeorm_metadata goose_db_version spatial_ref_sys".split()
)
"""Tables that tools keep for themselves, and nobody is to mend."""


def audit(
    schema: Schema,
    settings: Settings = DEFAULTS,
    texts: Mapping[str, str] | None = None,
    spec: DataSpec | None = None,
) -> tuple[Finding, ...]:
    """What the rules find, in the order of its places in the source.

    `texts` maps the files positions speak of to their content, in which suppressions and dependencies are looked for;
    `spec` says what depends on what, too. Raises LabError for a dependency that is declared wrong.
    """
    own = _without_tools(schema)
    said = declared(schema, spec, texts or {})
    found = [finding for rule in RULES for finding in _found(rule, own, settings, said)]
    names = [rule.RULE for rule in RULES]
    left = list(suppress(found, texts or {}, names, _tables_by_place(schema)))
    kept = [each for rule in RULES for each in _of_habit(rule, left, len(own.tables))]
    kept += [each for each in left if each.rule not in names]
    return tuple(in_own_words(finding, schema, texts or {}) for finding in sorted(kept, key=_place))


def _found(
    rule: ModuleType, schema: Schema, settings: Settings, said: Mapping[str, Sequence[Declared]]
) -> Iterator[Finding]:
    name: str = rule.RULE
    if settings.is_off(name) or schema.provider not in getattr(rule, "ENGINES", (schema.provider,)):
        return
    severity = settings.severities.get(name)
    wanted = {"said": said} if "said" in signature(rule.check).parameters else {}
    for finding in rule.check(schema, **wanted, **settings.thresholds.get(name, {})):
        yield replace(finding, severity=severity) if severity else finding


def _of_habit(rule: ModuleType, found: Iterable[Finding], tables: int) -> Iterator[Finding]:
    own = (finding for finding in found if finding.rule == rule.RULE)
    return gathered(own, tables) if getattr(rule, "IS_HABIT", False) else own


def _tables_by_place(schema: Schema) -> dict[tuple[str, int], set[str]]:
    places: dict[tuple[str, int], set[str]] = {}
    for table in schema.tables:
        if table.position:
            places.setdefault((table.position.file, table.position.line), set()).add(table.name)
    return places


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

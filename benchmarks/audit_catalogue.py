"""The defects the audit's recall is measured by: at least one for every rule."""

from __future__ import annotations

import random
from dataclasses import replace

from benchmarks.audit_added import ADDED
from benchmarks.audit_defects import (
    POSTGRES,
    Defect,
    Made,
    Mutation,
    adds,
    adds_enum,
    adds_index,
    adds_table,
    changes,
    column,
    drops_check,
    each_key,
    states,
    table,
    with_table,
    without,
)
from lab.model.schema import ForeignKey, Index, IndexPart, Schema, Table, Type

SAID = "Made for a test."
REF = column("parent_ref_id", "bigint", False)
VARCHAR = Type("varchar", (255,))
BOTH = frozenset(("postgres", "sqlite"))


def _no_primary_key(schema: Schema, choose: random.Random) -> Made | None:
    referenced = {key.table for _, key in schema.foreign_keys()}
    places = [each for each in schema.tables if each.primary_key and each.name not in referenced and not each.uniques]
    if not places:
        return None
    place = choose.choice(places)
    return with_table(schema, replace(place, primary_key=None)), place.name


def _unindexed(schema: Schema, choose: random.Random) -> Made | None:
    places = [(each, index) for each in schema.tables for index in each.indexes if _leads(each, index)]
    if not places:
        return None
    place, gone = choose.choice(places)
    key = next(key for key in place.foreign_keys if gone.columns[:1] == key.columns)
    kept = tuple(index for index in place.indexes if index is not gone)
    return with_table(schema, replace(place, indexes=kept)), f"{place.name}.{key.columns[0]}"


def _leads(place: Table, index: Index) -> bool:
    others = [other.columns[:1] for other in (*place.keys, *(o for o in place.indexes if o is not index))]
    return any(index.columns[:1] == key.columns and key.columns not in others for key in place.foreign_keys)


def _cascade_circle(schema: Schema, choose: random.Random) -> Made | None:
    places = [(child, key) for child, key in schema.foreign_keys() if key.table != child.name and len(key.columns) == 1]
    child, key = choose.choice(places)
    parent = schema.table(key.table)
    own = child.primary_key
    if own is None or len(own.columns) != 1 or parent.name == child.name:
        return None
    down = replace(
        child, foreign_keys=tuple(replace(k, on_delete="cascade") if k is key else k for k in child.foreign_keys)
    )
    back = column("made_back_id", child.column(own.columns[0]).type, comment=SAID)
    reference = ForeignKey(("made_back_id",), child.name, own.columns, on_delete="cascade")
    index = Index("made_back_idx", parent.name, (IndexPart("made_back_id"),))
    up = replace(
        parent,
        columns=(*parent.columns, back),
        foreign_keys=(*parent.foreign_keys, reference),
        indexes=(*parent.indexes, index),
    )
    return with_table(with_table(schema, down), up), ""


def _tenant_unprotected(schema: Schema, choose: random.Random) -> Made | None:
    guarded = [each for each in schema.statements if each.what.startswith(("row level security of ", "policy "))]
    names = sorted({each.what.split()[-1] for each in guarded})
    if not names:
        return None
    name = choose.choice(names)
    kept = tuple(each for each in schema.statements if not (each in guarded and each.what.endswith(f" {name}")))
    return replace(schema, statements=kept), name


def _drops(ending: str, sql: str) -> Mutation:
    def put(schema: Schema, choose: random.Random) -> Made | None:
        found = [each for each in schema.statements if sql in each.sql]
        if not found:
            return None
        gone = choose.choice(found)
        kept = tuple(each for each in schema.statements if each is not gone)
        return replace(schema, statements=kept), ending or gone.what.split()[-1]

    return put


def _global_slug(schema: Schema, choose: random.Random) -> Made | None:
    places = [
        (each, key)
        for each in schema.tables
        for key in each.uniques
        if key.columns[0] == "organization_id" and key.columns[1:] == ("slug",)
    ]
    if not places:
        return None
    place, key = choose.choice(places)
    uniques = tuple(replace(k, columns=("slug",)) if k is key else k for k in place.uniques)
    return with_table(schema, replace(place, uniques=uniques)), f"{place.name}.slug"


def _tenant_last(schema: Schema, choose: random.Random) -> Made | None:
    places = [
        (each, index)
        for each in schema.tables
        for index in each.indexes
        if index.columns[:1] == ("organization_id",) and len(index.columns) > 1
    ]
    if not places:
        return None
    place, index = choose.choice(places)
    turned = replace(index, parts=(*index.parts[1:], index.parts[0]))
    indexes = tuple(turned if each is index else each for each in place.indexes)
    return with_table(schema, replace(place, indexes=indexes)), f"{place.name}.{index.name}"


def _key(schema: Schema, place: Table, number: int, **changed: object) -> tuple[Table, str]:
    key = place.foreign_keys[number]
    keys = tuple(replace(k, **changed) if k is key else k for k in place.foreign_keys)
    subject = f"{place.name}.{key.columns[0]}" if len(key.columns) == 1 else place.name
    return replace(place, foreign_keys=keys), subject


def _required(schema: Schema) -> list[tuple[Table, int]]:
    return [
        (place, number)
        for place, number in each_key(schema)
        if not any(place.column(name).is_nullable for name in place.foreign_keys[number].columns)
    ]


def _retyped(schema: Schema, place: Table, number: int) -> tuple[Table, str]:
    name = place.foreign_keys[number].columns[0]
    columns = tuple(replace(c, type=Type("uuid")) if c.name == name else c for c in place.columns)
    return replace(place, columns=columns), f"{place.name}.{name}"


def _undeclared(schema: Schema, place: Table, number: int) -> tuple[Table, str]:
    key = place.foreign_keys[number]
    keys = tuple(k for k in place.foreign_keys if k is not key)
    return replace(place, foreign_keys=keys), f"{place.name}.{key.columns[0]}"


def _named_after_parent(schema: Schema) -> list[tuple[Table, int]]:
    return [
        (place, number)
        for place, number in each_key(schema)
        if place.foreign_keys[number].columns[0] in (f"{place.foreign_keys[number].table[:-1]}_id",)
        and len(place.foreign_keys[number].columns) == 1
        and place.foreign_keys[number].table != place.name
    ]


def _repeated_index(schema: Schema, place: Table, number: int) -> tuple[Table, str]:
    index = Index("made_idx", place.name, (IndexPart(place.keys[number].columns[0]),))
    return replace(place, indexes=(*place.indexes, index)), f"{place.name}.made_idx"


def _loose_creation(schema: Schema, choose: random.Random) -> Made | None:
    places = [each for each in schema.tables if any(c.name == "created_at" for c in each.columns)]
    if not places:
        return None
    place = choose.choice(places)
    columns = tuple(replace(c, default=None) if c.name == "created_at" else c for c in place.columns)
    return with_table(schema, replace(place, columns=columns)), f"{place.name}.created_at"


def _case_sensitive(schema: Schema, place: Table, number: int) -> tuple[Table, str]:
    checks = tuple(each for at, each in enumerate(place.checks) if at != number)
    return replace(place, checks=checks), f"{place.name}.email"


def _emails(schema: Schema) -> list[tuple[Table, int]]:
    return [(t, n) for t, n in without("lower(email)")(schema) if any("email" in key.columns for key in t.keys)]


MONEY = Type("numeric", (12, 2))
DEFECTS: tuple[Defect, ...] = (
    Defect("require_primary_keys", _no_primary_key, also=frozenset(("key_join_tables", "index_foreign_keys"))),
    Defect("index_foreign_keys", _unindexed, BOTH),
    Defect("match_reference_types", changes(each_key, _retyped)),
    Defect("allow_set_null", changes(_required, lambda s, t, n: _key(s, t, n, on_delete="set null"))),
    Defect(
        "state_delete_actions",
        changes(each_key, lambda s, t, n: _key(s, replace(t, position=None), n, on_delete="no action")),
    ),
    Defect("declare_references", changes(_named_after_parent, _undeclared), also=frozenset(("relate_tables",))),
    Defect("break_cascade_cycles", _cascade_circle),
    Defect("drop_redundant_indexes", changes(lambda s: [(t, 0) for t in s.tables if t.keys], _repeated_index)),
    Defect("fold_emails", changes(_emails, _case_sensitive), BOTH),
    Defect("default_creation_times", _loose_creation),
    Defect(
        "store_money_exactly",
        adds(column("made_price", "double precision", False, SAID)),
        also=frozenset(("bound_amounts", "name_currencies")),
    ),
    Defect(
        "store_money_exactly",
        adds(column("made_fee", "money", False, SAID)),
        also=frozenset(("bound_amounts", "name_currencies")),
    ),
    Defect(
        "scale_money",
        adds(column("made_cost", "numeric", False, SAID)),
        also=frozenset(("bound_amounts", "name_currencies")),
    ),
    Defect("bound_amounts", adds(column("made_quantity", "integer", False, SAID))),
    Defect("bound_ratings", adds(column("rating", "smallint", False, SAID))),
    Defect("bound_percentages", adds(column("made_percent", "integer", False, SAID))),
    Defect("bound_coordinates", adds(column("made_latitude", MONEY, False, SAID))),
    Defect(
        "order_periods", adds(column("made_from", "date", False, SAID), column("made_to", "date", False, SAID), of=1)
    ),
    Defect("decide_booleans", adds(column("is_made", "boolean", True, SAID))),
    Defect("list_states", adds(column("made_status", "text", False, SAID)), also=frozenset(("timestamp_rows",))),
    Defect("zone_timestamps", adds(column("made_at", "timestamp", False, SAID)), POSTGRES),
    Defect("avoid_timetz", adds(column("made_time", "timetz", False, SAID)), POSTGRES),
    Defect("keep_fractions", adds(column("made_at", Type("timestamptz", (0,)), False, SAID)), POSTGRES),
    Defect("retype_epochs", adds(column("made_at", "bigint", False))),
    Defect("retype_durations", adds(column("made_duration", VARCHAR, False, SAID))),
    Defect("retype_texts", adds(column("made_date", "text", False, SAID))),
    Defect("retype_texts", adds(column("is_made", "integer", False, SAID))),
    Defect("retype_addresses", adds(column("made_ip", "text", False, SAID)), POSTGRES),
    Defect("prefer_jsonb", adds(column("made_payload", "json", False, SAID)), POSTGRES),
    Defect("unpad_texts", adds(column("made_city", Type("char", (40,)), False, SAID))),
    Defect("code_currencies", adds(column("made_currency", "text", False, SAID))),
    Defect("code_countries", adds(column("made_country", "text", False, SAID))),
    Defect("move_files_out", adds(column("made_image", "bytea", False, SAID))),
    Defect("name_units", adds(column("made_weight", "integer", False))),
    Defect("compute_defaults", adds(column("made_on", "date", False, SAID, "'now'")), POSTGRES),
    Defect("hash_secrets", adds(column("made_password", "text", False, SAID))),
    Defect("refuse_card_codes", adds(column("made_cvv", "text", False, SAID))),
    Defect("mark_personal_data", adds(column("made_ssn", "text", False))),
    Defect("split_lists", adds(column("made_ids", "text", False, SAID))),
    Defect("split_repeated_columns", adds(*(column(f"made_phone{n}", "text", True, SAID) for n in (1, 2, 3)))),
    Defect("relate_array_items", adds(column("made_ids", Type("bigint", (), 1), False, SAID)), POSTGRES),
    Defect("relate_document_items", adds(column("made_items", "jsonb", False)), POSTGRES),
    Defect(
        "name_parents",
        adds(column("made_type", "made_kind", False, SAID), column("made_id", "bigint", False, SAID), of=1),
    ),
    Defect(
        "split_wide_tables",
        adds(*(column(f"made_{chr(97 + n // 26)}{chr(97 + n % 26)}", "integer", False, SAID) for n in range(60))),
    ),
    Defect("avoid_reserved_words", adds(column("order", "integer", False, SAID))),
    Defect("spell_snake_case", adds(column("madeThing", "integer", False, SAID))),
    Defect("key_natural_names", adds(column("slug", "text", False, SAID))),
    Defect("index_search_vectors", adds(column("made_search", "tsvector", False, SAID)), POSTGRES),
    Defect(
        "narrow_flag_indexes",
        adds_index("is_made", extra=(column("is_made", "boolean", False, SAID, "false"),)),
        BOTH,
        frozenset(("timestamp_rows",)),
    ),
    Defect("bound_indexed_texts", adds_index("made_body", extra=(column("made_body", "text", False, SAID),))),
    Defect(
        "narrow_document_indexes",
        adds_index("made_payload", extra=(column("made_payload", "jsonb", False, SAID),), method="gin"),
        POSTGRES,
    ),
    Defect("relate_large_enums", adds_enum(tuple(f"v{n}" for n in range(30)))),
    Defect("drop_unused_enums", adds_enum(("one", "two"), is_used=False)),
    Defect("spell_enum_values", adds_enum(("on_hold", "on hold", "done"))),
    Defect(
        "split_attributes",
        adds_table(
            table(
                "made_attributes",
                REF,
                column("attribute_name", "text", False, SAID),
                column("value", "text", False, SAID),
            )
        ),
    ),
    Defect(
        "split_lookups",
        adds_table(table("lookups", column("type", "text", False, SAID), column("code", "text", False, SAID))),
        also=frozenset(("list_states", "relate_tables")),
    ),
    Defect("relate_tables", adds_table(table("made_islands", column("size", "integer", False, SAID)))),
    Defect(
        "describe_tables",
        adds_table(table("made_islets", REF, column("size", "integer", False, SAID), comment=""), "schema"),
    ),
    Defect("agree_on_plurals", adds_table(table("made_island", REF, column("size", "integer", False, SAID)))),
    Defect("plan_retention", adds_table(table("made_log", REF, column("said", "text", False, SAID), comment=SAID))),
    Defect(
        "exclude_overlaps",
        adds_table(
            table(
                "made_bookings",
                REF,
                column("starts_at", "timestamptz", False, SAID),
                column("ends_at", "timestamptz", False, SAID),
            )
        ),
        POSTGRES,
        frozenset(("order_periods",)),
    ),
    Defect(
        "order_random_keys",
        adds_table(
            replace(
                table(
                    "made_visits", column("visit_uid", "uuid", False, SAID, "gen_random_uuid()"), REF, key="visit_uid"
                )
            )
        ),
        also=frozenset(),
    ),
    Defect(
        "guard_self_references",
        changes(without("<> id"), drops_check(lambda t, c: f"{t.name}.{c.expression.split()[0]}")),
    ),
    Defect("protect_tenant_tables", _tenant_unprotected, POSTGRES),
    Defect("force_policies", _drops("", " FORCE "), POSTGRES),
    Defect("enable_policies", _drops("", " ENABLE "), POSTGRES),
    Defect("write_policies", _drops("", "CREATE POLICY"), POSTGRES),
    Defect("key_materialized_views", _drops("daily_means", "CREATE UNIQUE INDEX daily_means_key"), POSTGRES),
    Defect("touch_changed_rows", _drops("schema", "CREATE TRIGGER"), POSTGRES),
    Defect("scope_uniques_by_tenant", _global_slug, POSTGRES),
    Defect("lead_by_tenant", _tenant_last, POSTGRES, frozenset(("index_foreign_keys",))),
    Defect(
        "list_view_columns",
        states("CREATE VIEW made_view AS SELECT * FROM {t}", "view made_view", "made_view"),
        POSTGRES,
    ),
    Defect(
        "avoid_rules", states("CREATE RULE r AS ON DELETE TO {t} DO INSTEAD NOTHING", "rule r on {t}", "{t}"), POSTGRES
    ),
    Defect(
        "pin_search_paths",
        states(
            "CREATE FUNCTION made() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'", "function made", "made"
        ),
        POSTGRES,
    ),
    Defect(
        "spread_counters",
        states(
            "CREATE FUNCTION made() RETURNS trigger LANGUAGE plpgsql "
            "AS $$ BEGIN UPDATE {t} SET made_count = made_count + 1; RETURN NEW; END $$",
            "function made",
            "made",
        ),
        POSTGRES,
    ),
    *ADDED,
)

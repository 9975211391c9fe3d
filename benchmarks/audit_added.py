"""Defects put in as tables of their own, written as SQL."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

from benchmarks.audit_defects import Defect, Made, Mutation, entities
from lab.model.schema import Schema
from lab.readers import read

_ID = "id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, created_at timestamptz NOT NULL DEFAULT now()"
_POSTGRES = frozenset(("postgres",))
_NEW = frozenset(("describe_tables", "relate_tables", "timestamp_rows", "agree_on_plurals"))
"""What an added table without a comment, without a reference, or of another number than the others brings along."""


def adds_sql(sql: str, subject: str, unless: str = "") -> Mutation:
    """Adds what the SQL makes; `{parent}`, `{key}` and `{type}` are those of some table of the schema. Nothing where a
    column is called `unless`."""

    def put(schema: Schema, choose: random.Random) -> Made | None:
        if unless and any(unless in column.name for table in schema.tables for column in table.columns):
            return None
        parents = [table for table in entities(schema) if table.primary_key and len(table.primary_key.columns) == 1]
        parent = choose.choice(parents)
        key = parent.primary_key.columns[0] if parent.primary_key else ""
        names = {"parent": f'"{parent.name}"', "key": f'"{key}"', "type": str(parent.column(key).type)}
        text = f'CREATE TABLE "{parent.name}" ("{key}" {names["type"]} PRIMARY KEY);\n'
        body = sql
        for name, value in (names | {"id": _ID}).items():
            body = body.replace(f"{{{name}}}", value)
        made = read(Path("made.sql"), text + body, "postgres")
        tables = tuple(table for table in made.tables if table.name != parent.name)
        changed = replace(
            schema,
            tables=(*schema.tables, *tables),
            enums=(*schema.enums, *made.enums),
            statements=(*schema.statements, *made.statements),
        )
        return changed, subject

    return put


def _defect(
    rule: str,
    sql: str,
    subject: str = "made_",
    also: str = "",
    engines: frozenset[str] | None = None,
    unless: str = "",
) -> Defect:
    mutation = adds_sql(sql, subject, unless)
    extra = _NEW | frozenset(also.split())
    return Defect(rule, mutation, also=extra) if engines is None else Defect(rule, mutation, engines, extra)


ADDED: tuple[Defect, ...] = (
    _defect(
        "agree_on_types",
        "CREATE TABLE made_as ({id}, timezone varchar(30) NOT NULL);"
        "CREATE TABLE made_bs ({id}, timezone varchar(40) NOT NULL);",
    ),
    _defect(
        "break_insert_cycles",
        "CREATE TABLE made_teams ({id}, made_owner_id bigint NOT NULL);"
        "CREATE TABLE made_owners ({id}, made_team_id bigint NOT NULL REFERENCES made_teams ON DELETE RESTRICT);"
        "ALTER TABLE made_teams ADD FOREIGN KEY (made_owner_id) REFERENCES made_owners ON DELETE RESTRICT;"
        "CREATE INDEX ON made_teams (made_owner_id); CREATE INDEX ON made_owners (made_team_id);",
    ),
    _defect(
        "drop_name_prefixes",
        "CREATE TABLE made_hats ({id}, made_hat_size integer NOT NULL, made_hat_color text NOT NULL, "
        "made_hat_shape text NOT NULL);",
    ),
    _defect(
        "free_deleted_keys",
        "CREATE TABLE made_seals ({id}, code_name text NOT NULL UNIQUE, deleted_at timestamptz);",
        also="key_natural_names",
    ),
    _defect(
        "index_documents",
        "CREATE TABLE made_facts ({id}, facts jsonb NOT NULL);"
        "CREATE VIEW made_paid AS SELECT id FROM made_facts WHERE facts @> '{\"a\": 1}';",
        engines=_POSTGRES,
    ),
    _defect(
        "keep_financial_rows",
        "CREATE TABLE invoices ({id}, made_ref {type} NOT NULL REFERENCES {parent} ON DELETE CASCADE);"
        "CREATE INDEX ON invoices (made_ref);",
        "invoices",
        "name_references_alike",
    ),
    _defect(
        "key_join_tables",
        "CREATE TABLE made_rights ({id});"
        "CREATE TABLE made_grants ({id}, made_right_id bigint NOT NULL REFERENCES made_rights ON DELETE RESTRICT,"
        " made_ref_id {type} NOT NULL REFERENCES {parent} ON DELETE RESTRICT);"
        "CREATE INDEX ON made_grants (made_right_id); CREATE INDEX ON made_grants (made_ref_id);",
    ),
    _defect(
        "key_one_to_ones",
        "CREATE TABLE made_users ({id}); CREATE TABLE made_user_profiles ({id},"
        " made_user_id bigint NOT NULL REFERENCES made_users ON DELETE RESTRICT, bio text);"
        "CREATE INDEX ON made_user_profiles (made_user_id);",
    ),
    _defect(
        "lead_keys_by_owner",
        "CREATE TABLE made_readings (recorded_at timestamptz, made_sensor_id bigint, value numeric(8,2) NOT NULL,"
        " PRIMARY KEY (recorded_at, made_sensor_id));",
        also="declare_references plan_retention",
    ),
    _defect(
        "merge_enums",
        "CREATE TYPE made_p AS ENUM ('made_x', 'made_y', 'made_z');"
        "CREATE TYPE made_q AS ENUM ('made_z', 'made_y', 'made_x');"
        "CREATE TABLE made_moods ({id}, p made_p NOT NULL, q made_q NOT NULL);",
    ),
    _defect(
        "merge_foreign_keys",
        "CREATE TABLE made_notes ({id}, body text NOT NULL,"
        " made_ref_id {type} NOT NULL REFERENCES {parent} ON DELETE RESTRICT,"
        " CONSTRAINT made_again FOREIGN KEY (made_ref_id) REFERENCES {parent} ({key}) ON DELETE CASCADE);"
        "CREATE INDEX ON made_notes (made_ref_id);",
    ),
    _defect(
        "reach_third_form",
        "CREATE TABLE made_homes ({id}, zip text NOT NULL, town text NOT NULL);"
        "COMMENT ON TABLE made_homes IS 'fd: zip -> town';",
    ),
    _defect(
        "oversee_cascades",
        "CREATE TABLE made_roots ({id});"
        + "".join(
            f"CREATE TABLE made_leaf{n}s ({{id}}, made_root_id bigint NOT NULL"
            " REFERENCES made_roots ON DELETE CASCADE);"
            f"CREATE INDEX ON made_leaf{n}s (made_root_id);"
            for n in "abcdefghijkl"
        ),
    ),
    _defect(
        "oversee_indexes",
        "CREATE TABLE made_heaps ({id}, size integer NOT NULL);"
        + "".join(f"CREATE INDEX made_heap{n} ON made_heaps (size, (size + {n}));" for n in range(16)),
    ),
    _defect(
        "refuse_null_keys",
        "CREATE TABLE made_folders ({id}, shelf integer, label text NOT NULL, UNIQUE (shelf, label));",
    ),
    _defect(
        "require_values",
        "CREATE TABLE made_blanks (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, a integer, b integer,"
        " c integer, d integer, e integer, f integer);",
    ),
    _defect(
        "timestamp_rows",
        "CREATE TABLE made_posts (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body text NOT NULL,"
        " made_ref_id {type} NOT NULL REFERENCES {parent} ON DELETE RESTRICT,"
        " is_public boolean NOT NULL DEFAULT false); CREATE INDEX ON made_posts (made_ref_id);",
    ),
    _defect(
        "unify_deletion_marks",
        "CREATE TABLE made_as ({id}, deleted_at timestamptz); CREATE TABLE made_bs ({id}, deleted_at timestamptz);"
        "CREATE TABLE made_cs ({id}, is_deleted boolean NOT NULL DEFAULT false);",
    ),
    _defect(
        "widen_keys",
        "CREATE TABLE made_visits (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
        " made_ref_id {type} NOT NULL REFERENCES {parent} ON DELETE RESTRICT,"
        " created_at timestamptz NOT NULL DEFAULT now()); CREATE INDEX ON made_visits (made_ref_id);",
        also="plan_retention",
        engines=_POSTGRES,
    ),
    _defect(
        "choose_lengths",
        "CREATE TABLE made_lengths ({id}, "
        + ", ".join(f"s{chr(97 + n)} varchar(255) NOT NULL" for n in range(26))
        + ");",
        "schema",
    ),
    _defect(
        "name_currencies",
        "CREATE TABLE made_items ({id}, price numeric(12,2) NOT NULL CHECK (price >= 0));",
        "",
        "agree_on_types",
        unless="currency",
    ),
    _defect(
        "name_flags_alike",
        "CREATE TABLE made_flags ({id}, "
        + ", ".join(f"is_{name} boolean NOT NULL DEFAULT false" for name in ("red", "blue", "green", "grey"))
        + ", verified boolean NOT NULL DEFAULT false);",
        "",
    ),
    _defect(
        "name_references_alike",
        "CREATE TABLE made_chiefs ({id});"
        "CREATE TABLE made_crews ({id}, "
        + ", ".join(f"{name}_id bigint NOT NULL REFERENCES made_chiefs ON DELETE RESTRICT" for name in "abcd")
        + ", chief bigint NOT NULL REFERENCES made_chiefs ON DELETE RESTRICT);"
        + "".join(f"CREATE INDEX ON made_crews ({name});" for name in ("a_id", "b_id", "c_id", "d_id", "chief")),
        "",
    ),
    _defect(
        "shorten_text_keys",
        "CREATE TABLE made_slips (id text PRIMARY KEY, title text NOT NULL,"
        " created_at timestamptz NOT NULL DEFAULT now(),"
        " made_ref_id {type} NOT NULL REFERENCES {parent} ON DELETE RESTRICT);"
        "CREATE INDEX ON made_slips (made_ref_id);",
        "",
        engines=_POSTGRES,
    ),
    _defect(
        "prefer_identity",
        "CREATE TABLE made_serials (id bigserial PRIMARY KEY, created_at timestamptz NOT NULL DEFAULT now());",
        "",
        engines=_POSTGRES,
    ),
)

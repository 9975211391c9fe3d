"""What schemas of projects showed: names in namespaces, blood groups, moments kept as text, events people go to."""

from __future__ import annotations

from auditing import USERS, Case, Silence

_SPACE = "CREATE SCHEMA clinical;\n"

FOUND = (
    Case(
        "spell_enum_values",
        _SPACE + "CREATE TYPE clinical.role AS ENUM ('GUEST', 'HOST', 'administrator'); CREATE TABLE t (id bigint);",
        "note",
        "role",
        "administrator of enum role is spelled unlike the others",
        "2:1",
        "ALTER TYPE clinical.role RENAME VALUE 'administrator' TO 'ADMINISTRATOR';",
    ),
    Case(
        "prefer_identity",
        _SPACE + "CREATE TABLE clinical.wards (id bigserial PRIMARY KEY);",
        "note",
        "schema",
        "wards.id takes numbers of the writer's own",
        "2:1",
        "ALTER TABLE clinical.wards ALTER COLUMN id DROP DEFAULT;\n"
        "DROP SEQUENCE clinical.wards_id_seq;\n"
        "ALTER TABLE clinical.wards ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY;\n"
        "SELECT setval(pg_get_serial_sequence('clinical.wards', 'id'), max(id)) FROM clinical.wards;",
    ),
    Case(
        "widen_keys",
        f"{_SPACE}{USERS}CREATE TABLE clinical.readings (id serial PRIMARY KEY, user_id bigint REFERENCES users);",
        "note",
        "readings.id",
        "readings.id is integer",
        "3:33",
        "ALTER SEQUENCE clinical.readings_id_seq AS bigint;",
    ),
    Case(
        "mark_personal_data",
        "CREATE TABLE patients (id bigint PRIMARY KEY, born_on date, blood_type text);",
        "note",
        "patients",
        "born_on and blood_type of patients are sensitive and have no comment",
        "1:47",
    ),
    Case(
        "state_delete_actions",
        _SPACE + USERS + "CREATE TABLE clinical.users (id bigint PRIMARY KEY, user_id bigint REFERENCES users);",
        "note",
        "clinical.users.user_id",
        "ON DELETE NO ACTION",
        "3:68",
        "DROP CONSTRAINT users_user_id_fkey",
    ),
)

SILENT = (
    Silence(
        "spell_enum_values",
        "signs and digits are no spelling",
        "CREATE TYPE t AS ENUM ('A+', 'A-', 'AB+', 'AB-', '1-2', '12');\nCREATE TABLE a (id bigint PRIMARY KEY, b t);",
    ),
    Silence(
        "timestamp_rows",
        "moments kept as text and numbers",
        "CREATE TABLE items (id bigint PRIMARY KEY, name text, weight real, price numeric, \n"
        "  is_on boolean DEFAULT true, created_at text NOT NULL DEFAULT CURRENT_TIMESTAMP, updated_at bigint);",
    ),
    Silence(
        "plan_retention",
        "events people go to, and rows that change",
        "CREATE TABLE events (id bigint PRIMARY KEY, starts_at timestamptz, created_at timestamptz NOT NULL);\n"
        "CREATE TABLE app_events (id bigint PRIMARY KEY, created_at timestamptz NOT NULL, updated_at timestamptz);",
    ),
    Silence(
        "spell_snake_case",
        "a namespace is no part of a name",
        "CREATE SCHEMA auth;\nCREATE TABLE auth.users (id bigint PRIMARY KEY);\n" + USERS,
    ),
)

"""Enums, tenants, secrets, names and what is kept verbatim: what is found, and what is left alone."""

from __future__ import annotations

from auditing import Case, Silence

FOUND = (
    Case(
        "relate_large_enums",
        (
            "CREATE TYPE e AS ENUM ('v0', 'v1', 'v2', 'v3', 'v4', 'v5', 'v6', 'v7', 'v8', 'v9', 'v10', "
            "'v11', 'v12', 'v13', 'v14', 'v15', 'v16', 'v17', 'v18', 'v19', 'v20');\n"
            "CREATE TABLE a (id bigint PRIMARY KEY, b e);"
        ),
        "note",
        "e",
        "enum e has 21 values",
        "1:1",
    ),
    Case(
        "drop_unused_enums",
        ("CREATE TYPE mood AS ENUM ('good', 'bad');\nCREATE TABLE a (id bigint PRIMARY KEY);"),
        "note",
        "mood",
        "no column is of enum mood",
        "1:1",
    ),
    Case(
        "spell_enum_values",
        ("CREATE TYPE mood AS ENUM ('on hold', 'on_hold', 'done');\nCREATE TABLE a (id bigint PRIMARY KEY, b mood);"),
        "warning",
        "mood",
        "on hold and on_hold of enum mood differ in spelling alone",
        "1:1",
    ),
    Case(
        "spell_enum_values",
        ("CREATE TYPE mood AS ENUM ('open', 'done', 'Lost');\nCREATE TABLE a (id bigint PRIMARY KEY, b mood);"),
        "note",
        "mood",
        "Lost of enum mood is spelled unlike the others",
        "1:1",
    ),
    Case(
        "merge_enums",
        (
            "CREATE TYPE p AS ENUM ('a', 'b', 'c');\n"
            "CREATE TYPE q AS ENUM ('c', 'b', 'a');\n"
            "CREATE TABLE t (id bigint PRIMARY KEY, b p, c q);"
        ),
        "note",
        "q",
        "enums p and q have the same values",
        "2:1",
    ),
    Case(
        "name_references_alike",
        (
            "CREATE TABLE users (id bigint PRIMARY KEY);\n"
            "CREATE TABLE p (id bigint PRIMARY KEY, a_id bigint REFERENCES users, b_id bigint "
            "REFERENCES users, c_id bigint REFERENCES users,\n"
            "  d_id bigint REFERENCES users, chief bigint REFERENCES users);"
        ),
        "note",
        "schema",
        "p.chief is no name of a key, unlike 4 others",
        "2:1",
    ),
    Case(
        "name_flags_alike",
        (
            "CREATE TABLE p (id bigint PRIMARY KEY, is_a boolean, is_b boolean, has_c boolean, can_d "
            "boolean, verified boolean);"
        ),
        "note",
        "schema",
        "p.verified begins with no verb, unlike 4 other booleans",
        "1:1",
    ),
    Case(
        "drop_name_prefixes",
        ("CREATE TABLE users (id bigint PRIMARY KEY, user_name text, user_email text, user_phone text);"),
        "note",
        "users",
        "user_name, user_email and user_phone of users repeat the table's name",
        "1:44",
    ),
    Case(
        "drop_name_prefixes",
        "CREATE TABLE tbl_orders (id bigint PRIMARY KEY);",
        "note",
        "tbl_orders",
        "tbl_orders begins with tbl",
        "1:1",
    ),
    Case(
        "default_creation_times",
        "CREATE TABLE a (id bigint PRIMARY KEY, created_at timestamptz NOT NULL);",
        "note",
        "a.created_at",
        "created_at of a is left to each writer",
        "1:40",
    ),
    Case(
        "touch_changed_rows",
        "CREATE TABLE a (id bigint PRIMARY KEY, updated_at timestamptz NOT NULL DEFAULT now());",
        "note",
        "schema",
        "no trigger keeps a.updated_at",
        "1:1",
    ),
    Case(
        "plan_retention",
        "CREATE TABLE audit_log (id bigint PRIMARY KEY, at timestamptz NOT NULL DEFAULT now());",
        "note",
        "audit_log",
        "audit_log grows for ever",
        "1:1",
    ),
    Case(
        "spread_counters",
        (
            "CREATE TABLE posts (id bigint PRIMARY KEY, comments_count int);\n"
            "CREATE FUNCTION count_up() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN\n"
            "  UPDATE posts SET comments_count = comments_count + 1 WHERE id = NEW.post_id; RETURN "
            "NEW; END $$;"
        ),
        "note",
        "count_up",
        "function count_up keeps comments_count by adding one to it",
        "2:1",
    ),
    Case(
        "lead_by_tenant",
        (
            "CREATE TABLE tenants (id bigint PRIMARY KEY);\n"
            "CREATE TABLE notes (id bigint PRIMARY KEY, tenant_id bigint NOT NULL REFERENCES tenants);\n"
            "CREATE TABLE tasks (id bigint PRIMARY KEY, tenant_id bigint NOT NULL REFERENCES tenants);\n"
            "CREATE TABLE files (id bigint PRIMARY KEY, tenant_id bigint NOT NULL REFERENCES tenants);\n"
            "ALTER TABLE notes ADD COLUMN made_at date;\n"
            "CREATE INDEX notes_made ON notes (made_at, tenant_id);"
        ),
        "note",
        "notes.notes_made",
        "index notes_made of notes has tenant_id, but does not begin with it",
        "6:1",
    ),
    Case(
        "scope_uniques_by_tenant",
        (
            "CREATE TABLE tenants (id bigint PRIMARY KEY);\n"
            "CREATE TABLE notes (id bigint PRIMARY KEY, tenant_id bigint NOT NULL REFERENCES tenants);\n"
            "CREATE TABLE tasks (id bigint PRIMARY KEY, tenant_id bigint NOT NULL REFERENCES tenants);\n"
            "CREATE TABLE files (id bigint PRIMARY KEY, tenant_id bigint NOT NULL REFERENCES tenants);\n"
            "ALTER TABLE notes ADD COLUMN slug text UNIQUE;"
        ),
        "warning",
        "notes.slug",
        "notes.slug is unique over all tenants, not within tenant_id",
        "5:40",
    ),
    Case(
        "protect_tenant_tables",
        (
            "CREATE TABLE tenants (id bigint PRIMARY KEY);\n"
            "CREATE TABLE notes (id bigint PRIMARY KEY, tenant_id bigint NOT NULL REFERENCES tenants);\n"
            "CREATE TABLE tasks (id bigint PRIMARY KEY, tenant_id bigint NOT NULL REFERENCES tenants);\n"
            "CREATE TABLE files (id bigint PRIMARY KEY, tenant_id bigint NOT NULL REFERENCES tenants);\n"
            "ALTER TABLE notes ENABLE ROW LEVEL SECURITY;\n"
            "ALTER TABLE tasks ENABLE ROW LEVEL SECURITY;"
        ),
        "warning",
        "files",
        "files holds tenant_id, but has no row-level security",
        "4:1",
    ),
    Case(
        "enable_policies",
        ("CREATE TABLE a (id bigint PRIMARY KEY);\nCREATE POLICY p ON a USING (id = 1);"),
        "error",
        "a",
        "a has a policy, but row-level security is off",
        "2:1",
    ),
    Case(
        "force_policies",
        ("CREATE TABLE a (id bigint PRIMARY KEY);\nALTER TABLE a ENABLE ROW LEVEL SECURITY;"),
        "note",
        "a",
        "a has row-level security that does not hold for its owner",
        "1:1",
    ),
    Case(
        "write_policies",
        ("CREATE TABLE a (id bigint PRIMARY KEY);\nALTER TABLE a ENABLE ROW LEVEL SECURITY;"),
        "warning",
        "a",
        "a has row-level security, but no policy",
        "1:1",
    ),
    Case(
        "pin_search_paths",
        (
            "CREATE TABLE a (id bigint PRIMARY KEY);\n"
            "CREATE FUNCTION f() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';"
        ),
        "error",
        "f",
        "function f runs with its owner's rights and its caller's search_path",
        "2:1",
    ),
    Case(
        "hash_secrets",
        "CREATE TABLE users (id bigint PRIMARY KEY, password text NOT NULL);",
        "warning",
        "users.password",
        "users.password holds a secret, by its name as it is",
        "1:44",
    ),
    Case(
        "hash_secrets",
        "CREATE TABLE users (id bigint PRIMARY KEY, access_token text NOT NULL);",
        "warning",
        "users.access_token",
        "users.access_token holds a secret, by its name as it is",
        "1:44",
    ),
    Case(
        "refuse_card_codes",
        "CREATE TABLE cards (id bigint PRIMARY KEY, cvv char(3));",
        "error",
        "cards.cvv",
        "cards.cvv holds what of a payment card may not be stored",
        "1:44",
    ),
    Case(
        "mark_personal_data",
        "CREATE TABLE people (id bigint PRIMARY KEY, ssn text, birth_date date);",
        "note",
        "people",
        "ssn and birth_date of people are sensitive and have no comment",
        "1:45",
    ),
    Case(
        "avoid_rules",
        ("CREATE TABLE a (id bigint PRIMARY KEY);\nCREATE RULE r AS ON DELETE TO a DO INSTEAD NOTHING;"),
        "warning",
        "a",
        "rule r on a rewrites statements",
        "2:1",
    ),
    Case(
        "list_view_columns",
        ("CREATE TABLE a (id bigint PRIMARY KEY);\nCREATE VIEW v AS SELECT * FROM a;"),
        "note",
        "v",
        "view v is SELECT *",
        "2:1",
    ),
    Case(
        "key_materialized_views",
        ("CREATE TABLE a (id bigint PRIMARY KEY);\nCREATE MATERIALIZED VIEW m AS SELECT id FROM a;"),
        "note",
        "m",
        "materialized view m has no unique index",
        "2:1",
    ),
)

SILENT = (
    Silence(
        "relate_large_enums",
        "twenty values",
        (
            "CREATE TYPE e AS ENUM ('v0', 'v1', 'v2', 'v3', 'v4', 'v5', 'v6', 'v7', 'v8', 'v9', 'v10', "
            "'v11', 'v12', 'v13', 'v14', 'v15', 'v16', 'v17', 'v18', 'v19');\n"
            "CREATE TABLE a (id bigint PRIMARY KEY, b e);"
        ),
    ),
    Silence(
        "drop_unused_enums",
        "used by a function",
        (
            "CREATE TYPE mood AS ENUM ('good', 'bad');\n"
            "CREATE TABLE a (id bigint PRIMARY KEY);\n"
            "CREATE FUNCTION f(m mood) RETURNS int LANGUAGE sql AS 'SELECT 1';"
        ),
    ),
    Silence(
        "spell_enum_values",
        "all alike",
        (
            "CREATE TYPE mood AS ENUM ('on_hold', 'done', 'open');\n"
            "CREATE TYPE size AS ENUM ('S', 'M', 'L');\n"
            "CREATE TABLE a (id bigint PRIMARY KEY, b mood, c size);"
        ),
    ),
    Silence(
        "merge_enums",
        "different, or two values",
        (
            "CREATE TYPE p AS ENUM ('a', 'b');\n"
            "CREATE TYPE q AS ENUM ('b', 'a');\n"
            "CREATE TABLE t (id bigint PRIMARY KEY, b p, c q);"
        ),
    ),
    Silence(
        "name_references_alike",
        "who did it",
        (
            "CREATE TABLE users (id bigint PRIMARY KEY);\n"
            "CREATE TABLE p (id bigint PRIMARY KEY, a_id bigint REFERENCES users, b_id bigint "
            "REFERENCES users, c_id bigint REFERENCES users,\n"
            "  d_id bigint REFERENCES users, created_by bigint REFERENCES users);"
        ),
    ),
    Silence(
        "name_flags_alike",
        "no habit",
        "CREATE TABLE p (id bigint PRIMARY KEY, is_a boolean, verified boolean, active boolean);",
    ),
    Silence(
        "drop_name_prefixes",
        "one of them",
        "CREATE TABLE orders (id bigint PRIMARY KEY, order_number text, total int);",
    ),
    Silence(
        "default_creation_times",
        "written by the database",
        (
            "CREATE TABLE a (id bigint PRIMARY KEY, created_at timestamptz NOT NULL DEFAULT now(), "
            "placed_at timestamptz);"
        ),
    ),
    Silence(
        "touch_changed_rows",
        "a trigger keeps it",
        (
            "CREATE TABLE a (id bigint PRIMARY KEY, updated_at timestamptz NOT NULL DEFAULT now());\n"
            "CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.updated_at := "
            "now(); RETURN NEW; END $$;\n"
            "CREATE TRIGGER a_touch BEFORE UPDATE ON a FOR EACH ROW EXECUTE FUNCTION touch();"
        ),
    ),
    Silence(
        "plan_retention",
        "partitioned, or said",
        (
            "CREATE TABLE audit_log (id bigint PRIMARY KEY, at timestamptz NOT NULL DEFAULT now());\n"
            "COMMENT ON TABLE audit_log IS 'Who did what; kept for a year.';"
        ),
    ),
    Silence(
        "spread_counters",
        "no counter",
        (
            "CREATE TABLE posts (id bigint PRIMARY KEY, n int);\n"
            "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.n := 1; RETURN NEW; "
            "END $$;"
        ),
    ),
    Silence(
        "lead_by_tenant",
        "the tenant first",
        (
            "CREATE TABLE tenants (id bigint PRIMARY KEY);\n"
            "CREATE TABLE notes (id bigint PRIMARY KEY, tenant_id bigint NOT NULL REFERENCES tenants);\n"
            "CREATE TABLE tasks (id bigint PRIMARY KEY, tenant_id bigint NOT NULL REFERENCES tenants);\n"
            "CREATE TABLE files (id bigint PRIMARY KEY, tenant_id bigint NOT NULL REFERENCES tenants);\n"
            "ALTER TABLE notes ADD COLUMN made_at date;\n"
            "CREATE INDEX notes_made ON notes (tenant_id, made_at);"
        ),
    ),
    Silence(
        "scope_uniques_by_tenant",
        "within the tenant, or known everywhere",
        (
            "CREATE TABLE tenants (id bigint PRIMARY KEY);\n"
            "CREATE TABLE notes (id bigint PRIMARY KEY, tenant_id bigint NOT NULL REFERENCES tenants);\n"
            "CREATE TABLE tasks (id bigint PRIMARY KEY, tenant_id bigint NOT NULL REFERENCES tenants);\n"
            "CREATE TABLE files (id bigint PRIMARY KEY, tenant_id bigint NOT NULL REFERENCES tenants);\n"
            "ALTER TABLE notes ADD COLUMN slug text, ADD COLUMN invite_code text UNIQUE, ADD UNIQUE "
            "(tenant_id, slug);"
        ),
    ),
    Silence(
        "protect_tenant_tables",
        "no table has it",
        (
            "CREATE TABLE tenants (id bigint PRIMARY KEY);\n"
            "CREATE TABLE notes (id bigint PRIMARY KEY, tenant_id bigint NOT NULL REFERENCES tenants);\n"
            "CREATE TABLE tasks (id bigint PRIMARY KEY, tenant_id bigint NOT NULL REFERENCES tenants);\n"
            "CREATE TABLE files (id bigint PRIMARY KEY, tenant_id bigint NOT NULL REFERENCES tenants);\n"
        ),
    ),
    Silence(
        "enable_policies",
        "enabled",
        (
            "CREATE TABLE a (id bigint PRIMARY KEY);\n"
            "ALTER TABLE a ENABLE ROW LEVEL SECURITY;\n"
            "CREATE POLICY p ON a USING (id = 1);"
        ),
    ),
    Silence(
        "force_policies",
        "forced",
        (
            "CREATE TABLE a (id bigint PRIMARY KEY);\n"
            "ALTER TABLE a ENABLE ROW LEVEL SECURITY;\n"
            "ALTER TABLE a FORCE ROW LEVEL SECURITY;"
        ),
    ),
    Silence(
        "write_policies",
        "written",
        (
            "CREATE TABLE a (id bigint PRIMARY KEY);\n"
            "ALTER TABLE a ENABLE ROW LEVEL SECURITY;\n"
            "CREATE POLICY p ON a USING (id = 1);"
        ),
    ),
    Silence(
        "pin_search_paths",
        "pinned",
        (
            "CREATE TABLE a (id bigint PRIMARY KEY);\n"
            "CREATE FUNCTION f() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = "
            "pg_catalog AS 'SELECT 1';"
        ),
    ),
    Silence(
        "hash_secrets",
        "hashed, or encrypted",
        (
            "CREATE TABLE users (id bigint PRIMARY KEY, password_hash text, password_reset_at "
            "timestamptz, api_key text);\n"
            "COMMENT ON COLUMN users.api_key IS 'SHA-256 hash.';"
        ),
    ),
    Silence(
        "refuse_card_codes",
        "what may be shown",
        ("CREATE TABLE cards (id bigint PRIMARY KEY, card_last4 char(4), card_token text, card_brand text);"),
    ),
    Silence(
        "mark_personal_data",
        "explained",
        (
            "CREATE TABLE people (id bigint PRIMARY KEY, ssn text, email text);\n"
            "COMMENT ON COLUMN people.ssn IS 'For the tax office; erased after ten years.';"
        ),
    ),
    Silence(
        "avoid_rules",
        "of a view",
        (
            "CREATE TABLE a (id bigint PRIMARY KEY);\n"
            "CREATE VIEW v AS SELECT id FROM a;\n"
            "CREATE RULE r AS ON DELETE TO v DO INSTEAD NOTHING;"
        ),
    ),
    Silence(
        "list_view_columns",
        "named",
        ("CREATE TABLE a (id bigint PRIMARY KEY);\nCREATE VIEW v AS SELECT id, count(*) AS n FROM a GROUP BY id;"),
    ),
    Silence(
        "key_materialized_views",
        "keyed",
        (
            "CREATE TABLE a (id bigint PRIMARY KEY);\n"
            "CREATE MATERIALIZED VIEW m AS SELECT id FROM a;\n"
            "CREATE UNIQUE INDEX m_key ON m (id);"
        ),
    ),
)

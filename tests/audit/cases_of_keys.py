"""Keys, references and indexes: what is found, and what is left alone."""

from __future__ import annotations

from auditing import Case, Silence

FOUND = (
    Case(
        "merge_foreign_keys",
        (
            "CREATE TABLE users (id bigint PRIMARY KEY);\n"
            "CREATE TABLE posts (id bigint PRIMARY KEY, user_id bigint REFERENCES users,\n"
            "  CONSTRAINT again FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE);"
        ),
        "warning",
        "posts.user_id",
        "posts.user_id refers to users twice, ON DELETE no action and cascade",
        "3:3",
    ),
    Case(
        "key_one_to_ones",
        (
            "CREATE TABLE users (id bigint PRIMARY KEY);\n"
            "CREATE TABLE user_profiles (id bigint PRIMARY KEY, user_id bigint NOT NULL REFERENCES "
            "users, bio text);"
        ),
        "warning",
        "user_profiles.user_id",
        "a row of users may have several user_profiles",
        "2:76",
    ),
    Case(
        "key_natural_names",
        "CREATE TABLE users (id bigint PRIMARY KEY, email text NOT NULL);",
        "warning",
        "users.email",
        "users.email identifies a row to people, but is not unique",
        "1:44",
    ),
    Case(
        "fold_emails",
        "CREATE TABLE users (id bigint PRIMARY KEY, email text NOT NULL UNIQUE);",
        "note",
        "users.email",
        "users.email is unique only as far as capitals agree",
        "1:44",
    ),
    Case(
        "keep_financial_rows",
        (
            "CREATE TABLE users (id bigint PRIMARY KEY);\n"
            "CREATE TABLE invoices (id bigint PRIMARY KEY, user_id bigint REFERENCES users ON DELETE "
            "CASCADE);"
        ),
        "warning",
        "invoices.user_id",
        "deleting a row of users deletes its invoices",
        "2:62",
    ),
    Case(
        "oversee_cascades",
        (
            "CREATE TABLE users (id bigint PRIMARY KEY);\n"
            "CREATE TABLE t0 (id bigint PRIMARY KEY, user_id bigint REFERENCES users ON DELETE "
            "CASCADE);\n"
            "CREATE TABLE t1 (id bigint PRIMARY KEY, user_id bigint REFERENCES users ON DELETE "
            "CASCADE);\n"
            "CREATE TABLE t2 (id bigint PRIMARY KEY, user_id bigint REFERENCES users ON DELETE "
            "CASCADE);\n"
            "CREATE TABLE t3 (id bigint PRIMARY KEY, user_id bigint REFERENCES users ON DELETE "
            "CASCADE);\n"
            "CREATE TABLE t4 (id bigint PRIMARY KEY, user_id bigint REFERENCES users ON DELETE "
            "CASCADE);\n"
            "CREATE TABLE t5 (id bigint PRIMARY KEY, user_id bigint REFERENCES users ON DELETE "
            "CASCADE);\n"
            "CREATE TABLE t6 (id bigint PRIMARY KEY, user_id bigint REFERENCES users ON DELETE "
            "CASCADE);\n"
            "CREATE TABLE t7 (id bigint PRIMARY KEY, user_id bigint REFERENCES users ON DELETE "
            "CASCADE);\n"
            "CREATE TABLE t8 (id bigint PRIMARY KEY, user_id bigint REFERENCES users ON DELETE "
            "CASCADE);\n"
            "CREATE TABLE t9 (id bigint PRIMARY KEY, user_id bigint REFERENCES users ON DELETE "
            "CASCADE);\n"
        ),
        "note",
        "users",
        "users takes rows of 10 tables with it when a row is deleted: t0, t1, t2 and 7 more",
        "1:1",
    ),
    Case(
        "break_insert_cycles",
        (
            "CREATE TABLE teams (id bigint PRIMARY KEY, owner_id bigint NOT NULL);\n"
            "CREATE TABLE users (id bigint PRIMARY KEY, team_id bigint NOT NULL REFERENCES teams);\n"
            "ALTER TABLE teams ADD FOREIGN KEY (owner_id) REFERENCES users (id);"
        ),
        "error",
        "users.team_id",
        "no first row can be inserted: teams -> users -> teams require each other",
        "2:68",
    ),
    Case(
        "guard_self_references",
        ("CREATE TABLE nodes (id bigint PRIMARY KEY,\n  parent_id bigint REFERENCES nodes);"),
        "note",
        "nodes.parent_id",
        "nodes.parent_id may refer to its own row",
        "2:3",
    ),
    Case(
        "name_parents",
        "CREATE TABLE comments (id bigint PRIMARY KEY, subject_type text, subject_id bigint);",
        "note",
        "comments.subject_id",
        "comments.subject_id names rows of several tables, by subject_type",
        "1:66",
    ),
    Case(
        "relate_array_items",
        "CREATE TABLE teams (id bigint PRIMARY KEY, member_ids bigint[]);",
        "warning",
        "teams.member_ids",
        "teams.member_ids holds references as bigint[]",
        "1:44",
    ),
    Case(
        "narrow_flag_indexes",
        (
            "CREATE TABLE mails (id bigint PRIMARY KEY, is_sent boolean NOT NULL);\n"
            "CREATE INDEX mails_sent ON mails (is_sent);"
        ),
        "note",
        "mails.mails_sent",
        "index mails_sent of mails holds is_sent alone, which has a few values",
        "2:1",
    ),
    Case(
        "narrow_flag_indexes",
        (
            "CREATE TYPE grade AS ENUM ('a', 'b');\n"
            "CREATE TABLE mails (id bigint PRIMARY KEY, g grade);\n"
            "CREATE INDEX mails_g ON mails (g);"
        ),
        "note",
        "mails.mails_g",
        "index mails_g of mails holds g alone, which has a few values",
        "3:1",
    ),
    Case(
        "bound_indexed_texts",
        ("CREATE TABLE posts (id bigint PRIMARY KEY, body text);\nCREATE INDEX posts_body ON posts (body);"),
        "warning",
        "posts.posts_body",
        "index posts_body of posts holds body, a text without a limit, in a B-tree",
        "2:1",
    ),
    Case(
        "index_documents",
        (
            "CREATE TABLE events (id bigint PRIMARY KEY, data jsonb);\n"
            "CREATE VIEW paid AS SELECT id FROM events WHERE data @> '{\"a\": 1}';"
        ),
        "warning",
        "events.data",
        "events.data is searched by what is in it, without a GIN index",
        "1:45",
    ),
    Case(
        "narrow_document_indexes",
        (
            "CREATE TABLE events (id bigint PRIMARY KEY, data jsonb);\n"
            "CREATE INDEX events_data ON events USING gin (data);"
        ),
        "note",
        "events.events_data",
        "index events_data of events has jsonb_ops, the default",
        "2:1",
    ),
    Case(
        "index_search_vectors",
        "CREATE TABLE posts (id bigint PRIMARY KEY, search tsvector);",
        "warning",
        "posts.search",
        "posts.search is a tsvector without a GIN index",
        "1:44",
    ),
    Case(
        "lead_keys_by_owner",
        (
            "CREATE TABLE readings (recorded_at timestamptz, sensor_id bigint, value real, PRIMARY KEY "
            "(recorded_at, sensor_id));"
        ),
        "note",
        "readings (recorded_at, sensor_id)",
        "the primary key of readings begins with recorded_at, not with sensor_id",
        "1:79",
    ),
    Case(
        "oversee_indexes",
        (
            "CREATE TABLE a (id bigint PRIMARY KEY, b int);\n"
            "CREATE INDEX a0 ON a (b, (b + 0));\n"
            "CREATE INDEX a1 ON a (b, (b + 1));\n"
            "CREATE INDEX a2 ON a (b, (b + 2));\n"
            "CREATE INDEX a3 ON a (b, (b + 3));\n"
            "CREATE INDEX a4 ON a (b, (b + 4));\n"
            "CREATE INDEX a5 ON a (b, (b + 5));\n"
            "CREATE INDEX a6 ON a (b, (b + 6));\n"
            "CREATE INDEX a7 ON a (b, (b + 7));\n"
            "CREATE INDEX a8 ON a (b, (b + 8));\n"
            "CREATE INDEX a9 ON a (b, (b + 9));\n"
            "CREATE INDEX a10 ON a (b, (b + 10));\n"
            "CREATE INDEX a11 ON a (b, (b + 11));\n"
        ),
        "note",
        "a",
        "a has 13 indexes, those of its keys included",
        "1:1",
    ),
    Case(
        "prefer_identity",
        "CREATE TABLE a (id bigserial PRIMARY KEY);",
        "note",
        "schema",
        "a.id takes numbers of the writer's own (serial, BY DEFAULT)",
        "1:1",
    ),
    Case(
        "order_random_keys",
        (
            "CREATE TABLE users (id bigint PRIMARY KEY);\n"
            "CREATE TABLE posts (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), user_id bigint "
            "REFERENCES users, created_at timestamptz NOT NULL);"
        ),
        "note",
        "posts.id",
        "posts.id is a key in random order on a table that grows",
        "2:21",
    ),
    Case(
        "shorten_text_keys",
        "CREATE TABLE posts (id text PRIMARY KEY, title text);",
        "note",
        "schema",
        "posts is keyed by text without meaning",
        "1:1",
    ),
)

SILENT = (
    Silence(
        "merge_foreign_keys",
        "two roles of one table",
        (
            "CREATE TABLE users (id bigint PRIMARY KEY);\n"
            "CREATE TABLE posts (id bigint PRIMARY KEY, author_id bigint REFERENCES users, editor_id "
            "bigint REFERENCES users);"
        ),
    ),
    Silence(
        "key_one_to_ones",
        "the reference is the key, or the rows have names",
        (
            "CREATE TABLE users (id bigint PRIMARY KEY);\n"
            "CREATE TABLE user_profiles (user_id bigint PRIMARY KEY REFERENCES users, bio text);\n"
            "CREATE TABLE user_settings (id bigint PRIMARY KEY, user_id bigint REFERENCES users, name "
            "text);\n"
            "CREATE TABLE user_details (id bigint PRIMARY KEY, user_id bigint UNIQUE REFERENCES users);"
        ),
    ),
    Silence(
        "key_natural_names",
        "unique in some way, or a copy",
        (
            "CREATE TABLE users (id bigint PRIMARY KEY, email text NOT NULL);\n"
            "CREATE UNIQUE INDEX ON users (lower(email));\n"
            "CREATE TABLE order_items (id bigint PRIMARY KEY, sku text);\n"
            "CREATE TABLE posts (id bigint PRIMARY KEY, user_id bigint, slug text, UNIQUE (user_id, "
            "slug));"
        ),
    ),
    Silence(
        "fold_emails",
        "checked, or found in lower case",
        (
            "CREATE TABLE users (id bigint PRIMARY KEY, email text UNIQUE CHECK (email = "
            "lower(email)));\n"
            "CREATE TABLE members (id bigint PRIMARY KEY, email text);\n"
            "CREATE UNIQUE INDEX ON members (lower(email));"
        ),
    ),
    Silence(
        "keep_financial_rows",
        "parts of the books",
        (
            "CREATE TABLE payments (id bigint PRIMARY KEY);\n"
            "CREATE TABLE refunds (id bigint PRIMARY KEY, payment_id bigint REFERENCES payments ON "
            "DELETE CASCADE);"
        ),
    ),
    Silence(
        "oversee_cascades",
        "nine tables, or said in the comment",
        (
            "CREATE TABLE users (id bigint PRIMARY KEY);\n"
            "CREATE TABLE t0 (id bigint PRIMARY KEY, user_id bigint REFERENCES users ON DELETE "
            "CASCADE);\n"
            "CREATE TABLE t1 (id bigint PRIMARY KEY, user_id bigint REFERENCES users ON DELETE "
            "CASCADE);\n"
            "CREATE TABLE t2 (id bigint PRIMARY KEY, user_id bigint REFERENCES users ON DELETE "
            "CASCADE);\n"
            "CREATE TABLE t3 (id bigint PRIMARY KEY, user_id bigint REFERENCES users ON DELETE "
            "CASCADE);\n"
            "CREATE TABLE t4 (id bigint PRIMARY KEY, user_id bigint REFERENCES users ON DELETE "
            "CASCADE);\n"
            "CREATE TABLE t5 (id bigint PRIMARY KEY, user_id bigint REFERENCES users ON DELETE "
            "CASCADE);\n"
            "CREATE TABLE t6 (id bigint PRIMARY KEY, user_id bigint REFERENCES users ON DELETE "
            "CASCADE);\n"
            "CREATE TABLE t7 (id bigint PRIMARY KEY, user_id bigint REFERENCES users ON DELETE "
            "CASCADE);\n"
            "CREATE TABLE t8 (id bigint PRIMARY KEY, user_id bigint REFERENCES users ON DELETE "
            "CASCADE);\n"
        ),
    ),
    Silence(
        "break_insert_cycles",
        "one of them may be NULL, or wait",
        (
            "CREATE TABLE teams (id bigint PRIMARY KEY, owner_id bigint, chief_id bigint NOT NULL);\n"
            "CREATE TABLE users (id bigint PRIMARY KEY, team_id bigint NOT NULL REFERENCES teams);\n"
            "ALTER TABLE teams ADD FOREIGN KEY (owner_id) REFERENCES users (id), ADD FOREIGN KEY "
            "(chief_id) REFERENCES users (id) DEFERRABLE;"
        ),
    ),
    Silence(
        "guard_self_references",
        "checked",
        ("CREATE TABLE nodes (id bigint PRIMARY KEY, parent_id bigint REFERENCES nodes, CHECK (parent_id <> id));"),
    ),
    Silence(
        "name_parents",
        "an audit trail",
        "CREATE TABLE audit_log (id bigint PRIMARY KEY, entity_type text, entity_id bigint);",
    ),
    Silence(
        "relate_array_items",
        "values, not keys",
        "CREATE TABLE teams (id bigint PRIMARY KEY, scores bigint[], tags text[]);",
    ),
    Silence(
        "narrow_flag_indexes",
        "partial, or with more columns",
        (
            "CREATE TYPE state AS ENUM ('a', 'b', 'c', 'd');\n"
            "CREATE TABLE mails (id bigint PRIMARY KEY, is_sent boolean NOT NULL, s state, at date);\n"
            "CREATE INDEX ON mails (id) WHERE NOT is_sent;\n"
            "CREATE INDEX ON mails (is_sent, at);\n"
            "CREATE INDEX ON mails (s);"
        ),
    ),
    Silence(
        "bound_indexed_texts",
        "short, or another method",
        (
            "CREATE TABLE posts (id bigint PRIMARY KEY, body text, note varchar(200));\n"
            "CREATE INDEX ON posts USING hash (body);\n"
            "CREATE INDEX ON posts (note);\n"
            "CREATE INDEX ON posts (md5(body));"
        ),
    ),
    Silence(
        "index_documents",
        "indexed, or never asked",
        (
            "CREATE TABLE events (id bigint PRIMARY KEY, data jsonb, more jsonb);\n"
            "CREATE INDEX ON events USING gin (data jsonb_path_ops);\n"
            "CREATE VIEW paid AS SELECT id, more FROM events WHERE data @> '{\"a\": 1}';"
        ),
    ),
    Silence(
        "narrow_document_indexes",
        "asked for keys, or narrow",
        (
            "CREATE TABLE events (id bigint PRIMARY KEY, data jsonb, more jsonb, tags text[]);\n"
            "CREATE INDEX ON events USING gin (data jsonb_path_ops);\n"
            "CREATE INDEX ON events USING gin (more);\n"
            "CREATE INDEX ON events USING gin (tags);\n"
            "CREATE VIEW v AS SELECT id FROM events WHERE more ? 'a';"
        ),
    ),
    Silence(
        "index_search_vectors",
        "indexed",
        ("CREATE TABLE posts (id bigint PRIMARY KEY, search tsvector);\nCREATE INDEX ON posts USING gin (search);"),
    ),
    Silence(
        "lead_keys_by_owner",
        "led by another index",
        (
            "CREATE TABLE readings (recorded_at timestamptz, sensor_id bigint, PRIMARY KEY "
            "(recorded_at, sensor_id));\n"
            "CREATE INDEX ON readings (sensor_id, recorded_at);"
        ),
    ),
    Silence(
        "oversee_indexes",
        "twelve",
        (
            "CREATE TABLE a (id bigint PRIMARY KEY, b int);\n"
            "CREATE INDEX a0 ON a (b, (b + 0));\n"
            "CREATE INDEX a1 ON a (b, (b + 1));\n"
            "CREATE INDEX a2 ON a (b, (b + 2));\n"
            "CREATE INDEX a3 ON a (b, (b + 3));\n"
            "CREATE INDEX a4 ON a (b, (b + 4));\n"
            "CREATE INDEX a5 ON a (b, (b + 5));\n"
            "CREATE INDEX a6 ON a (b, (b + 6));\n"
            "CREATE INDEX a7 ON a (b, (b + 7));\n"
            "CREATE INDEX a8 ON a (b, (b + 8));\n"
            "CREATE INDEX a9 ON a (b, (b + 9));\n"
            "CREATE INDEX a10 ON a (b, (b + 10));\n"
        ),
    ),
    Silence(
        "prefer_identity",
        "given by the database alone",
        "CREATE TABLE a (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);",
    ),
    Silence(
        "order_random_keys",
        "a table that does not grow, or keys in order",
        (
            "CREATE TABLE users (id bigint PRIMARY KEY);\n"
            "CREATE TABLE plans (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text);\n"
            "CREATE TABLE posts (id uuid PRIMARY KEY DEFAULT uuidv7(), user_id bigint REFERENCES "
            "users, created_at timestamptz NOT NULL);"
        ),
    ),
    Silence(
        "shorten_text_keys",
        "codes of others",
        (
            "CREATE TABLE posts (id varchar(8) PRIMARY KEY, title text);\n"
            "CREATE TABLE countries (code text PRIMARY KEY);"
        ),
    ),
)

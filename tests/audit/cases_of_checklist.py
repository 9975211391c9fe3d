"""The first rules of the checklist: what is found, and what is left alone."""

from __future__ import annotations

from auditing import ROLES, USERS, Case, Silence

FOUND = (
    Case(
        "reach_third_form",
        "CREATE TABLE homes (id bigint PRIMARY KEY, zip text, city text);\n"
        "COMMENT ON TABLE homes IS 'fd: zip -> city';",
        "warning",
        "homes",
        "homes is not in 3NF: city follows from zip",
        "1:1",
        "lab normalize --write-variant",
    ),
    Case(
        "reach_third_form",
        "CREATE TABLE lines (orders bigint, line int, customer text, PRIMARY KEY (orders, line));\n"
        "COMMENT ON TABLE lines IS 'fd: orders -> customer';",
        "warning",
        "lines",
        "lines is not in 2NF: customer follows from orders",
        "1:1",
    ),
    Case(
        "require_primary_keys",
        "CREATE TABLE visits (page text, seen_at timestamptz);",
        "error",
        "visits",
        "visits has no primary key",
        "1:1",
        "ADD COLUMN id bigint GENERATED ALWAYS AS IDENTITY, ADD PRIMARY KEY (id);",
    ),
    Case(
        "require_primary_keys",
        "CREATE TABLE visits (id bigint, page text);",
        "error",
        "visits",
        "visits has no primary key",
        "1:1",
        "ALTER TABLE visits ADD PRIMARY KEY (id);",
    ),
    Case(
        "require_primary_keys",
        USERS + ROLES + "CREATE TABLE grants (user_id bigint REFERENCES users, role_id bigint REFERENCES roles);",
        "error",
        "grants",
        "grants has no primary key",
        "3:1",
        "ADD PRIMARY KEY (user_id, role_id)",
    ),
    Case(
        "require_primary_keys",
        "CREATE TABLE visits (id bigint NOT NULL, day date NOT NULL) PARTITION BY RANGE (day);",
        "error",
        "visits",
        "visits has no primary key",
        "1:1",
        "ADD PRIMARY KEY (id, day)",
    ),
    Case(
        "require_primary_keys",
        "CREATE TABLE countries (code char(2) NOT NULL UNIQUE, name text);",
        "warning",
        "countries",
        "no primary key, though (code) identifies its rows",
        "1:1",
        "DROP CONSTRAINT countries_code_key",
    ),
    Case(
        "require_primary_keys",
        "CREATE TABLE countries (code char(2) NOT NULL);\nCREATE UNIQUE INDEX countries_code ON countries (code);",
        "warning",
        "countries",
        "no primary key, though (code) identifies its rows",
        "1:1",
        "ADD PRIMARY KEY USING INDEX countries_code",
    ),
    Case(
        "require_primary_keys",
        "CREATE TABLE countries (code char(2) NOT NULL UNIQUE);\n"
        "CREATE TABLE towns (id bigint PRIMARY KEY, country char(2) REFERENCES countries (code));",
        "warning",
        "countries",
        "no primary key, though (code) identifies its rows",
        "1:1",
        "ALTER TABLE countries ADD PRIMARY KEY (code);",
    ),
    Case(
        "index_foreign_keys",
        USERS + "CREATE TABLE orders (id bigint PRIMARY KEY,\n  user_id bigint REFERENCES users);",
        "warning",
        "orders.user_id",
        "orders.user_id refers to users, but no index begins with it",
        "3:18",
        "CREATE INDEX orders_user_id_idx ON orders (user_id);",
    ),
    Case(
        "index_foreign_keys",
        USERS + "CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint REFERENCES users);\n"
        "CREATE INDEX ON orders (user_id) WHERE id > 100;\nCREATE INDEX ON orders (id, user_id);\n"
        "CREATE INDEX ON orders ((user_id + 1), user_id);\nCREATE INDEX ON orders USING brin (user_id);",
        "warning",
        "orders.user_id",
        "no index begins with it",
        "2:60",
    ),
    Case(
        "index_foreign_keys",
        "CREATE TABLE copies (book bigint, number int, PRIMARY KEY (book, number));\n"
        "CREATE TABLE loans (id bigint PRIMARY KEY, book bigint, number int,\n"
        "  FOREIGN KEY (book, number) REFERENCES copies);\nCREATE INDEX ON loans (book);",
        "warning",
        "loans (book, number)",
        "loans (book, number) refers to copies",
        "3:3",
        "ON loans (book, number);",
    ),
    Case(
        "index_foreign_keys",
        'CREATE SCHEMA shop;\nCREATE TABLE shop."User" (id bigint PRIMARY KEY);\n'
        'CREATE TABLE shop."Order" (id bigint PRIMARY KEY, "userId" bigint REFERENCES shop."User");',
        "warning",
        "Order.userId",
        "Order.userId refers to User",
        "3:67",
        'CREATE INDEX "Order_userId_idx" ON shop."Order" ("userId");',
    ),
    Case(
        "index_foreign_keys",
        USERS + "CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint REFERENCES users);\n"
        "CREATE INDEX orders_user_id_idx ON orders (id, user_id);",
        "warning",
        "orders.user_id",
        "no index begins with it",
        "2:60",
        "CREATE INDEX orders_user_id_idx_2 ON orders (user_id);",
    ),
    Case(
        "declare_references",
        "CREATE TABLE categories (id bigint PRIMARY KEY);\n"
        "CREATE TABLE products (id bigint PRIMARY KEY,\n  category_id bigint);",
        "warning",
        "products.category_id",
        "products.category_id looks like a reference to categories, but is no foreign key",
        "3:3",
        "ADD FOREIGN KEY (category_id) REFERENCES categories (id) ON DELETE RESTRICT;",
    ),
    Case(
        "match_reference_types",
        USERS + "CREATE TABLE orders (id bigint PRIMARY KEY,\n  user_id integer REFERENCES users);",
        "warning",
        "orders.user_id",
        "orders.user_id is integer, but refers to users.id, which is bigint",
        "3:3",
        "ALTER COLUMN user_id TYPE bigint;",
    ),
    Case(
        "match_reference_types",
        "CREATE TABLE users (id serial PRIMARY KEY);\n"
        "CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint REFERENCES users);",
        "note",
        "orders.user_id",
        "is bigint, but refers to users.id, which is integer",
        "2:45",
    ),
    Case(
        "match_reference_types",
        "CREATE TABLE users (name varchar(40) PRIMARY KEY);\n"
        "CREATE TABLE orders (id bigint PRIMARY KEY, name varchar(20) REFERENCES users);",
        "warning",
        "orders.name",
        "is varchar(20), but refers to users.name, which is varchar(40)",
        "2:45",
    ),
    Case(
        "match_reference_types",
        "CREATE TABLE users (id numeric PRIMARY KEY);\n"
        "CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint REFERENCES users);",
        "warning",
        "orders.user_id",
        "is bigint, but refers to users.id, which is numeric",
        "2:45",
    ),
    Case(
        "match_reference_types",
        "CREATE TABLE users (id uuid PRIMARY KEY);\n"
        "CREATE TABLE orders (id bigint PRIMARY KEY, user_id varchar(36) REFERENCES users);",
        "error",
        "orders.user_id",
        "is varchar(36), but refers to users.id, which is uuid",
        "2:45",
        "ALTER COLUMN user_id TYPE uuid USING user_id::uuid;",
        is_refused=True,
    ),
    Case(
        "match_reference_types",
        "CREATE TYPE size AS ENUM ('S', 'L');\nCREATE TABLE sizes (size size PRIMARY KEY);\n"
        "CREATE TABLE shirts (id bigint PRIMARY KEY, size text REFERENCES sizes);",
        "error",
        "shirts.size",
        "is text, but refers to sizes.size, which is size",
        "3:45",
        "TYPE size USING size::size",
        is_refused=True,
    ),
    Case(
        "match_reference_types",
        USERS + "CREATE TABLE teams (id bigint PRIMARY KEY, members bigint[] REFERENCES users);",
        "error",
        "teams.members",
        "is bigint[], but refers to users.id, which is bigint",
        "2:44",
        is_refused=True,
    ),
    Case(
        "drop_redundant_indexes",
        "CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint, at timestamptz);\n"
        "CREATE INDEX by_user ON orders (user_id);\nCREATE INDEX newest ON orders (user_id, at DESC);",
        "warning",
        "orders.by_user",
        "index by_user of orders is redundant beside index newest",
        "2:1",
        "DROP INDEX by_user;",
    ),
    Case(
        "drop_redundant_indexes",
        "CREATE TABLE orders (id bigint PRIMARY KEY, at timestamptz);\nCREATE INDEX one ON orders (at);\n"
        "CREATE INDEX two ON orders (at);",
        "warning",
        "orders.two",
        "index two of orders repeats index one",
        "3:1",
        "DROP INDEX two;",
    ),
    Case(
        "drop_redundant_indexes",
        "CREATE TABLE orders (id bigint PRIMARY KEY, at timestamptz);\nCREATE INDEX one ON orders (id, at DESC);\n"
        "CREATE INDEX two ON orders (id DESC, at);",
        "warning",
        "orders.two",
        "index two of orders repeats index one",
        "3:1",
    ),
    Case(
        "drop_redundant_indexes",
        "CREATE TABLE orders (id bigint PRIMARY KEY, at date, note text);\nCREATE INDEX one ON orders (at);\n"
        "CREATE INDEX two ON orders (at) INCLUDE (note);",
        "warning",
        "orders.one",
        "index one of orders repeats index two",
        "2:1",
    ),
    Case(
        "drop_redundant_indexes",
        "CREATE TABLE users (id bigint PRIMARY KEY, email text UNIQUE);\nCREATE INDEX mail ON users (email);",
        "warning",
        "users.mail",
        "index mail of users repeats the unique key (email)",
        "2:1",
    ),
    Case(
        "drop_redundant_indexes",
        "CREATE TABLE users (id bigint PRIMARY KEY UNIQUE, name text);",
        "warning",
        "users.(id)",
        "the unique key (id) of users repeats the primary key",
        "1:43",
        "ALTER TABLE users DROP CONSTRAINT IF EXISTS users_id_key;",
    ),
    Case(
        "drop_redundant_indexes",
        "CREATE TABLE users (id bigint PRIMARY KEY, email text UNIQUE);\n"
        "ALTER TABLE users ADD CONSTRAINT once_more UNIQUE (email);",
        "warning",
        "users.once_more",
        "the unique key (email) of users repeats the unique key (email)",
        "2:23",
        "ALTER TABLE users DROP CONSTRAINT once_more;",
    ),
    Case(
        "drop_redundant_indexes",
        "CREATE TABLE docs (id bigint PRIMARY KEY, tags text[]);\nCREATE INDEX one ON docs USING gin (tags);\n"
        "CREATE INDEX two ON docs USING gin (tags);",
        "warning",
        "docs.two",
        "index two of docs repeats index one",
        "3:1",
    ),
    Case(
        "store_money_exactly",
        "CREATE TABLE products (id bigint PRIMARY KEY,\n  unit_price double precision);",
        "warning",
        "products.unit_price",
        "products.unit_price holds money as double precision",
        "2:3",
        "TYPE numeric(12,2);",
    ),
    Case(
        "store_money_exactly",
        "CREATE TABLE usages (id bigint PRIMARY KEY, amount real, currency char(3));",
        "warning",
        "usages.amount",
        "usages.amount holds money as real",
        "1:45",
    ),
    Case(
        "store_money_exactly",
        "CREATE TABLE products (id bigint PRIMARY KEY, value money);",
        "warning",
        "products.value",
        "products.value is of type money",
        "1:47",
    ),
    Case(
        "zone_timestamps",
        "CREATE TABLE posts (id bigint PRIMARY KEY,\n  made timestamp(3) DEFAULT now(), seen timestamp);",
        "warning",
        "posts",
        "made and seen of posts are timestamps without time zone",
        "2:3",
        "ALTER COLUMN made TYPE timestamptz(3) USING made AT TIME ZONE 'UTC'",
    ),
    Case(
        "widen_keys",
        USERS + "CREATE TABLE posts (id serial PRIMARY KEY, user_id bigint REFERENCES users,\n"
        "  created_at timestamptz DEFAULT now());\n"
        "CREATE TABLE answers (id bigint PRIMARY KEY, post int REFERENCES posts);",
        "note",
        "posts.id",
        "posts.id is integer, so the table takes 2147483647 rows in its whole life",
        "2:21",
        "ALTER TABLE answers ALTER COLUMN post TYPE bigint;",
    ),
    Case(
        "widen_keys",
        USERS + "CREATE TABLE visits (id smallint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n"
        "  user_id bigint REFERENCES users);",
        "warning",
        "visits.id",
        "takes 32767 rows",
        "2:22",
    ),
    Case(
        "retype_texts",
        "CREATE TABLE files (id bigint PRIMARY KEY,\n  file_uuid varchar(36) NOT NULL);",
        "note",
        "files.file_uuid",
        "files.file_uuid is varchar(36), though by its name it holds a uuid",
        "2:3",
        "TYPE uuid USING file_uuid::uuid",
    ),
    Case(
        "retype_texts",
        "CREATE TABLE people (id bigint PRIMARY KEY, birth_date text);",
        "note",
        "people.birth_date",
        "holds a date",
        "1:45",
    ),
    Case(
        "retype_texts",
        "CREATE TABLE people (id bigint PRIMARY KEY, created_at varchar(30) DEFAULT '2024-01-01');",
        "note",
        "people.created_at",
        "holds a timestamptz",
        "1:45",
    ),
    Case(
        "retype_texts",
        "CREATE TABLE people (id bigint PRIMARY KEY, payload_json text DEFAULT '{}');",
        "note",
        "people.payload_json",
        "holds a jsonb",
        "1:45",
    ),
    Case(
        "retype_texts",
        "CREATE TABLE people (id bigint PRIMARY KEY, is_active smallint NOT NULL DEFAULT 1);",
        "note",
        "people.is_active",
        "holds a boolean",
        "1:45",
        "TYPE boolean USING is_active <> 0, ALTER COLUMN is_active SET DEFAULT true;",
    ),
    Case(
        "retype_texts",
        "CREATE TABLE people (id bigint PRIMARY KEY, has_car char(1) DEFAULT 'N');",
        "note",
        "people.has_car",
        "holds a boolean",
        "1:45",
        "SET DEFAULT false",
    ),
    Case(
        "retype_texts",
        "CREATE TABLE files (uuid text PRIMARY KEY);\n"
        "CREATE TABLE pages (id bigint PRIMARY KEY, file text REFERENCES files);",
        "note",
        "files.uuid",
        "holds a uuid",
        "1:21",
        "change it to uuid together with the columns",
    ),
    Case(
        "prefer_jsonb",
        "CREATE TABLE posts (id bigint PRIMARY KEY,\n  meta json DEFAULT '{}');",
        "note",
        "posts.meta",
        "meta of posts is json, not jsonb",
        "2:3",
        "ALTER COLUMN meta TYPE jsonb;",
    ),
    Case(
        "unpad_texts",
        "CREATE TABLE people (id bigint PRIMARY KEY, city char(40));",
        "note",
        "people.city",
        "people.city is char(40), though by its name it varies in length",
        "1:45",
        "TYPE varchar(40)",
    ),
    Case(
        "spell_snake_case",
        'CREATE TABLE "User" (id bigint PRIMARY KEY, "createdAt" timestamptz, "HTTPStatus2" int);',
        "note",
        "User",
        "table User with its columns createdAt and HTTPStatus2 is not named in snake case",
        "1:1",
        'RENAME COLUMN "HTTPStatus2" TO http_status2;\nALTER TABLE "User" RENAME TO users;',
    ),
    Case(
        "spell_snake_case",
        'CREATE TABLE users (id bigint PRIMARY KEY,\n  "first name" text);',
        "note",
        "users.first name",
        "column first name of users is not named in snake case",
        "2:3",
        'RENAME COLUMN "first name" TO first_name;',
    ),
    Case(
        "agree_on_plurals",
        USERS + ROLES + "CREATE TABLE category (id bigint PRIMARY KEY);",
        "note",
        "category",
        "category is named in the singular, 2 others in the plural",
        "3:1",
        "ALTER TABLE category RENAME TO categories;",
    ),
    Case(
        "agree_on_plurals",
        "CREATE TABLE person (id bigint PRIMARY KEY);\nCREATE TABLE address (id bigint PRIMARY KEY);\n"
        "CREATE TABLE children (id bigint PRIMARY KEY);",
        "note",
        "children",
        "children is named in the plural, 2 others in the singular",
        "3:1",
    ),
    Case(
        "avoid_reserved_words",
        'CREATE TABLE "order" (id bigint PRIMARY KEY);',
        "warning",
        "order",
        "table order has the name of a reserved word",
        "1:1",
        'ALTER TABLE "order" RENAME TO orders;',
    ),
    Case(
        "avoid_reserved_words",
        'CREATE TABLE events (id bigint PRIMARY KEY,\n  "end" date, "user" text);',
        "warning",
        "events",
        "columns end and user of events have the names of reserved words",
        "2:3",
        'RENAME COLUMN "end" TO event_end;',
    ),
    Case(
        "timestamp_rows",
        USERS + "CREATE TABLE posts (id bigint PRIMARY KEY, user_id bigint REFERENCES users, body text,\n"
        "  is_public boolean NOT NULL DEFAULT false);",
        "note",
        "posts",
        "posts has neither created_at nor updated_at",
        "2:1",
        "ADD COLUMN created_at timestamptz NOT NULL DEFAULT now(), ADD COLUMN updated_at",
    ),
    Case(
        "timestamp_rows",
        "CREATE TABLE orders (id bigint PRIMARY KEY, placed_on date NOT NULL, status text);",
        "note",
        "orders",
        "orders has no updated_at",
        "1:1",
    ),
    Case(
        "timestamp_rows",
        'CREATE TABLE "Trip" (id bigint PRIMARY KEY, "startsAt" timestamptz NOT NULL, "endsAt" date, goal text);',
        "note",
        "Trip",
        "Trip has no createdAt",
        "1:1",
        'ADD COLUMN "createdAt" timestamptz',
    ),
    Case(
        "free_deleted_keys",
        "CREATE TABLE users (id bigint PRIMARY KEY,\n  email text UNIQUE, deleted_at timestamptz);",
        "note",
        "users.email",
        "users.email is unique among rows marked as deleted by deleted_at, too",
        "2:14",
        "DROP CONSTRAINT users_email_key;\n"
        "CREATE UNIQUE INDEX users_email_key ON users (email) WHERE deleted_at IS NULL;",
    ),
    Case(
        "free_deleted_keys",
        "CREATE TABLE users (id bigint PRIMARY KEY, email text, is_deleted boolean NOT NULL DEFAULT false);\n"
        "CREATE UNIQUE INDEX mail ON users (email);",
        "note",
        "users.email",
        "marked as deleted by is_deleted",
        "2:1",
        "DROP INDEX mail;\nCREATE UNIQUE INDEX mail ON users (email) WHERE NOT is_deleted;",
    ),
    Case(
        "unify_deletion_marks",
        "CREATE TABLE a (id int PRIMARY KEY, deleted_at timestamptz);\n"
        "CREATE TABLE b (id int PRIMARY KEY, deleted_at timestamptz);\n"
        "CREATE TABLE c (id int PRIMARY KEY, is_deleted boolean NOT NULL);",
        "note",
        "c.is_deleted",
        "c marks deleted rows by is_deleted (boolean), 2 other tables by deleted_at (timestamptz)",
        "3:37",
    ),
    Case(
        "state_delete_actions",
        USERS + "CREATE TABLE orders (id bigint PRIMARY KEY,\n  user_id bigint REFERENCES users ON UPDATE CASCADE);",
        "note",
        "orders.user_id",
        "orders.user_id has ON DELETE NO ACTION, the default",
        "3:18",
        "DROP CONSTRAINT orders_user_id_fkey, ADD CONSTRAINT orders_user_id_fkey FOREIGN KEY (user_id) "
        "REFERENCES users (id) ON DELETE RESTRICT ON UPDATE CASCADE;",
    ),
    Case(
        "state_delete_actions",
        USERS + "CREATE TABLE orders (id bigint PRIMARY KEY, buyer bigint REFERENCES users,\n"
        "  seller bigint CONSTRAINT sold_by REFERENCES users);",
        "note",
        "orders",
        "orders.buyer and orders.seller have ON DELETE NO ACTION",
        "2:58",
        "DROP CONSTRAINT sold_by",
    ),
    Case(
        "break_cascade_cycles",
        "CREATE TABLE users (id bigint PRIMARY KEY, team bigint NOT NULL);\n"
        "CREATE TABLE teams (id bigint PRIMARY KEY, owner bigint REFERENCES users ON DELETE CASCADE);\n"
        "ALTER TABLE users ADD FOREIGN KEY (team) REFERENCES teams ON DELETE CASCADE;",
        "error",
        "teams.owner",
        "deleting a row of users cascades in a circle: users -> teams -> users",
        "2:57",
        "ON DELETE SET NULL",
    ),
    Case(
        "break_cascade_cycles",
        "CREATE TABLE a (id int PRIMARY KEY, c int NOT NULL);\n"
        "CREATE TABLE b (id int PRIMARY KEY, a int NOT NULL REFERENCES a ON DELETE CASCADE);\n"
        "CREATE TABLE c (id int PRIMARY KEY, b int NOT NULL REFERENCES b ON DELETE CASCADE);\n"
        "ALTER TABLE a ADD FOREIGN KEY (c) REFERENCES c ON DELETE CASCADE;",
        "error",
        "a.c",
        "a -> b -> c -> a",
        "4:19",
        "ON DELETE RESTRICT",
    ),
    Case(
        "allow_set_null",
        USERS + "CREATE TABLE orders (id bigint PRIMARY KEY,\n"
        "  user_id bigint NOT NULL REFERENCES users ON DELETE SET NULL);",
        "error",
        "orders.user_id",
        "orders.user_id has ON DELETE SET NULL, but user_id is NOT NULL",
        "3:27",
        "ALTER COLUMN user_id DROP NOT NULL;",
    ),
    Case(
        "allow_set_null",
        USERS + "CREATE TABLE profiles (user_id bigint PRIMARY KEY REFERENCES users ON UPDATE SET NULL);",
        "error",
        "profiles.user_id",
        "has ON UPDATE SET NULL, but user_id is NOT NULL",
        "2:51",
        "ON UPDATE RESTRICT",
    ),
    Case(
        "allow_set_null",
        USERS
        + "CREATE TABLE orders (id int PRIMARY KEY, buyer bigint NOT NULL REFERENCES users ON DELETE SET DEFAULT);",
        "error",
        "orders.buyer",
        "has ON DELETE SET DEFAULT, but buyer is NOT NULL without a default",
        "2:64",
    ),
    Case(
        "describe_tables",
        USERS + "COMMENT ON TABLE users IS 'Who buys.';\n"
        'CREATE TABLE "Order" (id int PRIMARY KEY, total numeric, note text);\n'
        """COMMENT ON COLUMN "Order".total IS 'Tax included.';""",
        "note",
        "schema",
        "1 of 2 tables (50%) and 1 of 2 columns (50%) have no comment: Order",
        "3:1",
        """COMMENT ON TABLE "Order" IS '…';""",
    ),
    Case(
        "describe_tables",
        "CREATE TABLE visits (id int PRIMARY KEY, page text);\nCOMMENT ON TABLE visits IS 'One a page seen.';",
        "note",
        "schema",
        "1 of 1 columns (100%) have no comment: visits.page",
        "1:42",
        "COMMENT ON COLUMN visits.page IS '…';",
    ),
    Case(
        "refuse_null_keys",
        "CREATE TABLE folders (id int PRIMARY KEY, parent int, name text NOT NULL,\n  UNIQUE (parent, name));",
        "warning",
        "folders (parent, name)",
        "unique key folders (parent, name) does not hold where parent is NULL",
        "2:3",
        "DROP CONSTRAINT folders_parent_name_key;\n"
        "ALTER TABLE folders ADD CONSTRAINT folders_parent_name_key UNIQUE NULLS NOT DISTINCT (parent, name);",
    ),
    Case(
        "refuse_null_keys",
        "CREATE TABLE folders (id int PRIMARY KEY, parent int, name text NOT NULL);\n"
        "CREATE UNIQUE INDEX one_name ON folders (parent, name);",
        "warning",
        "folders (parent, name)",
        "does not hold where parent is NULL",
        "2:1",
        "ON folders (parent, name) NULLS NOT DISTINCT;",
    ),
    Case(
        "refuse_null_keys",
        "CREATE TABLE users (id int PRIMARY KEY, email text NOT NULL, deleted_at timestamptz, "
        "UNIQUE (email, deleted_at));",
        "warning",
        "users (email, deleted_at)",
        "does not hold where deleted_at is NULL",
        "1:86",
        "ON users (email) WHERE deleted_at IS NULL;",
    ),
    Case(
        "decide_booleans",
        "CREATE TABLE users (id int PRIMARY KEY,\n  is_admin boolean, is_fan bool DEFAULT true);",
        "note",
        "users",
        "is_admin and is_fan of users are booleans that may be NULL",
        "2:3",
        "UPDATE users SET is_fan = true WHERE is_fan IS NULL;\nALTER TABLE users ALTER COLUMN is_fan SET NOT NULL;",
    ),
    Case(
        "list_states",
        "CREATE TABLE orders (id int PRIMARY KEY,\n  status text NOT NULL DEFAULT 'new');",
        "note",
        "orders.status",
        "orders.status takes any text",
        "2:3",
        "ADD CHECK (status IN ('new', '…'));",
    ),
    Case(
        "list_states",
        "CREATE TABLE users (id int PRIMARY KEY, account_type varchar(20), CHECK (id <> 0 OR 'account_type' <> ''));",
        "note",
        "users.account_type",
        "takes any text",
        "1:41",
    ),
    Case(
        "bound_amounts",
        "CREATE TABLE items (id int PRIMARY KEY,\n  unit_price numeric(12,2), quantity int, price_cents bigint,\n"
        "  CHECK (quantity > 0));",
        "note",
        "items",
        "unit_price and price_cents of items may be negative",
        "2:3",
        "ADD CHECK (unit_price >= 0), ADD CHECK (price_cents >= 0);",
    ),
    Case(
        "bound_amounts",
        "CREATE TABLE items (id int PRIMARY KEY, fee money);",
        "note",
        "items.fee",
        "fee of items may be negative",
        "1:41",
        "fee >= 0::money",
    ),
    Case(
        "split_wide_tables",
        f"CREATE TABLE wide ({', '.join(f'c{number} int' for number in range(61))});",
        "note",
        "wide",
        "wide has 61 columns",
        "1:1",
    ),
    Case(
        "relate_tables",
        USERS + "CREATE TABLE orders (id int PRIMARY KEY, user_id bigint REFERENCES users);\n"
        "CREATE TABLE coupons (id int PRIMARY KEY);",
        "note",
        "coupons",
        "coupons refers to no table, and none refers to it",
        "3:1",
    ),
    Case(
        "relate_tables",
        USERS + ROLES,
        "note",
        "schema",
        "none of the 2 tables refers to another",
        "1:1",
    ),
    Case(
        "key_join_tables",
        USERS + ROLES + "CREATE TABLE grants (id bigserial PRIMARY KEY, user_id bigint NOT NULL REFERENCES users,\n"
        "  role_id bigint NOT NULL REFERENCES roles, granted_at timestamptz);",
        "warning",
        "grants",
        "grants may hold the same user_id and role_id twice",
        "3:1",
        "ADD UNIQUE (user_id, role_id);",
    ),
    Case(
        "key_join_tables",
        USERS + ROLES + "CREATE TABLE user_roles (id bigserial PRIMARY KEY, user_id bigint NOT NULL REFERENCES users,\n"
        "  role_id bigint NOT NULL REFERENCES roles, reason text);",
        "warning",
        "user_roles",
        "user_roles may hold the same",
        "3:1",
    ),
)

_ORDERS = USERS + "CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint REFERENCES users);\n"

SILENT = (
    Silence(
        "reach_third_form",
        "nothing is declared",
        "CREATE TABLE homes (id bigint PRIMARY KEY, zip text, city text)",
    ),
    Silence(
        "reach_third_form",
        "what follows is a part of a key, and third normal form allows it",
        "CREATE TABLE taught (student text, course text, lecturer text NOT NULL, PRIMARY KEY (student, course));\n"
        "COMMENT ON TABLE taught IS 'fd: lecturer -> course'",
    ),
    Silence("require_primary_keys", "a composite key", "CREATE TABLE a (b int, c int, PRIMARY KEY (b, c));"),
    Silence(
        "require_primary_keys",
        "a partition key that is an expression allows none",
        "CREATE TABLE a (at timestamptz) PARTITION BY RANGE (date_trunc('day', at, 'UTC'));",
    ),
    Silence("index_foreign_keys", "an index", _ORDERS + "CREATE INDEX ON orders (user_id, id);"),
    Silence("index_foreign_keys", "a hash index", _ORDERS + "CREATE INDEX ON orders USING hash (user_id);"),
    Silence(
        "index_foreign_keys",
        "an index without the NULLs",
        _ORDERS + "CREATE INDEX ON orders (user_id) WHERE user_id IS NOT NULL;",
    ),
    Silence(
        "index_foreign_keys",
        "the primary key begins with it",
        USERS + "CREATE TABLE notes (user_id bigint REFERENCES users, number int, PRIMARY KEY (user_id, number));",
    ),
    Silence(
        "index_foreign_keys",
        "a unique key holds its columns in another order",
        "CREATE TABLE copies (book int, number int, PRIMARY KEY (book, number));\n"
        "CREATE TABLE loans (id int PRIMARY KEY, book int, number int, UNIQUE (number, book, id),\n"
        "  FOREIGN KEY (book, number) REFERENCES copies);",
    ),
    Silence("declare_references", "a foreign key", _ORDERS),
    Silence("declare_references", "another type", USERS + "CREATE TABLE a (id int PRIMARY KEY, user_id uuid);"),
    Silence("declare_references", "no such table", USERS + "CREATE TABLE a (id int PRIMARY KEY, client_id bigint);"),
    Silence(
        "declare_references",
        "the kind of the parent beside it",
        USERS + "CREATE TABLE a (id int PRIMARY KEY, user_type text, user_id bigint);",
    ),
    Silence(
        "declare_references",
        "a comment that says why",
        USERS + "CREATE TABLE a (id int PRIMARY KEY, user_id bigint);\n"
        "COMMENT ON COLUMN a.user_id IS 'No foreign key: the entry outlives the user.';",
    ),
    Silence("match_reference_types", "the same type", _ORDERS),
    Silence(
        "match_reference_types",
        "a domain of its own",
        "CREATE DOMAIN isbn AS text;\nCREATE TABLE books (isbn isbn PRIMARY KEY);\n"
        "CREATE TABLE loans (id int PRIMARY KEY, isbn text REFERENCES books);",
    ),
    Silence(
        "drop_redundant_indexes",
        "each does what no other does",
        "CREATE TABLE t (id int PRIMARY KEY, a int, b int, c text UNIQUE);\n"
        "CREATE INDEX ON t (a, b);\nCREATE INDEX ON t (b);\nCREATE UNIQUE INDEX ON t (a);\n"
        "CREATE INDEX ON t (a) WHERE b > 0;\nCREATE INDEX ON t USING hash (a);\nCREATE INDEX ON t (a, b DESC);\n"
        "CREATE INDEX ON t (c text_pattern_ops);\nCREATE INDEX ON t (lower(c));\nCREATE INDEX ON t (b) WHERE a > 0;\n"
        "CREATE INDEX ON t USING brin (a);\nCREATE INDEX ON t USING brin (a, b);\nCREATE INDEX ON t (id, a);",
    ),
    Silence(
        "drop_redundant_indexes",
        "columns the longer one does not hold",
        "CREATE TABLE t (id int PRIMARY KEY, a int, b int, c int);\n"
        "CREATE INDEX ON t (a) INCLUDE (c);\nCREATE INDEX ON t (a, b);",
    ),
    Silence(
        "store_money_exactly",
        "exact, in cents, or no money",
        "CREATE TABLE t (id int PRIMARY KEY, price numeric, fee bigint, tax_rate real, amount real, total_time real);",
    ),
    Silence(
        "zone_timestamps",
        "a time zone, or local time by name",
        "CREATE TABLE t (id int PRIMARY KEY, at timestamptz, local_time timestamp, day date, span tsrange);",
    ),
    Silence(
        "widen_keys",
        "bigint, a short list, or no numbering",
        "CREATE TABLE kinds (id serial PRIMARY KEY, name text, created_at timestamptz DEFAULT now());\n"
        "CREATE TABLE events (id bigserial PRIMARY KEY, kind int REFERENCES kinds, at timestamptz DEFAULT now());\n"
        "CREATE TABLE visits (id int PRIMARY KEY, kind int REFERENCES kinds, at timestamptz DEFAULT now());\n"
        "CREATE TABLE towns (id serial PRIMARY KEY, kind int REFERENCES kinds, last_update timestamptz DEFAULT now());",
    ),
    Silence(
        "retype_texts",
        "the type the name promises, or no promise",
        "CREATE TYPE state AS ENUM ('on');\n"
        "CREATE TABLE t (id int PRIMARY KEY, uuid uuid, is_ok boolean, made_at timestamptz, birth_date date,\n"
        "  a_json jsonb, date_format text, island text, last_update text, uuids_uuid text[], is_state state);",
    ),
    Silence("prefer_jsonb", "jsonb", "CREATE TABLE t (id int PRIMARY KEY, meta jsonb, rows json[]);"),
    Silence(
        "unpad_texts",
        "codes of one length",
        "CREATE TABLE t (id int PRIMARY KEY, currency char(3), country_code char(2), hash char(64), name varchar(9),"
        " initials char(2), note char);",
    ),
    Silence("spell_snake_case", "snake case", "CREATE TABLE größen_2 (id int PRIMARY KEY, _länge_in_cm int);"),
    Silence(
        "agree_on_plurals",
        "words that are the same in both, and join tables",
        USERS + ROLES + "CREATE TABLE order_status_history (id int PRIMARY KEY);\nCREATE TABLE audit_log (id int);\n"
        "CREATE TABLE user_role (a bigint REFERENCES users, b bigint REFERENCES roles, PRIMARY KEY (a, b));\n"
        "CREATE TABLE people (id int PRIMARY KEY);",
    ),
    Silence(
        "agree_on_plurals",
        "all singular, some with an s at the end",
        "CREATE TABLE address (id int);\nCREATE TABLE bonus (id int);\nCREATE TABLE analysis (id int);",
    ),
    Silence(
        "avoid_reserved_words",
        "words that need no quotes",
        "CREATE TABLE t (id int PRIMARY KEY, name text, type text, value text, key text, status text, users text);",
    ),
    Silence(
        "timestamp_rows",
        "every table that needs a time has one",
        USERS + ROLES + "CREATE TABLE tags (id int PRIMARY KEY, name text, color text);\n"
        "CREATE TABLE labels (id int PRIMARY KEY, user_id bigint REFERENCES users, name text,\n"
        "  UNIQUE (user_id, name));\n"
        "CREATE TABLE grants (u bigint REFERENCES users, r bigint REFERENCES roles, PRIMARY KEY (u, r));\n"
        "CREATE TABLE notes (u bigint REFERENCES users, number int, body text, PRIMARY KEY (u, number));\n"
        "CREATE TABLE visits (id int PRIMARY KEY, seen_at timestamptz NOT NULL, page text, status int, agent text);\n"
        "CREATE TABLE orders (id int PRIMARY KEY, at timestamptz DEFAULT now(), status text, changed timestamptz);\n"
        "CREATE TABLE posts (id int PRIMARY KEY, created timestamptz, body text, title text, note text);",
    ),
    Silence(
        "free_deleted_keys",
        "a partial index, a reason, a token, or what a foreign key refers to",
        "CREATE TABLE users (id int PRIMARY KEY, email text, number int UNIQUE, token text UNIQUE, code text UNIQUE,\n"
        "  deleted_at timestamptz, UNIQUE (email, deleted_at));\n"
        "CREATE UNIQUE INDEX ON users (email) WHERE deleted_at IS NULL;\n"
        "COMMENT ON COLUMN users.number IS 'Never reused.';\n"
        "CREATE TABLE cards (id int PRIMARY KEY, code text REFERENCES users (code));",
    ),
    Silence(
        "free_deleted_keys", "rows that are deleted", "CREATE TABLE users (id int PRIMARY KEY, email text UNIQUE);"
    ),
    Silence(
        "unify_deletion_marks",
        "one way",
        "CREATE TABLE a (id int, deleted_at timestamptz);\nCREATE TABLE b (id int, deleted_at timestamptz);",
    ),
    Silence(
        "state_delete_actions",
        "an action, or one that has to wait",
        USERS + "CREATE TABLE a (id int PRIMARY KEY, b bigint REFERENCES users ON DELETE RESTRICT,\n"
        "  c bigint REFERENCES users DEFERRABLE);",
    ),
    Silence(
        "break_cascade_cycles",
        "a tree, a diamond, and a circle that stops",
        "CREATE TABLE a (id int PRIMARY KEY, up int REFERENCES a ON DELETE CASCADE, last int);\n"
        "CREATE TABLE b (id int PRIMARY KEY, a int REFERENCES a ON DELETE CASCADE);\n"
        "CREATE TABLE c (id int PRIMARY KEY, a int REFERENCES a ON DELETE CASCADE,\n"
        "  b int REFERENCES b ON DELETE CASCADE);\n"
        "ALTER TABLE a ADD FOREIGN KEY (last) REFERENCES c ON DELETE SET NULL;",
    ),
    Silence(
        "allow_set_null",
        "columns that may be NULL, have a default, or are not set",
        USERS + "CREATE TABLE a (id int PRIMARY KEY, b bigint REFERENCES users ON DELETE SET NULL,\n"
        "  c bigint NOT NULL DEFAULT 1 REFERENCES users ON DELETE SET DEFAULT);\n"
        "CREATE TABLE d (tenant int, id int, PRIMARY KEY (tenant, id));\n"
        "CREATE TABLE e (id int PRIMARY KEY, tenant int NOT NULL, d int,\n"
        "  FOREIGN KEY (tenant, d) REFERENCES d ON DELETE SET NULL (d));",
    ),
    Silence(
        "describe_tables",
        "comments where they are needed",
        "CREATE TABLE visits (id int PRIMARY KEY, page text, name text, created_at timestamptz);\n"
        "COMMENT ON TABLE visits IS 'One a page seen.';\nCOMMENT ON COLUMN visits.page IS 'Its path.';",
    ),
    Silence(
        "refuse_null_keys",
        "NOT NULL, at most once, or NULLs that collide",
        "CREATE TABLE t (id int PRIMARY KEY, a int NOT NULL, b int UNIQUE, c int, d int NOT NULL, UNIQUE (a, d),\n"
        "  UNIQUE (b, c), UNIQUE NULLS NOT DISTINCT (a, b), CONSTRAINT k UNIQUE NULLS NOT DISTINCT (a, c));\n"
        "CREATE TABLE goods (id int PRIMARY KEY, shop_id int NOT NULL, barcode text, UNIQUE (shop_id, barcode));\n"
        "CREATE TABLE pages (id int PRIMARY KEY, user_id int, team_id int, slug text NOT NULL,\n"
        "  UNIQUE (user_id, slug), UNIQUE (team_id, slug));\n"
        "CREATE UNIQUE INDEX ON t (d, b) WHERE b IS NOT NULL;\nCREATE UNIQUE INDEX u ON t (c, d) NULLS NOT DISTINCT;",
    ),
    Silence(
        "decide_booleans",
        "NOT NULL, or a NULL that means something",
        "CREATE TABLE t (id int PRIMARY KEY, a boolean NOT NULL, b boolean, c boolean[]);\n"
        "COMMENT ON COLUMN t.b IS 'NULL until answered.';",
    ),
    Silence(
        "list_states",
        "something says what it may hold",
        "CREATE TYPE state AS ENUM ('on');\nCREATE TABLE kinds (kind text PRIMARY KEY);\n"
        "CREATE TABLE t (id int PRIMARY KEY, state state, kind text REFERENCES kinds,\n"
        "  status text CHECK (status <> ''), entity_type text, entity_id int, content_type text,\n"
        "  token_type text, session_state text,"
        "  role int, types text[]);\n"
        "CREATE TABLE addresses (id int PRIMARY KEY, city text, state text);\n"
        "CREATE TABLE events (id int, type text) PARTITION BY LIST (type);",
    ),
    Silence(
        "bound_amounts",
        "a CHECK, or what may be negative",
        "CREATE TABLE t (id int PRIMARY KEY, price int CHECK (price BETWEEN 1 AND 9), quantity_delta int,\n"
        "  balance int, price_list_id int, amount text, cost int GENERATED ALWAYS AS (balance * 2) STORED);\n"
        "CREATE TABLE ledger_entries (id int PRIMARY KEY, amount numeric);",
    ),
    Silence("split_wide_tables", "60", f"CREATE TABLE t ({', '.join(f'c{number} int' for number in range(60))});"),
    Silence(
        "relate_tables",
        "related, alone by nature, or by kind and key",
        _ORDERS + "CREATE TABLE settings (key text PRIMARY KEY);\nCREATE TABLE job_queue (id int);\n"
        "CREATE TABLE attachments (id int PRIMARY KEY, owner_type text, owner_id int);\n"
        "CREATE TABLE carts (id int PRIMARY KEY, user_id bigint);\n"
        "CREATE VIEW v AS SELECT 1 AS id;\n",
    ),
    Silence("relate_tables", "the only one", USERS),
    Silence(
        "key_join_tables",
        "the pair is unique, or may well repeat",
        USERS + ROLES + "CREATE TABLE a (id bigserial PRIMARY KEY, u bigint NOT NULL REFERENCES users,\n"
        "  r bigint NOT NULL REFERENCES roles, UNIQUE (r, u));\n"
        "CREATE TABLE b (u bigint REFERENCES users, r bigint REFERENCES roles, PRIMARY KEY (u, r));\n"
        "CREATE TABLE user_visits (id bigserial PRIMARY KEY, u bigint NOT NULL REFERENCES users,\n"
        "  r bigint NOT NULL REFERENCES roles, at timestamptz);\n"
        "CREATE TABLE reviews (id bigserial PRIMARY KEY, u bigint NOT NULL REFERENCES users,\n"
        "  r bigint NOT NULL REFERENCES roles, body text);\n"
        "CREATE TABLE copies (id bigserial PRIMARY KEY, u bigint NOT NULL REFERENCES users,\n"
        "  r bigint NOT NULL REFERENCES roles);\n"
        "CREATE TABLE loans (id int PRIMARY KEY, copy bigint REFERENCES copies);",
    ),
)

"""Types, and what rows may hold: what is found, and what is left alone."""

from __future__ import annotations

from auditing import Case, Silence

FOUND = (
    Case(
        "scale_money",
        "CREATE TABLE items (id bigint PRIMARY KEY, price numeric);",
        "note",
        "items.price",
        "items.price holds money as numeric",
        "1:44",
    ),
    Case(
        "scale_money",
        "CREATE TABLE items (id bigint PRIMARY KEY, price numeric(10));",
        "note",
        "items.price",
        "items.price holds money as numeric(10)",
        "1:44",
    ),
    Case(
        "name_currencies",
        "CREATE TABLE items (id bigint PRIMARY KEY, price numeric(12,2));",
        "note",
        "schema",
        "nothing says which currency items.price is in",
        "1:1",
    ),
    Case(
        "code_currencies",
        "CREATE TABLE items (id bigint PRIMARY KEY, currency text);",
        "note",
        "items.currency",
        "items.currency takes any text for a currency",
        "1:44",
    ),
    Case(
        "code_countries",
        "CREATE TABLE items (id bigint PRIMARY KEY, country varchar(100));",
        "note",
        "items.country",
        "items.country takes any text for a country",
        "1:44",
    ),
    Case(
        "avoid_timetz",
        "CREATE TABLE items (id bigint PRIMARY KEY, opens time with time zone);",
        "note",
        "items.opens",
        "opens of items is a time with time zone",
        "1:44",
    ),
    Case(
        "keep_fractions",
        "CREATE TABLE items (id bigint PRIMARY KEY, made_at timestamptz(0));",
        "note",
        "items.made_at",
        "made_at of items is rounded to seconds",
        "1:44",
    ),
    Case(
        "retype_epochs",
        "CREATE TABLE items (id bigint PRIMARY KEY, created_at bigint NOT NULL);",
        "warning",
        "items.created_at",
        "items.created_at holds a moment as bigint",
        "1:44",
    ),
    Case(
        "retype_durations",
        "CREATE TABLE films (id bigint PRIMARY KEY, duration varchar(20));",
        "warning",
        "films.duration",
        "films.duration holds a length of time as varchar(20)",
        "1:44",
    ),
    Case(
        "retype_addresses",
        "CREATE TABLE sessions (id bigint PRIMARY KEY, ip_address varchar(45));",
        "note",
        "sessions.ip_address",
        "sessions.ip_address holds a network address as varchar(45)",
        "1:47",
    ),
    Case(
        "choose_lengths",
        (
            "CREATE TABLE a (id bigint PRIMARY KEY, b varchar(255), c varchar(255), d varchar(255), e "
            "varchar(255), f varchar(255));"
        ),
        "note",
        "schema",
        "5 of 5 texts with a limit are varchar(255)",
        "1:1",
    ),
    Case(
        "agree_on_types",
        (
            "CREATE TABLE a (id bigint PRIMARY KEY, email varchar(100));\n"
            "CREATE TABLE b (id bigint PRIMARY KEY, email varchar(254));\n"
            "CREATE TABLE c (id bigint PRIMARY KEY, email varchar(254));"
        ),
        "note",
        "a.email",
        "a.email is varchar(100), email elsewhere varchar(254)",
        "1:40",
    ),
    Case(
        "move_files_out",
        "CREATE TABLE a (id bigint PRIMARY KEY, avatar_image bytea);",
        "note",
        "a.avatar_image",
        "avatar_image of a holds files in the database",
        "1:40",
    ),
    Case(
        "name_units",
        "CREATE TABLE a (id bigint PRIMARY KEY, duration int);",
        "note",
        "a.duration",
        "duration of a says not in which unit",
        "1:40",
    ),
    Case(
        "bound_ratings",
        "CREATE TABLE a (id bigint PRIMARY KEY, rating smallint NOT NULL);",
        "note",
        "a.rating",
        "rating of a may lie off its scale",
        "1:40",
    ),
    Case(
        "bound_percentages",
        "CREATE TABLE a (id bigint PRIMARY KEY, discount_percent int NOT NULL);",
        "note",
        "a.discount_percent",
        "discount_percent of a may lie outside 0 to 100",
        "1:40",
    ),
    Case(
        "bound_coordinates",
        "CREATE TABLE a (id bigint PRIMARY KEY, latitude numeric(9,6), longitude numeric(9,6));",
        "note",
        "a",
        "latitude and longitude of a may lie off the Earth",
        "1:40",
    ),
    Case(
        "order_periods",
        "CREATE TABLE a (id bigint PRIMARY KEY, starts_at timestamptz, ends_at timestamptz);",
        "note",
        "a.ends_at",
        "a.ends_at may come before starts_at",
        "1:63",
    ),
    Case(
        "order_periods",
        "CREATE TABLE a (id bigint PRIMARY KEY, valid_from date, valid_until date);",
        "note",
        "a.valid_until",
        "a.valid_until may come before valid_from",
        "1:57",
    ),
    Case(
        "exclude_overlaps",
        (
            "CREATE TABLE rooms (id bigint PRIMARY KEY);\n"
            "CREATE TABLE bookings (id bigint PRIMARY KEY, room_id bigint REFERENCES rooms, start_date "
            "date, end_date date);"
        ),
        "note",
        "bookings",
        "bookings may hold two bookings of one thing at one time",
        "2:1",
    ),
    Case(
        "require_values",
        "CREATE TABLE a (id bigint PRIMARY KEY, b int, c int, d int, e int, f int);",
        "note",
        "a",
        "a requires none of its 5 columns",
        "1:1",
    ),
    Case(
        "compute_defaults",
        "CREATE TABLE a (id bigint PRIMARY KEY, made_at timestamptz DEFAULT 'now()');",
        "error",
        "a.made_at",
        "a.made_at has DEFAULT 'now()', in quotes",
        "1:40",
    ),
    Case(
        "split_lists",
        "CREATE TABLE a (id bigint PRIMARY KEY, tag_ids text);",
        "warning",
        "a.tag_ids",
        "a.tag_ids is a list of values in one text",
        "1:40",
    ),
    Case(
        "split_repeated_columns",
        "CREATE TABLE a (id bigint PRIMARY KEY, phone1 text, phone2 text, phone3 text);",
        "note",
        "a",
        "phone1, phone2 and phone3 of a repeat phone",
        "1:40",
    ),
    Case(
        "split_attributes",
        (
            "CREATE TABLE items (id bigint PRIMARY KEY);\n"
            "CREATE TABLE item_attributes (item_id bigint REFERENCES items, attribute_name text, value "
            "text, PRIMARY KEY (item_id, attribute_name));"
        ),
        "warning",
        "item_attributes",
        "item_attributes holds attributes as rows (entity, attribute, value)",
        "2:1",
    ),
    Case(
        "split_lookups",
        "CREATE TABLE lookups (id bigint PRIMARY KEY, type text, code text, label text);",
        "warning",
        "lookups",
        "lookups holds several lists of codes",
        "1:1",
    ),
    Case(
        "relate_document_items",
        "CREATE TABLE orders (id bigint PRIMARY KEY, items jsonb);",
        "note",
        "orders.items",
        "orders.items holds rows as jsonb",
        "1:45",
    ),
)

SILENT = (
    Silence(
        "scale_money",
        "scaled, or in cents",
        (
            "CREATE TABLE items (id bigint PRIMARY KEY, price numeric(12,2), price_cents numeric(12), "
            "energy_price numeric(12,6));"
        ),
    ),
    Silence(
        "name_currencies",
        "said once",
        "CREATE TABLE items (id bigint PRIMARY KEY, price numeric(12,2), currency char(3));",
    ),
    Silence(
        "code_currencies",
        "a code, or a reference",
        (
            "CREATE TABLE currencies (code text PRIMARY KEY);\n"
            "CREATE TABLE items (id bigint PRIMARY KEY, currency char(3), base_currency text "
            "REFERENCES currencies, fee_currency text CHECK (fee_currency IN ('EUR')));"
        ),
    ),
    Silence(
        "code_countries",
        "a code",
        "CREATE TABLE items (id bigint PRIMARY KEY, country char(2), country_code varchar(3));",
    ),
    Silence(
        "avoid_timetz",
        "without zone",
        "CREATE TABLE items (id bigint PRIMARY KEY, opens time);",
    ),
    Silence(
        "keep_fractions",
        "with fractions",
        "CREATE TABLE items (id bigint PRIMARY KEY, made_at timestamptz(3), at timestamptz);",
    ),
    Silence(
        "retype_epochs",
        "a moment, or explained",
        (
            "CREATE TABLE items (id bigint PRIMARY KEY, created_at timestamptz, sent_at bigint);\n"
            "COMMENT ON COLUMN items.sent_at IS 'Milliseconds since 1970, by the clock of the device.';"
        ),
    ),
    Silence(
        "retype_durations",
        "a number",
        "CREATE TABLE films (id bigint PRIMARY KEY, duration interval, duration_minutes int);",
    ),
    Silence(
        "retype_addresses",
        "an address, or hidden",
        "CREATE TABLE sessions (id bigint PRIMARY KEY, ip_address inet, ip_hash text, zip text);",
    ),
    Silence(
        "choose_lengths",
        "four of them",
        ("CREATE TABLE a (id bigint PRIMARY KEY, b varchar(255), c varchar(255), d varchar(255), e varchar(255));"),
    ),
    Silence(
        "agree_on_types",
        "names and titles differ",
        (
            "CREATE TABLE a (id bigint PRIMARY KEY, title varchar(100), email text);\n"
            "CREATE TABLE b (id bigint PRIMARY KEY, title varchar(200), email varchar(9));"
        ),
    ),
    Silence(
        "move_files_out",
        "small bytes",
        "CREATE TABLE a (id bigint PRIMARY KEY, content_hash bytea, key bytea);",
    ),
    Silence(
        "name_units",
        "in the name, or the comment",
        (
            "CREATE TABLE a (id bigint PRIMARY KEY, duration_seconds int, weight int, took interval);\n"
            "COMMENT ON COLUMN a.weight IS 'In grams.';"
        ),
    ),
    Silence(
        "bound_ratings",
        "checked, or computed",
        ("CREATE TABLE a (id bigint PRIMARY KEY, rating smallint CHECK (rating BETWEEN 1 AND 5), avg_rating numeric);"),
    ),
    Silence(
        "bound_percentages",
        "checked, or a change",
        (
            "CREATE TABLE a (id bigint PRIMARY KEY, discount_percent int CHECK (discount_percent "
            "BETWEEN 0 AND 100), percent_change int);"
        ),
    ),
    Silence(
        "bound_coordinates",
        "checked, or a track",
        (
            "CREATE TABLE a (id bigint PRIMARY KEY, latitude numeric CHECK (latitude BETWEEN -90 AND "
            "90));\n"
            "CREATE TABLE position_readings (id bigint PRIMARY KEY, latitude numeric);"
        ),
    ),
    Silence(
        "order_periods",
        "compared",
        (
            "CREATE TABLE a (id bigint PRIMARY KEY, starts_at date, ends_at date CHECK (ends_at > "
            "starts_at), valid_from date);"
        ),
    ),
    Silence(
        "exclude_overlaps",
        "excluded",
        (
            "CREATE EXTENSION btree_gist;\n"
            "CREATE TABLE rooms (id bigint PRIMARY KEY);\n"
            "CREATE TABLE bookings (id bigint PRIMARY KEY, room_id bigint REFERENCES rooms, start_date "
            "date, end_date date,\n"
            "  EXCLUDE USING gist (room_id WITH =, daterange(start_date, end_date) WITH &&));"
        ),
    ),
    Silence(
        "require_values",
        "one is required",
        "CREATE TABLE a (id bigint PRIMARY KEY, b int NOT NULL, c int, d int, e int, f int);",
    ),
    Silence(
        "compute_defaults",
        "computed",
        ("CREATE TABLE a (id bigint PRIMARY KEY, made_at timestamptz DEFAULT now(), ends date DEFAULT '2030-01-01');"),
    ),
    Silence(
        "split_lists",
        "arrays, or one value",
        "CREATE TABLE a (id bigint PRIMARY KEY, tags text[], email text);",
    ),
    Silence(
        "split_repeated_columns",
        "lines of an address",
        ("CREATE TABLE a (id bigint PRIMARY KEY, line1 text, line2 text, line3 text, q1 text, q2 text);"),
    ),
    Silence(
        "split_attributes",
        "settings",
        (
            "CREATE TABLE items (id bigint PRIMARY KEY);\n"
            "CREATE TABLE item_settings (item_id bigint REFERENCES items, key text, value text, "
            "PRIMARY KEY (item_id, key));"
        ),
    ),
    Silence(
        "split_lookups",
        "one list",
        "CREATE TABLE countries (id bigint PRIMARY KEY, code text, label text);",
    ),
    Silence(
        "relate_document_items",
        "settings, or explained",
        (
            "CREATE TABLE orders (id bigint PRIMARY KEY, settings jsonb, lines jsonb);\n"
            "COMMENT ON COLUMN orders.lines IS 'As they were printed.';"
        ),
    ),
)

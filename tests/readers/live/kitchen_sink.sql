CREATE EXTENSION IF NOT EXISTS btree_gist;
CREATE SCHEMA billing;
CREATE TYPE mood AS ENUM ('sad', 'it''s ok', 'happy');
COMMENT ON TYPE mood IS 'how one feels';
CREATE TYPE pair AS (a integer, b text);
CREATE DOMAIN positive AS integer CONSTRAINT positive_check CHECK (VALUE > 0);
CREATE SEQUENCE tickets START WITH 100 INCREMENT BY 5;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.updated_at := now(); RETURN NEW; END $$;
CREATE TABLE people (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name varchar(40) COLLATE "C" NOT NULL,
  born date,
  age positive,
  mood mood DEFAULT 'happy' NOT NULL,
  tags text[] DEFAULT '{}' NOT NULL,
  ticket bigint DEFAULT nextval('tickets'),
  upper_name text GENERATED ALWAYS AS (upper(name)) STORED,
  "Odd Name" numeric(10, 2) DEFAULT 0,
  updated_at timestamptz(3) DEFAULT now() NOT NULL,
  CONSTRAINT people_age CHECK (age < 200 OR born IS NULL),
  CONSTRAINT people_name UNIQUE (name, born)
);
COMMENT ON TABLE people IS 'those who live here';
COMMENT ON COLUMN people."Odd Name" IS 'it''s odd';
ALTER TABLE people ALTER COLUMN tags SET STORAGE EXTERNAL;
CREATE INDEX people_tags ON people USING gin (tags);
CREATE INDEX people_lower ON people (lower(name) text_pattern_ops DESC NULLS LAST) INCLUDE (born) WHERE born IS NOT NULL;
CREATE STATISTICS people_stats (dependencies) ON born, mood FROM people;
CREATE TRIGGER people_touch BEFORE UPDATE ON people FOR EACH ROW EXECUTE FUNCTION touch();
CREATE TABLE billing.accounts (
  id serial PRIMARY KEY,
  owner bigint NOT NULL REFERENCES people (id) ON DELETE CASCADE ON UPDATE SET NULL DEFERRABLE,
  valid daterange NOT NULL,
  what pair,
  EXCLUDE USING gist (owner WITH =, valid WITH &&)
);
ALTER TABLE billing.accounts ENABLE ROW LEVEL SECURITY;
ALTER TABLE billing.accounts FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON billing.accounts AS RESTRICTIVE FOR UPDATE TO PUBLIC USING (owner > 0) WITH CHECK (owner < 10);
CREATE TABLE events (at timestamptz NOT NULL, id bigint NOT NULL, kind text, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE events_old PARTITION OF events FOR VALUES FROM (MINVALUE) TO ('2026-01-01 00:00:00+00');
CREATE TABLE events_new PARTITION OF events DEFAULT;
CREATE INDEX events_kind ON events (kind);
CREATE UNLOGGED TABLE scratch (id integer) WITH (fillfactor = 70);
CREATE VIEW adults AS SELECT id, name FROM people WHERE age > 17;
CREATE MATERIALIZED VIEW moods AS SELECT mood, count(*) AS n FROM people GROUP BY mood;
CREATE UNIQUE INDEX moods_key ON moods (mood);
CREATE RULE no_delete AS ON DELETE TO scratch DO INSTEAD NOTHING;
CREATE TABLE measures (region text NOT NULL, day date NOT NULL, value numeric) PARTITION BY LIST (region);
CREATE TABLE measures_north PARTITION OF measures FOR VALUES IN ('north') PARTITION BY RANGE (day);
CREATE TABLE measures_north_2026 PARTITION OF measures_north FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE measures_rest PARTITION OF measures DEFAULT;
CREATE INDEX measures_day ON measures (day) WITH (fillfactor = 80);
CREATE TABLE billing.ledger (
  id bigint GENERATED ALWAYS AS IDENTITY (START WITH 1000 INCREMENT BY 10 CACHE 5),
  account integer,
  payer bigint,
  code text,
  note text COLLATE "C" CONSTRAINT ledger_note CHECK (note <> ''),
  PRIMARY KEY (id) INCLUDE (code),
  UNIQUE (account, code, id) DEFERRABLE INITIALLY DEFERRED,
  FOREIGN KEY (account) REFERENCES billing.accounts (id) DEFERRABLE INITIALLY DEFERRED,
  FOREIGN KEY (payer) REFERENCES people (id) MATCH FULL ON DELETE SET NULL
) PARTITION BY HASH (id);
CREATE TABLE billing.ledger_0 PARTITION OF billing.ledger FOR VALUES WITH (MODULUS 1, REMAINDER 0);
CREATE INDEX ledger_note_c ON billing.ledger (note COLLATE "C" text_pattern_ops DESC);
COMMENT ON SEQUENCE tickets IS 'drawn at the counter';
COMMENT ON DOMAIN positive IS 'more than nothing';
COMMENT ON INDEX people_tags IS 'found by tag';
COMMENT ON FUNCTION touch() IS 'sets the time';
COMMENT ON TRIGGER people_touch ON people IS 'on every update';
COMMENT ON POLICY own ON billing.accounts IS 'own accounts alone';
COMMENT ON COLUMN adults.name IS 'as on the card';

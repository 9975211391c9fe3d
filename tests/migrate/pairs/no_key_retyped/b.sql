CREATE TABLE log (at timestamptz, n bigint DEFAULT 3, word text NOT NULL DEFAULT gen_random_uuid()::text); CREATE INDEX ON log (n);

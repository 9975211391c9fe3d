CREATE TABLE log (at timestamptz, n int DEFAULT 3); CREATE INDEX ON log (n);

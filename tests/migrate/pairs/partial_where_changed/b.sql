CREATE TABLE t (id int PRIMARY KEY, n int, gone timestamptz); CREATE UNIQUE INDEX live ON t (n) WHERE gone IS NULL AND n > 3;

CREATE TABLE t (id int PRIMARY KEY, name text NOT NULL DEFAULT 'x'); CREATE VIEW names AS SELECT id, name FROM t; CREATE VIEW first AS SELECT min(name) AS n FROM names;

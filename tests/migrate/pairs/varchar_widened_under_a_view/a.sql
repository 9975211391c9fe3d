CREATE TABLE t (id int PRIMARY KEY, name varchar(10) NOT NULL DEFAULT 'x'); CREATE VIEW names AS SELECT id, name FROM t; CREATE VIEW first AS SELECT min(name) AS n FROM names;

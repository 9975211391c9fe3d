CREATE TABLE t (id int PRIMARY KEY, a int, b int, CONSTRAINT u UNIQUE (a)); CREATE TABLE c (id int PRIMARY KEY, a int REFERENCES t (a));

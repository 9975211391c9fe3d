CREATE TABLE t (id int PRIMARY KEY, data text NOT NULL DEFAULT '{}', tags text[]);

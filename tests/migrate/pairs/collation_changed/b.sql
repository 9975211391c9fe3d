CREATE TABLE t (id int PRIMARY KEY, name text COLLATE "C", UNIQUE (name));

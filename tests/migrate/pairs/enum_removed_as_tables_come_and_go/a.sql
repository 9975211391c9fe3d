CREATE TYPE kind AS ENUM ('a', 'b');
CREATE TABLE t (id int PRIMARY KEY, k kind NOT NULL DEFAULT 'a');
CREATE TABLE gone (id int PRIMARY KEY, t_id int REFERENCES t (id), k kind);

CREATE TYPE kind AS ENUM ('b', 'a', 'c');
CREATE TABLE t (id int PRIMARY KEY, k kind NOT NULL DEFAULT 'a');
CREATE TABLE fresh (number bigint PRIMARY KEY, owner_id int REFERENCES t (id), mood kind DEFAULT 'c', reason text);

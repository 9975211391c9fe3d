CREATE TYPE c AS ENUM ('r','g','b'); CREATE TABLE t (id int PRIMARY KEY, cs c[] NOT NULL DEFAULT '{}');

CREATE TYPE state AS ENUM ('new','paid','done','gone'); CREATE TABLE t (id int PRIMARY KEY, s state NOT NULL DEFAULT 'new');

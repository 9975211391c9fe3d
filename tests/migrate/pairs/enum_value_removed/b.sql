CREATE TYPE state AS ENUM ('new','done'); CREATE TABLE t (id int PRIMARY KEY, s state NOT NULL DEFAULT 'new', n int); CREATE INDEX t_new ON t (n) WHERE s = 'new';

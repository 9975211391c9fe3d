CREATE TYPE size AS ENUM ('s','l','m'); CREATE TABLE t (id int PRIMARY KEY, s size);

CREATE TYPE size AS ENUM ('s','m','l'); CREATE TABLE t (id int PRIMARY KEY, s size);

CREATE TABLE t (id bigint PRIMARY KEY DEFAULT 0, note text);

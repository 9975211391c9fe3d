CREATE TABLE t (id int PRIMARY KEY, n int); COMMENT ON TABLE t IS 'new'; COMMENT ON COLUMN t.id IS 'the key';

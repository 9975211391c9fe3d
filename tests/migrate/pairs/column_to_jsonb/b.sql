CREATE TABLE t (id int PRIMARY KEY, data jsonb NOT NULL DEFAULT '{}', tags jsonb); CREATE INDEX t_data ON t USING gin (data jsonb_path_ops);

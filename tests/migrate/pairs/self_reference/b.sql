CREATE TABLE categories (id int PRIMARY KEY, name text NOT NULL, parent_id int REFERENCES categories (id) ON DELETE CASCADE); CREATE INDEX ON categories (parent_id);

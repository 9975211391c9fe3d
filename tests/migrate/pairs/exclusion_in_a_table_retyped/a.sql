CREATE EXTENSION btree_gist; CREATE TABLE t (id int PRIMARY KEY, room int NOT NULL, during tstzrange NOT NULL, CONSTRAINT apart EXCLUDE USING gist (room WITH =, during WITH &&));

CREATE EXTENSION btree_gist; CREATE TABLE t (room int NOT NULL, during tstzrange NOT NULL, id int PRIMARY KEY);

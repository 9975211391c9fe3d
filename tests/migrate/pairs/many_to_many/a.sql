CREATE TABLE posts (id int PRIMARY KEY, tag text); CREATE TABLE tags (id int PRIMARY KEY, name text UNIQUE);

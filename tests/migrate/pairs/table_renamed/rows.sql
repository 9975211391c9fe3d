INSERT INTO people (email) VALUES ('a'); INSERT INTO posts VALUES (1,1);

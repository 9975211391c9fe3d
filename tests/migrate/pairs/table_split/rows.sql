INSERT INTO users (email,bio,avatar) VALUES ('a','x','y'),('b',NULL,'z'),('c',NULL,NULL);

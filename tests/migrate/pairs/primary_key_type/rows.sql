INSERT INTO users (email) VALUES ('a'),('b'); INSERT INTO orders (user_id,total) VALUES (1,2.5),(2,3),(1,0);

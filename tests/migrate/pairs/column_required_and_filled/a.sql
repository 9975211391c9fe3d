CREATE TABLE t (id int PRIMARY KEY, price int NOT NULL, quantity int NOT NULL);

CREATE TABLE t (id int PRIMARY KEY, price int NOT NULL, quantity int NOT NULL, total int GENERATED ALWAYS AS (price * quantity) STORED);

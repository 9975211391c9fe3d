-- migrate: fill t.total with price * quantity
CREATE TABLE t (id int PRIMARY KEY, price int NOT NULL, quantity int NOT NULL, total bigint NOT NULL);

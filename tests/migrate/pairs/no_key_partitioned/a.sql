CREATE TABLE e (n int NOT NULL, at date NOT NULL);

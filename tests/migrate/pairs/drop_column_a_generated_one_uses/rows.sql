INSERT INTO t (id, price, quantity) VALUES (1,2,3),(2,5,5);

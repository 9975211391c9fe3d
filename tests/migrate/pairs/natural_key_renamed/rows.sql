INSERT INTO codes VALUES ('a',1),('b',2);

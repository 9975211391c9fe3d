INSERT INTO t VALUES (1,'{r,b}');

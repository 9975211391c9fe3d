INSERT INTO t VALUES (1,'s'),(2,NULL),(3,'l');

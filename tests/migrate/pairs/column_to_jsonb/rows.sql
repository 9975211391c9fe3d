INSERT INTO t VALUES (1,'{"a": 1}',NULL),(2,'{}',NULL);

INSERT INTO t VALUES (1,'Ada','L'),(2,'Alan','T');

INSERT INTO people VALUES (1,'A'),(2,'b');

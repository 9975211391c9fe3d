INSERT INTO people VALUES (1, 'Ada', '030 1'), (2, 'Bob', NULL);

INSERT INTO events (at,kind) VALUES ('2024-03-03','a'),('2020-01-01','b');

CREATE TABLE orders (id int PRIMARY KEY, total numeric(10,2) NOT NULL DEFAULT 0 CHECK (total >= 0), code text UNIQUE); CREATE INDEX orders_total ON orders (total DESC) WHERE total > 100;

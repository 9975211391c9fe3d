-- migrate: rename orders.total to amount
-- migrate: rename orders.code to sku
CREATE TABLE orders (id int PRIMARY KEY, amount numeric(10,2) NOT NULL DEFAULT 0 CHECK (amount >= 0), sku text UNIQUE); CREATE INDEX orders_total ON orders (amount DESC) WHERE amount > 100;

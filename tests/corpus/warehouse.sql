CREATE SCHEMA stock;
CREATE SCHEMA sales;
CREATE TYPE status AS ENUM ('open', 'packed', 'sent');
CREATE TABLE stock.products (sku varchar(20) PRIMARY KEY, name text NOT NULL, price numeric(10, 2) NOT NULL);
CREATE TABLE stock.shelves (aisle smallint, shelf smallint, PRIMARY KEY (aisle, shelf));
CREATE TABLE stock.levels (sku varchar(20) REFERENCES stock.products, aisle smallint, shelf smallint, amount integer NOT NULL DEFAULT 0 CHECK (amount >= 0),
  PRIMARY KEY (sku, aisle, shelf), FOREIGN KEY (aisle, shelf) REFERENCES stock.shelves ON DELETE CASCADE);
CREATE TABLE sales.orders (id uuid PRIMARY KEY, status status NOT NULL DEFAULT 'open', placed timestamptz NOT NULL DEFAULT now());
CREATE TABLE sales.lines (order_id uuid REFERENCES sales.orders ON DELETE CASCADE, line smallint, sku varchar(20) NOT NULL REFERENCES stock.products,
  amount integer NOT NULL, price numeric(10, 2) NOT NULL, PRIMARY KEY (order_id, line));
CREATE INDEX lines_sku ON sales.lines (sku);
CREATE VIEW sales.open_orders AS SELECT id, placed FROM sales.orders WHERE status = 'open';

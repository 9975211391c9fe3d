-- What PostgreSQL 18 has and no version before: keys and references over periods, columns computed when read.
CREATE EXTENSION IF NOT EXISTS btree_gist;
CREATE TABLE prices (sku text, valid daterange, net numeric(8, 2) NOT NULL, gross numeric(8, 2) GENERATED ALWAYS AS (net * 1.19) VIRTUAL,
  PRIMARY KEY (sku, valid WITHOUT OVERLAPS));
CREATE TABLE offers (id integer PRIMARY KEY, sku text, valid daterange, FOREIGN KEY (sku, PERIOD valid) REFERENCES prices (sku, PERIOD valid));

-- migrate: rename codes.code to sku
CREATE TABLE codes (sku text PRIMARY KEY, n int);

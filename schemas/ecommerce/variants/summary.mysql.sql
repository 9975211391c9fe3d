-- The indexes of `indexed`, and three summary tables the office's reports read instead of orders, items and the
-- stock ledger: sales by day, product sales by month, pieces on hand. Triggers keep them in step with every write,
-- a change of an order's status included, so unlike a materialized view they are never stale. The price is paid by
-- writes: each order and item also changes a row that all orders of that day share, and so waits for theirs to
-- commit. A product's variant is taken to stay with that product for ever.

-- migrate:up
-- The indexes of `indexed`.
CREATE INDEX sessions_user_id_idx ON sessions (user_id);
CREATE INDEX addresses_user_id_idx ON addresses (user_id);
CREATE INDEX categories_parent_id_idx ON categories (parent_id);
CREATE INDEX products_brand_id_idx ON products (brand_id);
CREATE INDEX product_categories_category_id_idx ON product_categories (category_id);
CREATE INDEX product_variants_product_id_idx ON product_variants (product_id);
CREATE INDEX inventory_movements_variant_id_idx ON inventory_movements (variant_id);
CREATE INDEX carts_user_id_idx ON carts (user_id);
CREATE INDEX carts_status_updated_at_idx ON carts (status, updated_at);
CREATE INDEX cart_items_variant_id_idx ON cart_items (variant_id);
CREATE INDEX wishlists_user_id_idx ON wishlists (user_id);
CREATE INDEX wishlist_items_product_id_idx ON wishlist_items (product_id);
CREATE INDEX orders_user_id_placed_at_idx ON orders (user_id, placed_at DESC, id DESC);
CREATE INDEX orders_placed_at_idx ON orders (placed_at);
CREATE INDEX orders_coupon_id_idx ON orders (coupon_id);
CREATE INDEX orders_shipping_address_id_idx ON orders (shipping_address_id);
CREATE INDEX orders_billing_address_id_idx ON orders (billing_address_id);
CREATE INDEX order_items_order_id_idx ON order_items (order_id);
CREATE INDEX order_items_variant_id_idx ON order_items (variant_id);
CREATE INDEX order_status_history_order_id_created_at_idx ON order_status_history (order_id, created_at);
CREATE INDEX order_status_history_changed_by_id_idx ON order_status_history (changed_by_id);
CREATE INDEX payments_order_id_idx ON payments (order_id);
CREATE INDEX refunds_payment_id_idx ON refunds (payment_id);
CREATE INDEX reviews_product_id_created_at_idx ON reviews (product_id, created_at DESC, id DESC);
CREATE INDEX audit_log_entity_idx ON audit_log (entity_type, entity_id, created_at DESC, id DESC);
CREATE INDEX audit_log_actor_id_idx ON audit_log (actor_id);

CREATE TABLE daily_sales (
  day DATE NOT NULL,
  currency CHAR(3) NOT NULL,
  status ENUM('pending', 'paid', 'shipped', 'delivered', 'cancelled', 'returned') NOT NULL,
  orders INT NOT NULL,
  revenue DECIMAL(16, 2) NOT NULL,
  PRIMARY KEY (day, currency, status)
);

CREATE TABLE monthly_product_sales (
  month DATE NOT NULL,
  currency CHAR(3) NOT NULL,
  product_id BIGINT NOT NULL,
  units BIGINT NOT NULL,
  revenue DECIMAL(16, 2) NOT NULL,
  PRIMARY KEY (month, currency, product_id),
  CONSTRAINT monthly_product_sales_product_id_fkey FOREIGN KEY (product_id) REFERENCES products (id) ON DELETE CASCADE
);

CREATE TABLE stock_balances (
  variant_id BIGINT PRIMARY KEY,
  movements INT NOT NULL,
  on_hand BIGINT NOT NULL,
  CONSTRAINT stock_balances_variant_id_fkey
    FOREIGN KEY (variant_id) REFERENCES product_variants (id) ON DELETE CASCADE
);

INSERT INTO daily_sales (day, currency, status, orders, revenue)
SELECT DATE(o.placed_at), o.currency, o.status, COUNT(*),
       SUM(o.shipping_amount + o.tax_amount - o.discount_amount + COALESCE(i.total, 0))
FROM orders o
LEFT JOIN (SELECT order_id, SUM(quantity * unit_price) AS total FROM order_items GROUP BY order_id) i
  ON i.order_id = o.id
GROUP BY 1, 2, 3;

INSERT INTO monthly_product_sales (month, currency, product_id, units, revenue)
SELECT DATE_FORMAT(o.placed_at, '%Y-%m-01'), o.currency, v.product_id, SUM(i.quantity), SUM(i.quantity * i.unit_price)
FROM orders o
JOIN order_items i ON i.order_id = o.id
JOIN product_variants v ON v.id = i.variant_id
WHERE o.status <> 'cancelled'
GROUP BY 1, 2, 3;

INSERT INTO stock_balances (variant_id, movements, on_hand)
SELECT variant_id, COUNT(*), SUM(CASE WHEN kind IN ('receipt', 'return') THEN quantity ELSE -quantity END)
FROM inventory_movements
GROUP BY variant_id;

-- A booking adds an order or an item to the summaries (direction 1), or takes it back (direction -1).
CREATE PROCEDURE book_day (IN at DATETIME(6), IN money CHAR(3), IN state VARCHAR(20), IN more INT, IN worth DECIMAL(16, 2))
  INSERT INTO daily_sales (day, currency, status, orders, revenue) VALUES (DATE(at), money, state, more, worth)
  ON DUPLICATE KEY UPDATE orders = orders + VALUES(orders), revenue = revenue + VALUES(revenue);

CREATE PROCEDURE book_order (
  IN order_id_ BIGINT, IN at DATETIME(6), IN money CHAR(3), IN state VARCHAR(20), IN charges DECIMAL(16, 2),
  IN direction INT
)
BEGIN
  CALL book_day(at, money, state, direction, direction * (charges + COALESCE(
    (SELECT SUM(quantity * unit_price) FROM order_items WHERE order_id = order_id_), 0)));
  INSERT INTO monthly_product_sales (month, currency, product_id, units, revenue)
  SELECT DATE_FORMAT(at, '%Y-%m-01'), money, v.product_id, direction * SUM(i.quantity),
         direction * SUM(i.quantity * i.unit_price)
  FROM order_items i
  JOIN product_variants v ON v.id = i.variant_id
  WHERE i.order_id = order_id_ AND state <> 'cancelled'
  GROUP BY v.product_id
  ON DUPLICATE KEY UPDATE units = units + VALUES(units), revenue = revenue + VALUES(revenue);
END;

-- Where an item's order is gone already, it is being deleted and was taken back whole.
CREATE PROCEDURE book_item (
  IN order_id_ BIGINT, IN variant_id_ BIGINT, IN quantity_ INT, IN unit_price_ DECIMAL(12, 2), IN direction INT
)
BEGIN
  INSERT INTO daily_sales (day, currency, status, orders, revenue)
  SELECT DATE(o.placed_at), o.currency, o.status, 0, direction * quantity_ * unit_price_
  FROM orders o
  WHERE o.id = order_id_
  ON DUPLICATE KEY UPDATE revenue = revenue + VALUES(revenue);
  INSERT INTO monthly_product_sales (month, currency, product_id, units, revenue)
  SELECT DATE_FORMAT(o.placed_at, '%Y-%m-01'), o.currency, v.product_id, direction * quantity_,
         direction * quantity_ * unit_price_
  FROM orders o
  JOIN product_variants v ON v.id = variant_id_
  WHERE o.id = order_id_ AND o.status <> 'cancelled'
  ON DUPLICATE KEY UPDATE units = units + VALUES(units), revenue = revenue + VALUES(revenue);
END;

CREATE TRIGGER orders_sales_insert AFTER INSERT ON orders FOR EACH ROW
  CALL book_order(NEW.id, NEW.placed_at, NEW.currency, NEW.status,
                  NEW.shipping_amount + NEW.tax_amount - NEW.discount_amount, 1);
CREATE TRIGGER orders_sales_update AFTER UPDATE ON orders FOR EACH ROW
BEGIN
  IF (OLD.status, OLD.currency, OLD.placed_at, OLD.shipping_amount, OLD.tax_amount, OLD.discount_amount)
     <> (NEW.status, NEW.currency, NEW.placed_at, NEW.shipping_amount, NEW.tax_amount, NEW.discount_amount) THEN
    CALL book_order(OLD.id, OLD.placed_at, OLD.currency, OLD.status,
                    OLD.shipping_amount + OLD.tax_amount - OLD.discount_amount, -1);
    CALL book_order(NEW.id, NEW.placed_at, NEW.currency, NEW.status,
                    NEW.shipping_amount + NEW.tax_amount - NEW.discount_amount, 1);
  END IF;
END;
CREATE TRIGGER orders_sales_delete BEFORE DELETE ON orders FOR EACH ROW
  CALL book_order(OLD.id, OLD.placed_at, OLD.currency, OLD.status,
                  OLD.shipping_amount + OLD.tax_amount - OLD.discount_amount, -1);

CREATE TRIGGER order_items_sales_insert AFTER INSERT ON order_items FOR EACH ROW
  CALL book_item(NEW.order_id, NEW.variant_id, NEW.quantity, NEW.unit_price, 1);
CREATE TRIGGER order_items_sales_update AFTER UPDATE ON order_items FOR EACH ROW
BEGIN
  CALL book_item(OLD.order_id, OLD.variant_id, OLD.quantity, OLD.unit_price, -1);
  CALL book_item(NEW.order_id, NEW.variant_id, NEW.quantity, NEW.unit_price, 1);
END;
CREATE TRIGGER order_items_sales_delete AFTER DELETE ON order_items FOR EACH ROW
  CALL book_item(OLD.order_id, OLD.variant_id, OLD.quantity, OLD.unit_price, -1);

CREATE PROCEDURE book_movement (IN variant_id_ BIGINT, IN kind_ VARCHAR(20), IN quantity_ BIGINT, IN direction INT)
  INSERT INTO stock_balances (variant_id, movements, on_hand)
  VALUES (variant_id_, direction, direction * IF(kind_ IN ('receipt', 'return'), quantity_, -quantity_))
  ON DUPLICATE KEY UPDATE movements = movements + VALUES(movements), on_hand = on_hand + VALUES(on_hand);
CREATE TRIGGER inventory_movements_balance_insert AFTER INSERT ON inventory_movements FOR EACH ROW
  CALL book_movement(NEW.variant_id, NEW.kind, NEW.quantity, 1);
CREATE TRIGGER inventory_movements_balance_update AFTER UPDATE ON inventory_movements FOR EACH ROW
BEGIN
  CALL book_movement(OLD.variant_id, OLD.kind, OLD.quantity, -1);
  CALL book_movement(NEW.variant_id, NEW.kind, NEW.quantity, 1);
END;
CREATE TRIGGER inventory_movements_balance_delete AFTER DELETE ON inventory_movements FOR EACH ROW
  CALL book_movement(OLD.variant_id, OLD.kind, OLD.quantity, -1);

-- migrate:down
DROP TRIGGER inventory_movements_balance_delete;
DROP TRIGGER inventory_movements_balance_update;
DROP TRIGGER inventory_movements_balance_insert;
DROP TRIGGER order_items_sales_delete;
DROP TRIGGER order_items_sales_update;
DROP TRIGGER order_items_sales_insert;
DROP TRIGGER orders_sales_delete;
DROP TRIGGER orders_sales_update;
DROP TRIGGER orders_sales_insert;
DROP PROCEDURE book_movement;
DROP PROCEDURE book_item;
DROP PROCEDURE book_order;
DROP PROCEDURE book_day;
DROP TABLE stock_balances;
DROP TABLE monthly_product_sales;
DROP TABLE daily_sales;
-- A foreign key gave up the index MySQL had made for it when one came that serves as well; it gets it back.
ALTER TABLE audit_log DROP INDEX audit_log_actor_id_idx, ADD INDEX audit_log_actor_id_fkey (actor_id);
DROP INDEX audit_log_entity_idx ON audit_log;
ALTER TABLE reviews DROP INDEX reviews_product_id_created_at_idx, ADD INDEX reviews_product_id_fkey (product_id);
ALTER TABLE refunds DROP INDEX refunds_payment_id_idx, ADD INDEX refunds_payment_id_fkey (payment_id);
ALTER TABLE payments DROP INDEX payments_order_id_idx, ADD INDEX payments_order_id_fkey (order_id);
ALTER TABLE order_status_history
  DROP INDEX order_status_history_changed_by_id_idx, ADD INDEX order_status_history_changed_by_id_fkey (changed_by_id);
ALTER TABLE order_status_history
  DROP INDEX order_status_history_order_id_created_at_idx, ADD INDEX order_status_history_order_id_fkey (order_id);
ALTER TABLE order_items DROP INDEX order_items_variant_id_idx, ADD INDEX order_items_variant_id_fkey (variant_id);
ALTER TABLE order_items DROP INDEX order_items_order_id_idx, ADD INDEX order_items_order_id_fkey (order_id);
ALTER TABLE orders
  DROP INDEX orders_billing_address_id_idx, ADD INDEX orders_billing_address_id_fkey (billing_address_id);
ALTER TABLE orders
  DROP INDEX orders_shipping_address_id_idx, ADD INDEX orders_shipping_address_id_fkey (shipping_address_id);
ALTER TABLE orders DROP INDEX orders_coupon_id_idx, ADD INDEX orders_coupon_id_fkey (coupon_id);
DROP INDEX orders_placed_at_idx ON orders;
ALTER TABLE orders DROP INDEX orders_user_id_placed_at_idx, ADD INDEX orders_user_id_fkey (user_id);
ALTER TABLE wishlist_items
  DROP INDEX wishlist_items_product_id_idx, ADD INDEX wishlist_items_product_id_fkey (product_id);
ALTER TABLE wishlists DROP INDEX wishlists_user_id_idx, ADD INDEX wishlists_user_id_fkey (user_id);
ALTER TABLE cart_items DROP INDEX cart_items_variant_id_idx, ADD INDEX cart_items_variant_id_fkey (variant_id);
DROP INDEX carts_status_updated_at_idx ON carts;
ALTER TABLE carts DROP INDEX carts_user_id_idx, ADD INDEX carts_user_id_fkey (user_id);
ALTER TABLE inventory_movements
  DROP INDEX inventory_movements_variant_id_idx, ADD INDEX inventory_movements_variant_id_fkey (variant_id);
ALTER TABLE product_variants
  DROP INDEX product_variants_product_id_idx, ADD INDEX product_variants_product_id_fkey (product_id);
ALTER TABLE product_categories
  DROP INDEX product_categories_category_id_idx, ADD INDEX product_categories_category_id_fkey (category_id);
ALTER TABLE products DROP INDEX products_brand_id_idx, ADD INDEX products_brand_id_fkey (brand_id);
ALTER TABLE categories DROP INDEX categories_parent_id_idx, ADD INDEX categories_parent_id_fkey (parent_id);
ALTER TABLE addresses DROP INDEX addresses_user_id_idx, ADD INDEX addresses_user_id_fkey (user_id);
ALTER TABLE sessions DROP INDEX sessions_user_id_idx, ADD INDEX sessions_user_id_fkey (user_id);

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
  day TEXT NOT NULL,
  currency TEXT NOT NULL,
  status TEXT NOT NULL,
  orders INTEGER NOT NULL,
  revenue NUMERIC NOT NULL,
  PRIMARY KEY (day, currency, status)
) WITHOUT ROWID;

CREATE TABLE monthly_product_sales (
  month TEXT NOT NULL,
  currency TEXT NOT NULL,
  product_id INTEGER NOT NULL REFERENCES products (id) ON DELETE CASCADE,
  units INTEGER NOT NULL,
  revenue NUMERIC NOT NULL,
  PRIMARY KEY (month, currency, product_id)
) WITHOUT ROWID;
CREATE INDEX monthly_product_sales_product_id_idx ON monthly_product_sales (product_id);

CREATE TABLE stock_balances (
  variant_id INTEGER PRIMARY KEY REFERENCES product_variants (id) ON DELETE CASCADE,
  movements INTEGER NOT NULL,
  on_hand INTEGER NOT NULL
);

INSERT INTO daily_sales (day, currency, status, orders, revenue)
SELECT substr(o.placed_at, 1, 10), o.currency, o.status, count(*),
       sum(o.shipping_amount + o.tax_amount - o.discount_amount + coalesce(i.total, 0))
FROM orders o
LEFT JOIN (SELECT order_id, sum(quantity * unit_price) AS total FROM order_items GROUP BY order_id) i
  ON i.order_id = o.id
GROUP BY 1, 2, 3;

INSERT INTO monthly_product_sales (month, currency, product_id, units, revenue)
SELECT substr(o.placed_at, 1, 7) || '-01', o.currency, v.product_id, sum(i.quantity), sum(i.quantity * i.unit_price)
FROM orders o
JOIN order_items i ON i.order_id = o.id
JOIN product_variants v ON v.id = i.variant_id
WHERE o.status <> 'cancelled'
GROUP BY 1, 2, 3;

INSERT INTO stock_balances (variant_id, movements, on_hand)
SELECT variant_id, count(*), sum(CASE WHEN kind IN ('receipt', 'return') THEN quantity ELSE -quantity END)
FROM inventory_movements
GROUP BY variant_id;

CREATE TRIGGER orders_sales_insert AFTER INSERT ON orders BEGIN
  INSERT INTO daily_sales (day, currency, status, orders, revenue)
  SELECT substr(NEW.placed_at, 1, 10), NEW.currency, NEW.status, 1,
         (NEW.shipping_amount + NEW.tax_amount - NEW.discount_amount
           + coalesce((SELECT sum(quantity * unit_price) FROM order_items WHERE order_id = NEW.id), 0))
  WHERE true
  ON CONFLICT (day, currency, status)
  DO UPDATE SET orders = orders + excluded.orders, revenue = revenue + excluded.revenue;
  INSERT INTO monthly_product_sales (month, currency, product_id, units, revenue)
  SELECT substr(NEW.placed_at, 1, 7) || '-01', NEW.currency, v.product_id, sum(i.quantity),
         sum(i.quantity * i.unit_price)
  FROM order_items i
  JOIN product_variants v ON v.id = i.variant_id
  WHERE i.order_id = NEW.id AND NEW.status <> 'cancelled'
  GROUP BY v.product_id
  ON CONFLICT (month, currency, product_id)
  DO UPDATE SET units = units + excluded.units, revenue = revenue + excluded.revenue;
END;
CREATE TRIGGER orders_sales_update
AFTER UPDATE OF status, currency, placed_at, shipping_amount, tax_amount, discount_amount ON orders
WHEN (OLD.status, OLD.currency, OLD.placed_at, OLD.shipping_amount, OLD.tax_amount, OLD.discount_amount)
     <> (NEW.status, NEW.currency, NEW.placed_at, NEW.shipping_amount, NEW.tax_amount, NEW.discount_amount)
BEGIN
  INSERT INTO daily_sales (day, currency, status, orders, revenue)
  SELECT substr(OLD.placed_at, 1, 10), OLD.currency, OLD.status, -1,
         -(OLD.shipping_amount + OLD.tax_amount - OLD.discount_amount
           + coalesce((SELECT sum(quantity * unit_price) FROM order_items WHERE order_id = OLD.id), 0))
  WHERE true
  ON CONFLICT (day, currency, status)
  DO UPDATE SET orders = orders + excluded.orders, revenue = revenue + excluded.revenue;
  INSERT INTO monthly_product_sales (month, currency, product_id, units, revenue)
  SELECT substr(OLD.placed_at, 1, 7) || '-01', OLD.currency, v.product_id, -sum(i.quantity),
         -sum(i.quantity * i.unit_price)
  FROM order_items i
  JOIN product_variants v ON v.id = i.variant_id
  WHERE i.order_id = OLD.id AND OLD.status <> 'cancelled'
  GROUP BY v.product_id
  ON CONFLICT (month, currency, product_id)
  DO UPDATE SET units = units + excluded.units, revenue = revenue + excluded.revenue;
  INSERT INTO daily_sales (day, currency, status, orders, revenue)
  SELECT substr(NEW.placed_at, 1, 10), NEW.currency, NEW.status, 1,
         (NEW.shipping_amount + NEW.tax_amount - NEW.discount_amount
           + coalesce((SELECT sum(quantity * unit_price) FROM order_items WHERE order_id = NEW.id), 0))
  WHERE true
  ON CONFLICT (day, currency, status)
  DO UPDATE SET orders = orders + excluded.orders, revenue = revenue + excluded.revenue;
  INSERT INTO monthly_product_sales (month, currency, product_id, units, revenue)
  SELECT substr(NEW.placed_at, 1, 7) || '-01', NEW.currency, v.product_id, sum(i.quantity),
         sum(i.quantity * i.unit_price)
  FROM order_items i
  JOIN product_variants v ON v.id = i.variant_id
  WHERE i.order_id = NEW.id AND NEW.status <> 'cancelled'
  GROUP BY v.product_id
  ON CONFLICT (month, currency, product_id)
  DO UPDATE SET units = units + excluded.units, revenue = revenue + excluded.revenue;
END;
CREATE TRIGGER orders_sales_delete BEFORE DELETE ON orders BEGIN
  INSERT INTO daily_sales (day, currency, status, orders, revenue)
  SELECT substr(OLD.placed_at, 1, 10), OLD.currency, OLD.status, -1,
         -(OLD.shipping_amount + OLD.tax_amount - OLD.discount_amount
           + coalesce((SELECT sum(quantity * unit_price) FROM order_items WHERE order_id = OLD.id), 0))
  WHERE true
  ON CONFLICT (day, currency, status)
  DO UPDATE SET orders = orders + excluded.orders, revenue = revenue + excluded.revenue;
  INSERT INTO monthly_product_sales (month, currency, product_id, units, revenue)
  SELECT substr(OLD.placed_at, 1, 7) || '-01', OLD.currency, v.product_id, -sum(i.quantity),
         -sum(i.quantity * i.unit_price)
  FROM order_items i
  JOIN product_variants v ON v.id = i.variant_id
  WHERE i.order_id = OLD.id AND OLD.status <> 'cancelled'
  GROUP BY v.product_id
  ON CONFLICT (month, currency, product_id)
  DO UPDATE SET units = units + excluded.units, revenue = revenue + excluded.revenue;
END;

-- Where an item's order is gone already, it is being deleted and was taken back whole.
CREATE TRIGGER order_items_sales_insert AFTER INSERT ON order_items BEGIN
  INSERT INTO daily_sales (day, currency, status, orders, revenue)
  SELECT substr(o.placed_at, 1, 10), o.currency, o.status, 0, NEW.quantity * NEW.unit_price
  FROM orders o
  WHERE o.id = NEW.order_id
  ON CONFLICT (day, currency, status)
  DO UPDATE SET orders = orders + excluded.orders, revenue = revenue + excluded.revenue;
  INSERT INTO monthly_product_sales (month, currency, product_id, units, revenue)
  SELECT substr(o.placed_at, 1, 7) || '-01', o.currency, v.product_id, NEW.quantity,
         NEW.quantity * NEW.unit_price
  FROM orders o
  JOIN product_variants v ON v.id = NEW.variant_id
  WHERE o.id = NEW.order_id AND o.status <> 'cancelled'
  ON CONFLICT (month, currency, product_id)
  DO UPDATE SET units = units + excluded.units, revenue = revenue + excluded.revenue;
END;
CREATE TRIGGER order_items_sales_update
AFTER UPDATE OF order_id, variant_id, quantity, unit_price ON order_items BEGIN
  INSERT INTO daily_sales (day, currency, status, orders, revenue)
  SELECT substr(o.placed_at, 1, 10), o.currency, o.status, 0, -OLD.quantity * OLD.unit_price
  FROM orders o
  WHERE o.id = OLD.order_id
  ON CONFLICT (day, currency, status)
  DO UPDATE SET orders = orders + excluded.orders, revenue = revenue + excluded.revenue;
  INSERT INTO monthly_product_sales (month, currency, product_id, units, revenue)
  SELECT substr(o.placed_at, 1, 7) || '-01', o.currency, v.product_id, -OLD.quantity,
         -OLD.quantity * OLD.unit_price
  FROM orders o
  JOIN product_variants v ON v.id = OLD.variant_id
  WHERE o.id = OLD.order_id AND o.status <> 'cancelled'
  ON CONFLICT (month, currency, product_id)
  DO UPDATE SET units = units + excluded.units, revenue = revenue + excluded.revenue;
  INSERT INTO daily_sales (day, currency, status, orders, revenue)
  SELECT substr(o.placed_at, 1, 10), o.currency, o.status, 0, NEW.quantity * NEW.unit_price
  FROM orders o
  WHERE o.id = NEW.order_id
  ON CONFLICT (day, currency, status)
  DO UPDATE SET orders = orders + excluded.orders, revenue = revenue + excluded.revenue;
  INSERT INTO monthly_product_sales (month, currency, product_id, units, revenue)
  SELECT substr(o.placed_at, 1, 7) || '-01', o.currency, v.product_id, NEW.quantity,
         NEW.quantity * NEW.unit_price
  FROM orders o
  JOIN product_variants v ON v.id = NEW.variant_id
  WHERE o.id = NEW.order_id AND o.status <> 'cancelled'
  ON CONFLICT (month, currency, product_id)
  DO UPDATE SET units = units + excluded.units, revenue = revenue + excluded.revenue;
END;
CREATE TRIGGER order_items_sales_delete AFTER DELETE ON order_items BEGIN
  INSERT INTO daily_sales (day, currency, status, orders, revenue)
  SELECT substr(o.placed_at, 1, 10), o.currency, o.status, 0, -OLD.quantity * OLD.unit_price
  FROM orders o
  WHERE o.id = OLD.order_id
  ON CONFLICT (day, currency, status)
  DO UPDATE SET orders = orders + excluded.orders, revenue = revenue + excluded.revenue;
  INSERT INTO monthly_product_sales (month, currency, product_id, units, revenue)
  SELECT substr(o.placed_at, 1, 7) || '-01', o.currency, v.product_id, -OLD.quantity,
         -OLD.quantity * OLD.unit_price
  FROM orders o
  JOIN product_variants v ON v.id = OLD.variant_id
  WHERE o.id = OLD.order_id AND o.status <> 'cancelled'
  ON CONFLICT (month, currency, product_id)
  DO UPDATE SET units = units + excluded.units, revenue = revenue + excluded.revenue;
END;

CREATE TRIGGER inventory_movements_balance_insert AFTER INSERT ON inventory_movements BEGIN
  INSERT INTO stock_balances (variant_id, movements, on_hand)
  VALUES (NEW.variant_id, 1, CASE WHEN NEW.kind IN ('receipt', 'return') THEN NEW.quantity ELSE -NEW.quantity END)
  ON CONFLICT (variant_id)
  DO UPDATE SET movements = movements + 1, on_hand = on_hand + excluded.on_hand;
END;
CREATE TRIGGER inventory_movements_balance_update
AFTER UPDATE OF variant_id, kind, quantity ON inventory_movements BEGIN
  UPDATE stock_balances SET
    movements = movements - 1,
    on_hand = on_hand - CASE WHEN OLD.kind IN ('receipt', 'return') THEN OLD.quantity ELSE -OLD.quantity END
  WHERE variant_id = OLD.variant_id;
  INSERT INTO stock_balances (variant_id, movements, on_hand)
  VALUES (NEW.variant_id, 1, CASE WHEN NEW.kind IN ('receipt', 'return') THEN NEW.quantity ELSE -NEW.quantity END)
  ON CONFLICT (variant_id)
  DO UPDATE SET movements = movements + 1, on_hand = on_hand + excluded.on_hand;
END;
CREATE TRIGGER inventory_movements_balance_delete AFTER DELETE ON inventory_movements BEGIN
  UPDATE stock_balances SET
    movements = movements - 1,
    on_hand = on_hand - CASE WHEN OLD.kind IN ('receipt', 'return') THEN OLD.quantity ELSE -OLD.quantity END
  WHERE variant_id = OLD.variant_id;
END;

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
DROP TABLE stock_balances;
DROP TABLE monthly_product_sales;
DROP TABLE daily_sales;
DROP INDEX audit_log_actor_id_idx;
DROP INDEX audit_log_entity_idx;
DROP INDEX reviews_product_id_created_at_idx;
DROP INDEX refunds_payment_id_idx;
DROP INDEX payments_order_id_idx;
DROP INDEX order_status_history_changed_by_id_idx;
DROP INDEX order_status_history_order_id_created_at_idx;
DROP INDEX order_items_variant_id_idx;
DROP INDEX order_items_order_id_idx;
DROP INDEX orders_billing_address_id_idx;
DROP INDEX orders_shipping_address_id_idx;
DROP INDEX orders_coupon_id_idx;
DROP INDEX orders_placed_at_idx;
DROP INDEX orders_user_id_placed_at_idx;
DROP INDEX wishlist_items_product_id_idx;
DROP INDEX wishlists_user_id_idx;
DROP INDEX cart_items_variant_id_idx;
DROP INDEX carts_status_updated_at_idx;
DROP INDEX carts_user_id_idx;
DROP INDEX inventory_movements_variant_id_idx;
DROP INDEX product_variants_product_id_idx;
DROP INDEX product_categories_category_id_idx;
DROP INDEX products_brand_id_idx;
DROP INDEX categories_parent_id_idx;
DROP INDEX addresses_user_id_idx;
DROP INDEX sessions_user_id_idx;

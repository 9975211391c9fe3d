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
  day date NOT NULL,
  currency char(3) NOT NULL,
  status order_status NOT NULL,
  orders integer NOT NULL,
  revenue numeric(16, 2) NOT NULL,
  PRIMARY KEY (day, currency, status)
) WITH (fillfactor = 70);

CREATE TABLE monthly_product_sales (
  month date NOT NULL,
  currency char(3) NOT NULL,
  product_id bigint NOT NULL REFERENCES products (id) ON DELETE CASCADE,
  units bigint NOT NULL,
  revenue numeric(16, 2) NOT NULL,
  PRIMARY KEY (month, currency, product_id)
) WITH (fillfactor = 70);
CREATE INDEX monthly_product_sales_product_id_idx ON monthly_product_sales (product_id);

CREATE TABLE stock_balances (
  variant_id bigint PRIMARY KEY REFERENCES product_variants (id) ON DELETE CASCADE,
  movements integer NOT NULL,
  on_hand bigint NOT NULL
) WITH (fillfactor = 70);

INSERT INTO daily_sales (day, currency, status, orders, revenue)
SELECT (o.placed_at AT TIME ZONE 'UTC')::date, o.currency, o.status, count(*),
       sum(o.shipping_amount + o.tax_amount - o.discount_amount + coalesce(i.total, 0))
FROM orders o
LEFT JOIN (SELECT order_id, sum(quantity * unit_price) AS total FROM order_items GROUP BY order_id) i
  ON i.order_id = o.id
GROUP BY 1, 2, 3;

INSERT INTO monthly_product_sales (month, currency, product_id, units, revenue)
SELECT date_trunc('month', o.placed_at AT TIME ZONE 'UTC')::date, o.currency, v.product_id, sum(i.quantity),
       sum(i.quantity * i.unit_price)
FROM orders o
JOIN order_items i ON i.order_id = o.id
JOIN product_variants v ON v.id = i.variant_id
WHERE o.status <> 'cancelled'
GROUP BY 1, 2, 3;

INSERT INTO stock_balances (variant_id, movements, on_hand)
SELECT variant_id, count(*), sum(CASE WHEN kind IN ('receipt', 'return') THEN quantity ELSE -quantity END)
FROM inventory_movements
GROUP BY variant_id;

-- A booking adds to the summaries (direction 1) or takes back (direction -1).
CREATE FUNCTION book_day(o orders, orders_more integer, revenue_more numeric) RETURNS void LANGUAGE sql AS $$
  INSERT INTO daily_sales AS s (day, currency, status, orders, revenue)
  VALUES ((o.placed_at AT TIME ZONE 'UTC')::date, o.currency, o.status, orders_more, revenue_more)
  ON CONFLICT (day, currency, status)
  DO UPDATE SET orders = s.orders + excluded.orders, revenue = s.revenue + excluded.revenue;
$$;

CREATE FUNCTION book_product(o orders, variant bigint, units_more bigint, revenue_more numeric)
RETURNS void LANGUAGE sql AS $$
  INSERT INTO monthly_product_sales AS s (month, currency, product_id, units, revenue)
  SELECT date_trunc('month', o.placed_at AT TIME ZONE 'UTC')::date, o.currency, v.product_id, units_more, revenue_more
  FROM product_variants v
  WHERE v.id = variant AND o.status <> 'cancelled'
  ON CONFLICT (month, currency, product_id)
  DO UPDATE SET units = s.units + excluded.units, revenue = s.revenue + excluded.revenue;
$$;

CREATE FUNCTION book_order(o orders, direction integer) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  i order_items;
  total numeric := o.shipping_amount + o.tax_amount - o.discount_amount;
BEGIN
  FOR i IN SELECT * FROM order_items WHERE order_id = o.id ORDER BY variant_id LOOP
    total := total + i.quantity * i.unit_price;
    PERFORM book_product(o, i.variant_id, direction * i.quantity, direction * i.quantity * i.unit_price);
  END LOOP;
  PERFORM book_day(o, direction, direction * total);
END $$;

CREATE FUNCTION book_order_item(i order_items, direction integer) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  o orders;
BEGIN
  SELECT * INTO o FROM orders WHERE id = i.order_id;
  IF FOUND THEN  -- else the order is being deleted, and was taken back whole
    PERFORM book_product(o, i.variant_id, direction * i.quantity, direction * i.quantity * i.unit_price);
    PERFORM book_day(o, 0, direction * i.quantity * i.unit_price);
  END IF;
END $$;

CREATE FUNCTION keep_order_sales() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN PERFORM book_order(OLD, -1); END IF;
  IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
  PERFORM book_order(NEW, 1);
  RETURN NULL;
END $$;

CREATE FUNCTION keep_item_sales() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN PERFORM book_order_item(OLD, -1); END IF;
  IF TG_OP <> 'DELETE' THEN PERFORM book_order_item(NEW, 1); END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION keep_stock_balance() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    UPDATE stock_balances SET
      movements = movements - 1,
      on_hand = on_hand - CASE WHEN OLD.kind IN ('receipt', 'return') THEN OLD.quantity ELSE -OLD.quantity END
    WHERE variant_id = OLD.variant_id;
  END IF;
  IF TG_OP <> 'DELETE' THEN
    INSERT INTO stock_balances AS b (variant_id, movements, on_hand)
    VALUES (NEW.variant_id, 1,
            CASE WHEN NEW.kind IN ('receipt', 'return') THEN NEW.quantity ELSE -NEW.quantity END)
    ON CONFLICT (variant_id)
    DO UPDATE SET movements = b.movements + 1, on_hand = b.on_hand + excluded.on_hand;
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER orders_sales_insert AFTER INSERT ON orders
  FOR EACH ROW EXECUTE FUNCTION keep_order_sales();
CREATE TRIGGER orders_sales_update
  AFTER UPDATE OF status, currency, placed_at, shipping_amount, tax_amount, discount_amount ON orders
  FOR EACH ROW
  WHEN ((OLD.status, OLD.currency, OLD.placed_at, OLD.shipping_amount, OLD.tax_amount, OLD.discount_amount)
        IS DISTINCT FROM
        (NEW.status, NEW.currency, NEW.placed_at, NEW.shipping_amount, NEW.tax_amount, NEW.discount_amount))
  EXECUTE FUNCTION keep_order_sales();
CREATE TRIGGER orders_sales_delete BEFORE DELETE ON orders
  FOR EACH ROW EXECUTE FUNCTION keep_order_sales();
CREATE TRIGGER order_items_sales
  AFTER INSERT OR DELETE OR UPDATE OF order_id, variant_id, quantity, unit_price ON order_items
  FOR EACH ROW EXECUTE FUNCTION keep_item_sales();
CREATE TRIGGER inventory_movements_balance
  AFTER INSERT OR DELETE OR UPDATE OF variant_id, kind, quantity ON inventory_movements
  FOR EACH ROW EXECUTE FUNCTION keep_stock_balance();

-- migrate:down
DROP TRIGGER inventory_movements_balance ON inventory_movements;
DROP TRIGGER order_items_sales ON order_items;
DROP TRIGGER orders_sales_delete ON orders;
DROP TRIGGER orders_sales_update ON orders;
DROP TRIGGER orders_sales_insert ON orders;
DROP FUNCTION keep_stock_balance();
DROP FUNCTION keep_item_sales();
DROP FUNCTION keep_order_sales();
DROP FUNCTION book_order_item(order_items, integer);
DROP FUNCTION book_order(orders, integer);
DROP FUNCTION book_product(orders, bigint, bigint, numeric);
DROP FUNCTION book_day(orders, integer, numeric);
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

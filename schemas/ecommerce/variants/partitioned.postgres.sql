-- The indexes of `indexed`, with orders partitioned by the quarter they were placed in: reports of a period read
-- that period alone, and old quarters can be detached and archived in an instant. It costs what PostgreSQL asks of
-- it: a key has to contain the partition's column, so nothing but the sequence keeps an order's id unique across
-- quarters, and items, status changes and payments can no longer refer to it by a foreign key. Triggers stand in
-- for the three: they lock the order a row refers to, and cascade or refuse deletes. To find an order by its id
-- alone every quarter's index is asked. Identity columns of partitioned tables are new in PostgreSQL 17, so the id
-- is a plain default here.

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
CREATE INDEX order_items_order_id_idx ON order_items (order_id);
CREATE INDEX order_items_variant_id_idx ON order_items (variant_id);
CREATE INDEX order_status_history_order_id_created_at_idx ON order_status_history (order_id, created_at);
CREATE INDEX order_status_history_changed_by_id_idx ON order_status_history (changed_by_id);
CREATE INDEX payments_order_id_idx ON payments (order_id);
CREATE INDEX refunds_payment_id_idx ON refunds (payment_id);
CREATE INDEX reviews_product_id_created_at_idx ON reviews (product_id, created_at DESC, id DESC);
CREATE INDEX audit_log_entity_idx ON audit_log (entity_type, entity_id, created_at DESC, id DESC);
CREATE INDEX audit_log_actor_id_idx ON audit_log (actor_id);

-- A partitioned table beside the old one, filled, then put in its place.
CREATE TABLE orders_by_quarter (LIKE orders INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING COMMENTS)
  PARTITION BY RANGE (placed_at);
DO $$ BEGIN
  EXECUTE format('COMMENT ON TABLE orders_by_quarter IS %L', obj_description('orders'::regclass, 'pg_class'));
END $$;
CREATE TABLE orders_2024_q1 PARTITION OF orders_by_quarter
  FOR VALUES FROM ('2024-01-01 00:00:00+00') TO ('2024-04-01 00:00:00+00');
CREATE TABLE orders_2024_q2 PARTITION OF orders_by_quarter
  FOR VALUES FROM ('2024-04-01 00:00:00+00') TO ('2024-07-01 00:00:00+00');
CREATE TABLE orders_2024_q3 PARTITION OF orders_by_quarter
  FOR VALUES FROM ('2024-07-01 00:00:00+00') TO ('2024-10-01 00:00:00+00');
CREATE TABLE orders_2024_q4 PARTITION OF orders_by_quarter
  FOR VALUES FROM ('2024-10-01 00:00:00+00') TO ('2025-01-01 00:00:00+00');
CREATE TABLE orders_2025_q1 PARTITION OF orders_by_quarter
  FOR VALUES FROM ('2025-01-01 00:00:00+00') TO ('2025-04-01 00:00:00+00');
CREATE TABLE orders_2025_q2 PARTITION OF orders_by_quarter
  FOR VALUES FROM ('2025-04-01 00:00:00+00') TO ('2025-07-01 00:00:00+00');
CREATE TABLE orders_2025_q3 PARTITION OF orders_by_quarter
  FOR VALUES FROM ('2025-07-01 00:00:00+00') TO ('2025-10-01 00:00:00+00');
CREATE TABLE orders_2025_q4 PARTITION OF orders_by_quarter
  FOR VALUES FROM ('2025-10-01 00:00:00+00') TO ('2026-01-01 00:00:00+00');
CREATE TABLE orders_2026_q1 PARTITION OF orders_by_quarter
  FOR VALUES FROM ('2026-01-01 00:00:00+00') TO ('2026-04-01 00:00:00+00');
CREATE TABLE orders_other PARTITION OF orders_by_quarter DEFAULT;

INSERT INTO orders_by_quarter SELECT * FROM orders ORDER BY id;

CREATE SEQUENCE orders_by_quarter_id_seq AS bigint;
SELECT setval('orders_by_quarter_id_seq', last_value, is_called) FROM orders_id_seq;

ALTER TABLE order_items DROP CONSTRAINT order_items_order_id_fkey;
ALTER TABLE order_status_history DROP CONSTRAINT order_status_history_order_id_fkey;
ALTER TABLE payments DROP CONSTRAINT payments_order_id_fkey;
DROP TABLE orders;
ALTER TABLE orders_by_quarter RENAME TO orders;
ALTER SEQUENCE orders_by_quarter_id_seq RENAME TO orders_id_seq;
ALTER SEQUENCE orders_id_seq OWNED BY orders.id;
ALTER TABLE orders ALTER COLUMN id SET DEFAULT nextval('orders_id_seq');

ALTER TABLE orders ADD CONSTRAINT orders_pkey PRIMARY KEY (id, placed_at);
ALTER TABLE orders
  ADD CONSTRAINT orders_user_id_fkey
    FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE RESTRICT ON UPDATE CASCADE,
  ADD CONSTRAINT orders_coupon_id_fkey
    FOREIGN KEY (coupon_id) REFERENCES coupons (id) ON DELETE SET NULL ON UPDATE CASCADE,
  ADD CONSTRAINT orders_shipping_address_id_fkey
    FOREIGN KEY (shipping_address_id) REFERENCES addresses (id) ON DELETE RESTRICT ON UPDATE CASCADE,
  ADD CONSTRAINT orders_billing_address_id_fkey
    FOREIGN KEY (billing_address_id) REFERENCES addresses (id) ON DELETE RESTRICT ON UPDATE CASCADE;
CREATE INDEX orders_user_id_placed_at_idx ON orders (user_id, placed_at DESC, id DESC);
CREATE INDEX orders_coupon_id_idx ON orders (coupon_id);
CREATE INDEX orders_shipping_address_id_idx ON orders (shipping_address_id);
CREATE INDEX orders_billing_address_id_idx ON orders (billing_address_id);
-- Rows lie in the order of time: a few block ranges a quarter are index enough.
CREATE INDEX orders_placed_at_idx ON orders USING brin (placed_at) WITH (pages_per_range = 16);

CREATE FUNCTION require_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM orders WHERE id = NEW.order_id FOR KEY SHARE;
  IF NOT FOUND THEN
    RAISE foreign_key_violation
      USING MESSAGE = format('%s refers to order %s, which there is not', TG_TABLE_NAME, NEW.order_id);
  END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION release_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM orders WHERE id = OLD.id) THEN
    RETURN NULL;  -- it only moved to another quarter
  END IF;
  IF EXISTS (SELECT 1 FROM payments WHERE order_id = OLD.id) THEN
    RAISE foreign_key_violation USING MESSAGE = format('order %s has payments', OLD.id);
  END IF;
  DELETE FROM order_items WHERE order_id = OLD.id;
  DELETE FROM order_status_history WHERE order_id = OLD.id;
  RETURN NULL;
END $$;

CREATE TRIGGER order_items_order AFTER INSERT OR UPDATE OF order_id ON order_items
  FOR EACH ROW EXECUTE FUNCTION require_order();
CREATE TRIGGER order_status_history_order AFTER INSERT OR UPDATE OF order_id ON order_status_history
  FOR EACH ROW EXECUTE FUNCTION require_order();
CREATE TRIGGER payments_order AFTER INSERT OR UPDATE OF order_id ON payments
  FOR EACH ROW EXECUTE FUNCTION require_order();
CREATE TRIGGER orders_release AFTER DELETE ON orders
  FOR EACH ROW EXECUTE FUNCTION release_order();

-- migrate:down
DROP TRIGGER orders_release ON orders;
DROP TRIGGER payments_order ON payments;
DROP TRIGGER order_status_history_order ON order_status_history;
DROP TRIGGER order_items_order ON order_items;
DROP FUNCTION release_order();
DROP FUNCTION require_order();

-- The same way back: a plain table beside it, filled, then put in its place.
CREATE TABLE orders_plain (LIKE orders INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING COMMENTS);
DO $$ BEGIN
  EXECUTE format('COMMENT ON TABLE orders_plain IS %L', obj_description('orders'::regclass, 'pg_class'));
END $$;
ALTER TABLE orders_plain ALTER COLUMN id DROP DEFAULT;
ALTER TABLE orders_plain ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY;
INSERT INTO orders_plain SELECT * FROM orders ORDER BY id;
SELECT setval('orders_plain_id_seq', last_value, is_called) FROM orders_id_seq;

DROP TABLE orders;
ALTER TABLE orders_plain RENAME TO orders;
ALTER SEQUENCE orders_plain_id_seq RENAME TO orders_id_seq;

ALTER TABLE orders ADD CONSTRAINT orders_pkey PRIMARY KEY (id);
ALTER TABLE orders
  ADD CONSTRAINT orders_user_id_fkey
    FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE RESTRICT ON UPDATE CASCADE,
  ADD CONSTRAINT orders_coupon_id_fkey
    FOREIGN KEY (coupon_id) REFERENCES coupons (id) ON DELETE SET NULL ON UPDATE CASCADE,
  ADD CONSTRAINT orders_shipping_address_id_fkey
    FOREIGN KEY (shipping_address_id) REFERENCES addresses (id) ON DELETE RESTRICT ON UPDATE CASCADE,
  ADD CONSTRAINT orders_billing_address_id_fkey
    FOREIGN KEY (billing_address_id) REFERENCES addresses (id) ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE order_items ADD CONSTRAINT order_items_order_id_fkey
  FOREIGN KEY (order_id) REFERENCES orders (id) ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE order_status_history ADD CONSTRAINT order_status_history_order_id_fkey
  FOREIGN KEY (order_id) REFERENCES orders (id) ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE payments ADD CONSTRAINT payments_order_id_fkey
  FOREIGN KEY (order_id) REFERENCES orders (id) ON DELETE RESTRICT ON UPDATE CASCADE;
DROP INDEX audit_log_actor_id_idx;
DROP INDEX audit_log_entity_idx;
DROP INDEX reviews_product_id_created_at_idx;
DROP INDEX refunds_payment_id_idx;
DROP INDEX payments_order_id_idx;
DROP INDEX order_status_history_changed_by_id_idx;
DROP INDEX order_status_history_order_id_created_at_idx;
DROP INDEX order_items_variant_id_idx;
DROP INDEX order_items_order_id_idx;
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

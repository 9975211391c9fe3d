-- The indexes of `indexed`, with orders partitioned by the quarter they were placed in: reports of a period read
-- that period alone, and old quarters can be dropped in an instant. It costs what InnoDB asks of it: a key has to
-- contain the partition's column, so nothing but AUTO_INCREMENT keeps an order's id unique across quarters, and a
-- partitioned table has no foreign keys, neither its own nor to it. Triggers stand in for all seven: they lock the row
-- referred to, and cascade or refuse deletes; keys are taken never to change. To find an order by its id alone every
-- quarter's index is asked.

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

ALTER TABLE order_items DROP FOREIGN KEY order_items_order_id_fkey;
ALTER TABLE order_status_history DROP FOREIGN KEY order_status_history_order_id_fkey;
ALTER TABLE payments DROP FOREIGN KEY payments_order_id_fkey;
ALTER TABLE orders
  DROP FOREIGN KEY orders_user_id_fkey,
  DROP FOREIGN KEY orders_coupon_id_fkey,
  DROP FOREIGN KEY orders_shipping_address_id_fkey,
  DROP FOREIGN KEY orders_billing_address_id_fkey;
ALTER TABLE orders DROP PRIMARY KEY, ADD PRIMARY KEY (id, placed_at)
  PARTITION BY RANGE COLUMNS (placed_at) (
    PARTITION orders_2024_q1 VALUES LESS THAN ('2024-04-01'),
    PARTITION orders_2024_q2 VALUES LESS THAN ('2024-07-01'),
    PARTITION orders_2024_q3 VALUES LESS THAN ('2024-10-01'),
    PARTITION orders_2024_q4 VALUES LESS THAN ('2025-01-01'),
    PARTITION orders_2025_q1 VALUES LESS THAN ('2025-04-01'),
    PARTITION orders_2025_q2 VALUES LESS THAN ('2025-07-01'),
    PARTITION orders_2025_q3 VALUES LESS THAN ('2025-10-01'),
    PARTITION orders_2025_q4 VALUES LESS THAN ('2026-01-01'),
    PARTITION orders_2026_q1 VALUES LESS THAN ('2026-04-01'),
    PARTITION orders_later VALUES LESS THAN (MAXVALUE)
  );

CREATE PROCEDURE require_order (IN key_ BIGINT)
BEGIN
  DECLARE found INT;
  SELECT COUNT(*) INTO found FROM orders WHERE id = key_ LOCK IN SHARE MODE;
  IF found = 0 THEN
    SIGNAL SQLSTATE '23000' SET MESSAGE_TEXT = 'there is no such order';
  END IF;
END;
CREATE PROCEDURE require_parents (IN user_ BIGINT, IN coupon_ BIGINT, IN shipping_ BIGINT, IN billing_ BIGINT)
BEGIN
  DECLARE users_found, coupons_found, addresses_found INT;
  SELECT COUNT(*) INTO users_found FROM users WHERE id = user_ LOCK IN SHARE MODE;
  SELECT COUNT(*) INTO coupons_found FROM coupons WHERE id = coupon_ LOCK IN SHARE MODE;
  SELECT COUNT(*) INTO addresses_found FROM addresses WHERE id IN (shipping_, billing_) LOCK IN SHARE MODE;
  IF users_found = 0 OR (coupon_ IS NOT NULL AND coupons_found = 0)
     OR addresses_found < IF(shipping_ = billing_, 1, 2) THEN
    SIGNAL SQLSTATE '23000' SET MESSAGE_TEXT = 'there is no such user, coupon or address';
  END IF;
END;

CREATE TRIGGER order_items_order_insert BEFORE INSERT ON order_items FOR EACH ROW CALL require_order(NEW.order_id);
CREATE TRIGGER order_items_order_update BEFORE UPDATE ON order_items FOR EACH ROW CALL require_order(NEW.order_id);
CREATE TRIGGER order_status_history_order_insert BEFORE INSERT ON order_status_history FOR EACH ROW
  CALL require_order(NEW.order_id);
CREATE TRIGGER order_status_history_order_update BEFORE UPDATE ON order_status_history FOR EACH ROW
  CALL require_order(NEW.order_id);
CREATE TRIGGER payments_order_insert BEFORE INSERT ON payments FOR EACH ROW CALL require_order(NEW.order_id);
CREATE TRIGGER payments_order_update BEFORE UPDATE ON payments FOR EACH ROW CALL require_order(NEW.order_id);

CREATE TRIGGER orders_parents_insert BEFORE INSERT ON orders FOR EACH ROW
  CALL require_parents(NEW.user_id, NEW.coupon_id, NEW.shipping_address_id, NEW.billing_address_id);
CREATE TRIGGER orders_parents_update BEFORE UPDATE ON orders FOR EACH ROW
  IF NOT (NEW.user_id <=> OLD.user_id AND NEW.coupon_id <=> OLD.coupon_id
          AND NEW.shipping_address_id <=> OLD.shipping_address_id
          AND NEW.billing_address_id <=> OLD.billing_address_id) THEN
    CALL require_parents(NEW.user_id, NEW.coupon_id, NEW.shipping_address_id, NEW.billing_address_id);
  END IF;
CREATE TRIGGER orders_release BEFORE DELETE ON orders FOR EACH ROW
BEGIN
  IF EXISTS (SELECT 1 FROM payments WHERE order_id = OLD.id) THEN
    SIGNAL SQLSTATE '23000' SET MESSAGE_TEXT = 'the order has payments';
  END IF;
  DELETE FROM order_items WHERE order_id = OLD.id;
  DELETE FROM order_status_history WHERE order_id = OLD.id;
END;

CREATE TRIGGER users_orders BEFORE DELETE ON users FOR EACH ROW
  IF EXISTS (SELECT 1 FROM orders WHERE user_id = OLD.id) THEN
    SIGNAL SQLSTATE '23000' SET MESSAGE_TEXT = 'the user has orders';
  END IF;
CREATE TRIGGER addresses_orders BEFORE DELETE ON addresses FOR EACH ROW
  IF EXISTS (SELECT 1 FROM orders WHERE shipping_address_id = OLD.id)
     OR EXISTS (SELECT 1 FROM orders WHERE billing_address_id = OLD.id) THEN
    SIGNAL SQLSTATE '23000' SET MESSAGE_TEXT = 'the address has orders';
  END IF;
CREATE TRIGGER coupons_orders BEFORE DELETE ON coupons FOR EACH ROW
  UPDATE orders SET coupon_id = NULL WHERE coupon_id = OLD.id;

-- migrate:down
DROP TRIGGER coupons_orders;
DROP TRIGGER addresses_orders;
DROP TRIGGER users_orders;
DROP TRIGGER orders_release;
DROP TRIGGER orders_parents_update;
DROP TRIGGER orders_parents_insert;
DROP TRIGGER payments_order_update;
DROP TRIGGER payments_order_insert;
DROP TRIGGER order_status_history_order_update;
DROP TRIGGER order_status_history_order_insert;
DROP TRIGGER order_items_order_update;
DROP TRIGGER order_items_order_insert;
DROP PROCEDURE require_parents;
DROP PROCEDURE require_order;

ALTER TABLE orders REMOVE PARTITIONING;
ALTER TABLE orders DROP PRIMARY KEY, ADD PRIMARY KEY (id);
DROP INDEX payments_order_id_idx ON payments;
DROP INDEX order_status_history_order_id_created_at_idx ON order_status_history;
DROP INDEX order_items_order_id_idx ON order_items;
DROP INDEX orders_billing_address_id_idx ON orders;
DROP INDEX orders_shipping_address_id_idx ON orders;
DROP INDEX orders_coupon_id_idx ON orders;
DROP INDEX orders_placed_at_idx ON orders;
DROP INDEX orders_user_id_placed_at_idx ON orders;

-- The triggers have seen to it that every reference holds: to check them again would copy the tables.
SET SESSION foreign_key_checks = 0;
ALTER TABLE orders
  ADD CONSTRAINT orders_user_id_fkey
    FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE RESTRICT ON UPDATE CASCADE,
  ADD CONSTRAINT orders_coupon_id_fkey
    FOREIGN KEY (coupon_id) REFERENCES coupons (id) ON DELETE SET NULL ON UPDATE CASCADE,
  ADD CONSTRAINT orders_shipping_address_id_fkey
    FOREIGN KEY (shipping_address_id) REFERENCES addresses (id) ON DELETE RESTRICT ON UPDATE CASCADE,
  ADD CONSTRAINT orders_billing_address_id_fkey
    FOREIGN KEY (billing_address_id) REFERENCES addresses (id) ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE payments
  ADD CONSTRAINT payments_order_id_fkey
    FOREIGN KEY (order_id) REFERENCES orders (id) ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE order_status_history
  ADD CONSTRAINT order_status_history_order_id_fkey
    FOREIGN KEY (order_id) REFERENCES orders (id) ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE order_items
  ADD CONSTRAINT order_items_order_id_fkey
    FOREIGN KEY (order_id) REFERENCES orders (id) ON DELETE CASCADE ON UPDATE CASCADE;
SET SESSION foreign_key_checks = 1;

-- A foreign key gave up the index MySQL had made for it when one came that serves as well; it gets it back.
ALTER TABLE audit_log DROP INDEX audit_log_actor_id_idx, ADD INDEX audit_log_actor_id_fkey (actor_id);
DROP INDEX audit_log_entity_idx ON audit_log;
ALTER TABLE reviews DROP INDEX reviews_product_id_created_at_idx, ADD INDEX reviews_product_id_fkey (product_id);
ALTER TABLE refunds DROP INDEX refunds_payment_id_idx, ADD INDEX refunds_payment_id_fkey (payment_id);
ALTER TABLE order_status_history
  DROP INDEX order_status_history_changed_by_id_idx, ADD INDEX order_status_history_changed_by_id_fkey (changed_by_id);
ALTER TABLE order_items DROP INDEX order_items_variant_id_idx, ADD INDEX order_items_variant_id_fkey (variant_id);
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

-- The indexes of `indexed`, and totals kept where they are read: a product knows its stars, an order what its items
-- and the whole came to. Triggers keep both with every write, so no page adds up reviews or items again. The price
-- is a second row written for each review and each order item, and one lock more: two reviewers of one product wait
-- for each other. The average is made from a sum and a count, both whole numbers, and so cannot drift.

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

-- Stars. A column that is stored copies the table, so it comes with the others.
ALTER TABLE products
  ADD COLUMN rating_sum BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN review_count INT NOT NULL DEFAULT 0,
  ADD COLUMN rating_avg DECIMAL(3, 2)
    GENERATED ALWAYS AS (ROUND(rating_sum * 1.0 / NULLIF(review_count, 0), 2)) STORED;

UPDATE products p
JOIN (
  SELECT product_id, SUM(rating) AS rating_sum, COUNT(*) AS review_count
  FROM reviews WHERE status = 'published' GROUP BY product_id
) r ON r.product_id = p.id
SET p.rating_sum = r.rating_sum, p.review_count = r.review_count;

CREATE INDEX products_rating_idx ON products (status, deleted_at, rating_avg DESC, review_count DESC, id);

CREATE TRIGGER reviews_count_insert AFTER INSERT ON reviews FOR EACH ROW
  UPDATE products SET rating_sum = rating_sum + NEW.rating, review_count = review_count + 1
  WHERE id = NEW.product_id AND NEW.status = 'published';

CREATE TRIGGER reviews_count_update AFTER UPDATE ON reviews FOR EACH ROW
BEGIN
  UPDATE products SET rating_sum = rating_sum - OLD.rating, review_count = review_count - 1
  WHERE id = OLD.product_id AND OLD.status = 'published';
  UPDATE products SET rating_sum = rating_sum + NEW.rating, review_count = review_count + 1
  WHERE id = NEW.product_id AND NEW.status = 'published';
END;

CREATE TRIGGER reviews_count_delete AFTER DELETE ON reviews FOR EACH ROW
  UPDATE products SET rating_sum = rating_sum - OLD.rating, review_count = review_count - 1
  WHERE id = OLD.product_id AND OLD.status = 'published';

-- Order totals.
ALTER TABLE orders
  ADD COLUMN items_total DECIMAL(14, 2) NOT NULL DEFAULT 0,
  ADD COLUMN grand_total DECIMAL(14, 2)
    GENERATED ALWAYS AS (items_total + shipping_amount + tax_amount - discount_amount) STORED;

UPDATE orders o
JOIN (SELECT order_id, SUM(quantity * unit_price) AS total FROM order_items GROUP BY order_id) i ON i.order_id = o.id
SET o.items_total = i.total;

CREATE TRIGGER order_items_total_insert AFTER INSERT ON order_items FOR EACH ROW
  UPDATE orders SET items_total = items_total + NEW.quantity * NEW.unit_price WHERE id = NEW.order_id;

CREATE TRIGGER order_items_total_update AFTER UPDATE ON order_items FOR EACH ROW
BEGIN
  UPDATE orders SET items_total = items_total - OLD.quantity * OLD.unit_price WHERE id = OLD.order_id;
  UPDATE orders SET items_total = items_total + NEW.quantity * NEW.unit_price WHERE id = NEW.order_id;
END;

CREATE TRIGGER order_items_total_delete AFTER DELETE ON order_items FOR EACH ROW
  UPDATE orders SET items_total = items_total - OLD.quantity * OLD.unit_price WHERE id = OLD.order_id;

-- migrate:down
DROP TRIGGER order_items_total_delete;
DROP TRIGGER order_items_total_update;
DROP TRIGGER order_items_total_insert;
ALTER TABLE orders DROP COLUMN grand_total, DROP COLUMN items_total;
DROP TRIGGER reviews_count_delete;
DROP TRIGGER reviews_count_update;
DROP TRIGGER reviews_count_insert;
DROP INDEX products_rating_idx ON products;
ALTER TABLE products DROP COLUMN rating_avg, DROP COLUMN review_count, DROP COLUMN rating_sum;
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

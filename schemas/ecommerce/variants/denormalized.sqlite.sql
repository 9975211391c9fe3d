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

-- Stars.
ALTER TABLE products ADD COLUMN rating_sum INTEGER NOT NULL DEFAULT 0;
ALTER TABLE products ADD COLUMN review_count INTEGER NOT NULL DEFAULT 0;
ALTER TABLE products
  ADD COLUMN rating_avg NUMERIC GENERATED ALWAYS AS (round(rating_sum * 1.0 / nullif(review_count, 0), 2)) VIRTUAL;

UPDATE products SET rating_sum = r.rating_sum, review_count = r.review_count
FROM (
  SELECT product_id, sum(rating) AS rating_sum, count(*) AS review_count
  FROM reviews WHERE status = 'published' GROUP BY product_id
) r
WHERE r.product_id = products.id;

CREATE INDEX products_rating_idx ON products (rating_avg DESC, review_count DESC, id)
  WHERE status = 'active' AND deleted_at IS NULL AND review_count >= 5;

CREATE TRIGGER reviews_count_insert AFTER INSERT ON reviews BEGIN
  UPDATE products SET rating_sum = rating_sum + NEW.rating, review_count = review_count + 1
  WHERE id = NEW.product_id AND NEW.status = 'published';
END;
CREATE TRIGGER reviews_count_update AFTER UPDATE OF product_id, rating, status ON reviews BEGIN
  UPDATE products SET rating_sum = rating_sum - OLD.rating, review_count = review_count - 1
  WHERE id = OLD.product_id AND OLD.status = 'published';
  UPDATE products SET rating_sum = rating_sum + NEW.rating, review_count = review_count + 1
  WHERE id = NEW.product_id AND NEW.status = 'published';
END;
CREATE TRIGGER reviews_count_delete AFTER DELETE ON reviews BEGIN
  UPDATE products SET rating_sum = rating_sum - OLD.rating, review_count = review_count - 1
  WHERE id = OLD.product_id AND OLD.status = 'published';
END;

-- Order totals.
ALTER TABLE orders ADD COLUMN items_total NUMERIC NOT NULL DEFAULT 0;
ALTER TABLE orders
  ADD COLUMN grand_total NUMERIC
    GENERATED ALWAYS AS (items_total + shipping_amount + tax_amount - discount_amount) VIRTUAL;

UPDATE orders SET items_total = i.total
FROM (SELECT order_id, sum(quantity * unit_price) AS total FROM order_items GROUP BY order_id) i
WHERE i.order_id = orders.id;

CREATE TRIGGER order_items_total_insert AFTER INSERT ON order_items BEGIN
  UPDATE orders SET items_total = items_total + NEW.quantity * NEW.unit_price WHERE id = NEW.order_id;
END;
CREATE TRIGGER order_items_total_update AFTER UPDATE OF order_id, quantity, unit_price ON order_items BEGIN
  UPDATE orders SET items_total = items_total - OLD.quantity * OLD.unit_price WHERE id = OLD.order_id;
  UPDATE orders SET items_total = items_total + NEW.quantity * NEW.unit_price WHERE id = NEW.order_id;
END;
CREATE TRIGGER order_items_total_delete AFTER DELETE ON order_items BEGIN
  UPDATE orders SET items_total = items_total - OLD.quantity * OLD.unit_price WHERE id = OLD.order_id;
END;

-- migrate:down
DROP TRIGGER order_items_total_delete;
DROP TRIGGER order_items_total_update;
DROP TRIGGER order_items_total_insert;
ALTER TABLE orders DROP COLUMN grand_total;
ALTER TABLE orders DROP COLUMN items_total;
DROP TRIGGER reviews_count_delete;
DROP TRIGGER reviews_count_update;
DROP TRIGGER reviews_count_insert;
DROP INDEX products_rating_idx;
ALTER TABLE products DROP COLUMN rating_avg;
ALTER TABLE products DROP COLUMN review_count;
ALTER TABLE products DROP COLUMN rating_sum;
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

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
ALTER TABLE products
  ADD COLUMN rating_sum bigint NOT NULL DEFAULT 0,
  ADD COLUMN review_count integer NOT NULL DEFAULT 0;

UPDATE products p SET rating_sum = r.rating_sum, review_count = r.review_count
FROM (
  SELECT product_id, sum(rating) AS rating_sum, count(*) AS review_count
  FROM reviews WHERE status = 'published' GROUP BY product_id
) r
WHERE r.product_id = p.id;

-- Last, since a stored column rewrites the table, and with it clears away the rows the backfill left behind.
ALTER TABLE products
  ADD COLUMN rating_avg numeric(3, 2)
    GENERATED ALWAYS AS (round(rating_sum::numeric / nullif(review_count, 0), 2)) STORED;

CREATE INDEX products_rating_idx ON products (rating_avg DESC, review_count DESC, id)
  WHERE status = 'active' AND deleted_at IS NULL AND review_count >= 5;

CREATE FUNCTION count_review() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' AND OLD.status = 'published' THEN
    UPDATE products SET rating_sum = rating_sum - OLD.rating, review_count = review_count - 1
    WHERE id = OLD.product_id;
  END IF;
  IF TG_OP <> 'DELETE' AND NEW.status = 'published' THEN
    UPDATE products SET rating_sum = rating_sum + NEW.rating, review_count = review_count + 1
    WHERE id = NEW.product_id;
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER reviews_count AFTER INSERT OR DELETE OR UPDATE OF product_id, rating, status ON reviews
  FOR EACH ROW EXECUTE FUNCTION count_review();

-- Order totals.
ALTER TABLE orders ADD COLUMN items_total numeric(14, 2) NOT NULL DEFAULT 0;

UPDATE orders o SET items_total = i.total
FROM (SELECT order_id, sum(quantity * unit_price) AS total FROM order_items GROUP BY order_id) i
WHERE i.order_id = o.id;

ALTER TABLE orders
  ADD COLUMN grand_total numeric(14, 2)
    GENERATED ALWAYS AS (items_total + shipping_amount + tax_amount - discount_amount) STORED;

CREATE FUNCTION total_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    UPDATE orders SET items_total = items_total - OLD.quantity * OLD.unit_price WHERE id = OLD.order_id;
  END IF;
  IF TG_OP <> 'DELETE' THEN
    UPDATE orders SET items_total = items_total + NEW.quantity * NEW.unit_price WHERE id = NEW.order_id;
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER order_items_total AFTER INSERT OR DELETE OR UPDATE OF order_id, quantity, unit_price ON order_items
  FOR EACH ROW EXECUTE FUNCTION total_order();

-- migrate:down
DROP TRIGGER order_items_total ON order_items;
DROP FUNCTION total_order();
ALTER TABLE orders DROP COLUMN grand_total, DROP COLUMN items_total;
DROP TRIGGER reviews_count ON reviews;
DROP FUNCTION count_review();
DROP INDEX products_rating_idx;
ALTER TABLE products DROP COLUMN rating_avg, DROP COLUMN review_count, DROP COLUMN rating_sum;
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

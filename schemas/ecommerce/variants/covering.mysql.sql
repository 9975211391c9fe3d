-- Indexes that answer queries alone: the columns a query reads ride along, last in the key, since InnoDB has no
-- INCLUDE. It has no partial indexes either, so what marks a row as gone or withdrawn stands in the key, and all rows
-- are in every index. Reads touch fewer pages; the price is wider indexes, and a change of an order's status now has
-- to rewrite its index entries.

-- migrate:up
CREATE INDEX sessions_user_id_idx ON sessions (user_id);
CREATE INDEX addresses_user_id_live_idx ON addresses (user_id, deleted_at, is_default DESC, id);
CREATE INDEX categories_parent_id_idx ON categories (parent_id);
CREATE INDEX products_brand_id_idx ON products (brand_id);
CREATE INDEX product_categories_category_id_idx ON product_categories (category_id, product_id);
CREATE INDEX product_variants_product_id_live_idx ON product_variants (product_id, deleted_at, price, is_active);
CREATE INDEX inventory_movements_variant_id_idx ON inventory_movements (variant_id, kind, quantity);
CREATE INDEX carts_user_id_active_idx ON carts (user_id, status);
CREATE INDEX carts_updated_at_active_idx ON carts (status, updated_at, user_id);
CREATE INDEX cart_items_variant_id_idx ON cart_items (variant_id);
CREATE INDEX wishlists_user_id_idx ON wishlists (user_id, name);
CREATE INDEX wishlist_items_product_id_idx ON wishlist_items (product_id);
CREATE INDEX orders_user_id_placed_at_idx ON orders
  (user_id, placed_at DESC, id DESC, status, currency, shipping_amount, tax_amount, discount_amount);
CREATE INDEX orders_placed_at_idx ON orders
  (placed_at, status, currency, shipping_amount, tax_amount, discount_amount);
CREATE INDEX orders_coupon_id_idx ON orders (coupon_id);
CREATE INDEX orders_shipping_address_id_idx ON orders (shipping_address_id);
CREATE INDEX orders_billing_address_id_idx ON orders (billing_address_id);
CREATE INDEX order_items_order_id_idx ON order_items (order_id, variant_id, quantity, unit_price);
CREATE INDEX order_items_variant_id_idx ON order_items (variant_id, order_id);
CREATE INDEX order_status_history_order_id_created_at_idx ON order_status_history (order_id, created_at);
CREATE INDEX order_status_history_changed_by_id_idx ON order_status_history (changed_by_id);
CREATE INDEX payments_order_id_idx ON payments (order_id);
CREATE INDEX refunds_payment_id_idx ON refunds (payment_id, amount);
CREATE INDEX reviews_product_id_published_idx ON reviews
  (product_id, status, created_at DESC, id DESC, user_id, rating);
CREATE INDEX audit_log_entity_idx ON audit_log (entity_type, entity_id, created_at DESC, id DESC);
CREATE INDEX audit_log_actor_id_idx ON audit_log (actor_id);

-- migrate:down
-- A foreign key gave up the index MySQL had made for it when one came that serves as well; it gets it back.
ALTER TABLE audit_log DROP INDEX audit_log_actor_id_idx, ADD INDEX audit_log_actor_id_fkey (actor_id);
DROP INDEX audit_log_entity_idx ON audit_log;
ALTER TABLE reviews DROP INDEX reviews_product_id_published_idx, ADD INDEX reviews_product_id_fkey (product_id);
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
DROP INDEX carts_updated_at_active_idx ON carts;
ALTER TABLE carts DROP INDEX carts_user_id_active_idx, ADD INDEX carts_user_id_fkey (user_id);
ALTER TABLE inventory_movements
  DROP INDEX inventory_movements_variant_id_idx, ADD INDEX inventory_movements_variant_id_fkey (variant_id);
ALTER TABLE product_variants
  DROP INDEX product_variants_product_id_live_idx, ADD INDEX product_variants_product_id_fkey (product_id);
ALTER TABLE product_categories
  DROP INDEX product_categories_category_id_idx, ADD INDEX product_categories_category_id_fkey (category_id);
ALTER TABLE products DROP INDEX products_brand_id_idx, ADD INDEX products_brand_id_fkey (brand_id);
ALTER TABLE categories DROP INDEX categories_parent_id_idx, ADD INDEX categories_parent_id_fkey (parent_id);
ALTER TABLE addresses DROP INDEX addresses_user_id_live_idx, ADD INDEX addresses_user_id_fkey (user_id);
ALTER TABLE sessions DROP INDEX sessions_user_id_idx, ADD INDEX sessions_user_id_fkey (user_id);

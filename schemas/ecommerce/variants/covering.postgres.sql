-- Indexes that answer queries alone: the columns a query reads ride along, and partial indexes leave out the rows
-- it never asks for (withdrawn variants, unpublished reviews, carts that became orders, references that are NULL).
-- Reads touch fewer pages; the price is wider indexes, and a change of an order's status now has to rewrite its
-- index entries. A partial index does not help its foreign key where the parent is deleted: this shop soft-deletes
-- users and products.

-- migrate:up
CREATE INDEX sessions_user_id_idx ON sessions (user_id);
CREATE INDEX addresses_user_id_live_idx ON addresses (user_id, is_default DESC, id) WHERE deleted_at IS NULL;
CREATE INDEX categories_parent_id_idx ON categories (parent_id);
CREATE INDEX products_brand_id_idx ON products (brand_id);
CREATE INDEX product_categories_category_id_idx ON product_categories (category_id, product_id);
CREATE INDEX product_variants_product_id_live_idx ON product_variants
  (product_id, price) INCLUDE (is_active) WHERE deleted_at IS NULL;
CREATE INDEX inventory_movements_variant_id_idx ON inventory_movements (variant_id) INCLUDE (kind, quantity);
CREATE INDEX carts_user_id_active_idx ON carts (user_id) WHERE status = 'active';
CREATE INDEX carts_updated_at_active_idx ON carts (updated_at) INCLUDE (user_id) WHERE status = 'active';
CREATE INDEX cart_items_variant_id_idx ON cart_items (variant_id);
CREATE INDEX wishlists_user_id_idx ON wishlists (user_id) INCLUDE (name);
CREATE INDEX wishlist_items_product_id_idx ON wishlist_items (product_id);
CREATE INDEX orders_user_id_placed_at_idx ON orders
  (user_id, placed_at DESC, id DESC) INCLUDE (status, currency, shipping_amount, tax_amount, discount_amount);
CREATE INDEX orders_placed_at_idx ON orders
  (placed_at) INCLUDE (id, status, currency, shipping_amount, tax_amount, discount_amount);
CREATE INDEX orders_coupon_id_idx ON orders (coupon_id) WHERE coupon_id IS NOT NULL;
CREATE INDEX orders_shipping_address_id_idx ON orders (shipping_address_id);
CREATE INDEX orders_billing_address_id_idx ON orders (billing_address_id);
CREATE INDEX order_items_order_id_idx ON order_items (order_id) INCLUDE (variant_id, quantity, unit_price);
CREATE INDEX order_items_variant_id_idx ON order_items (variant_id) INCLUDE (order_id);
CREATE INDEX order_status_history_order_id_created_at_idx ON order_status_history (order_id, created_at);
CREATE INDEX order_status_history_changed_by_id_idx ON order_status_history
  (changed_by_id) WHERE changed_by_id IS NOT NULL;
CREATE INDEX payments_order_id_idx ON payments (order_id);
CREATE INDEX refunds_payment_id_idx ON refunds (payment_id) INCLUDE (amount);
CREATE INDEX reviews_product_id_published_idx ON reviews
  (product_id, created_at DESC, id DESC) INCLUDE (user_id, rating) WHERE status = 'published';
CREATE INDEX audit_log_entity_idx ON audit_log (entity_type, entity_id, created_at DESC, id DESC);
CREATE INDEX audit_log_actor_id_idx ON audit_log (actor_id) WHERE actor_id IS NOT NULL;

-- migrate:down
DROP INDEX audit_log_actor_id_idx;
DROP INDEX audit_log_entity_idx;
DROP INDEX reviews_product_id_published_idx;
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
DROP INDEX carts_updated_at_active_idx;
DROP INDEX carts_user_id_active_idx;
DROP INDEX inventory_movements_variant_id_idx;
DROP INDEX product_variants_product_id_live_idx;
DROP INDEX product_categories_category_id_idx;
DROP INDEX products_brand_id_idx;
DROP INDEX categories_parent_id_idx;
DROP INDEX addresses_user_id_live_idx;
DROP INDEX sessions_user_id_idx;

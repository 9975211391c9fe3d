-- The indexes of `indexed`, and an index for what browsing asks of the catalogue's text and facets: a FULLTEXT index
-- over name and description in lower case, and one over two facets of the JSON document, each a column of its own
-- that costs nothing until it is indexed. Nothing but products is written more slowly, and products seldom change.
-- Words of one or two letters are found only where the server has innodb_ft_min_token_size = 1.

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

ALTER TABLE products
  ADD COLUMN search TEXT GENERATED ALWAYS AS (LOWER(CONCAT(name, ' ', description))) STORED,
  ADD COLUMN material VARCHAR(40) GENERATED ALWAYS AS (JSON_UNQUOTE(JSON_EXTRACT(attributes, '$.material'))) VIRTUAL,
  ADD COLUMN size VARCHAR(40) GENERATED ALWAYS AS (JSON_UNQUOTE(JSON_EXTRACT(attributes, '$.size'))) VIRTUAL;
CREATE INDEX products_facets_idx ON products (material, size, status, deleted_at, created_at DESC, id DESC);

-- Common words are words too.
SET SESSION innodb_ft_enable_stopword = OFF;
CREATE FULLTEXT INDEX products_search_idx ON products (search);

-- migrate:down
DROP INDEX products_search_idx ON products;
DROP INDEX products_facets_idx ON products;
ALTER TABLE products DROP COLUMN size, DROP COLUMN material, DROP COLUMN search;
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

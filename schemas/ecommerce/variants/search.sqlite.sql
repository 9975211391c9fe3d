-- The indexes of `indexed`, and an index for what browsing asks of the catalogue's text and facets. On PostgreSQL a
-- stored tsvector, names weighing more than descriptions, and the JSON attributes, each under GIN; on SQLite an
-- FTS5 index kept by triggers, and one over the two facets. Nothing but products is written more slowly, and
-- products seldom change.

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

CREATE VIRTUAL TABLE product_search USING fts5(name, description, content = 'products', content_rowid = 'id');
INSERT INTO product_search (product_search) VALUES ('rebuild');

CREATE TRIGGER products_search_insert AFTER INSERT ON products BEGIN
  INSERT INTO product_search (rowid, name, description) VALUES (NEW.id, NEW.name, NEW.description);
END;
CREATE TRIGGER products_search_update AFTER UPDATE OF id, name, description ON products BEGIN
  INSERT INTO product_search (product_search, rowid, name, description)
  VALUES ('delete', OLD.id, OLD.name, OLD.description);
  INSERT INTO product_search (rowid, name, description) VALUES (NEW.id, NEW.name, NEW.description);
END;
CREATE TRIGGER products_search_delete AFTER DELETE ON products BEGIN
  INSERT INTO product_search (product_search, rowid, name, description)
  VALUES ('delete', OLD.id, OLD.name, OLD.description);
END;

CREATE INDEX products_facets_idx ON products
  (json_extract(attributes, '$.material'), json_extract(attributes, '$.size'), created_at DESC, id DESC)
  WHERE status = 'active' AND deleted_at IS NULL;

-- migrate:down
DROP INDEX products_facets_idx;
DROP TRIGGER products_search_delete;
DROP TRIGGER products_search_update;
DROP TRIGGER products_search_insert;
DROP TABLE product_search;
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

-- What the shop asks of its database, as often as it does: browsing first, then buying, then the office.
-- workloads/README.md describes the headers.
--
-- An order's value is everywhere the same: its items, plus shipping and tax, less the discount. Periods are whole
-- days or months of UTC. Where SQLite has a text of its own it is for date arithmetic, JSON or full text; MySQL's is
-- for full text, and MariaDB's too.

-- name: session_by_token
-- class: simple
-- weight: 30
-- doc: Who is behind a request.
-- param: token_hash = sessions.token_hash
-- param: at = sessions.last_seen_at
SELECT s.id, s.user_id, u.first_name, u.role, u.locale, s.expires_at
FROM sessions s
JOIN users u ON u.id = s.user_id
WHERE s.token_hash = :token_hash AND s.revoked_at IS NULL AND s.expires_at > :at AND u.deleted_at IS NULL;

-- name: user_by_email
-- class: simple
-- weight: 3
-- doc: Login: the account behind an email address.
-- param: email = users.email
SELECT id, password_hash, role, email_verified_at
FROM users
WHERE email = :email AND deleted_at IS NULL;

-- name: addresses_of_user
-- class: simple
-- weight: 3
-- doc: The address book at checkout, the default first.
-- param: user_id = addresses.user_id
SELECT id, recipient, line1, line2, city, region, postal_code, country_code, is_default
FROM addresses
WHERE user_id = :user_id AND deleted_at IS NULL
ORDER BY is_default DESC, id;

-- name: product_page
-- class: simple
-- weight: 25
-- doc: A product by its address, with its brand and what there is to choose from.
-- param: slug = products.slug
SELECT p.id, p.name, p.description, p.attributes, b.name AS brand,
       v.id AS variant_id, v.sku, v.options, v.price, v.currency, v.stock
FROM products p
JOIN brands b ON b.id = p.brand_id
JOIN product_variants v ON v.product_id = p.id AND v.deleted_at IS NULL
WHERE p.slug = :slug AND p.deleted_at IS NULL
ORDER BY v.price, v.id;

-- name: product_rating
-- class: simple
-- weight: 20
-- doc: The stars beside a product's name.
-- param: product_id = reviews.product_id
SELECT p.id,
       (SELECT count(*) FROM reviews r WHERE r.product_id = p.id AND r.status = 'published') AS review_count,
       (SELECT round(sum(r.rating) * 1.0 / count(*), 2)
        FROM reviews r WHERE r.product_id = p.id AND r.status = 'published') AS rating_avg
FROM products p
WHERE p.id = :product_id;

-- name: product_reviews
-- class: simple
-- weight: 10
-- doc: A page of a product's reviews, newest first from a given moment on, and whether each reviewer bought it.
-- param: product_id = reviews.product_id
-- param: before = 0d..90d ago
SELECT r.id, r.rating, r.title, r.body, u.first_name, r.created_at,
       EXISTS (SELECT 1
               FROM orders o
               JOIN order_items i ON i.order_id = o.id
               JOIN product_variants v ON v.id = i.variant_id
               WHERE o.user_id = r.user_id AND v.product_id = r.product_id AND o.status = 'delivered') AS is_verified
FROM (
  SELECT id, product_id, user_id, rating, title, body, created_at
  FROM reviews
  WHERE product_id = :product_id AND status = 'published' AND created_at < :before
  ORDER BY created_at DESC, id DESC
  LIMIT 10
) r
JOIN users u ON u.id = r.user_id
ORDER BY r.created_at DESC, r.id DESC;

-- name: stock_by_sku
-- class: simple
-- weight: 8
-- doc: Price and stock of one variant.
-- param: sku = product_variants.sku
SELECT id, product_id, price, currency, stock, is_active
FROM product_variants
WHERE sku = :sku AND deleted_at IS NULL;

-- name: products_by_attribute
-- class: simple
-- weight: 5
-- doc: Products with two facets, which live in a JSON document, newest first.
-- param: material = one of 'cotton', 'steel', 'oak', 'glass', 'leather'
-- param: size = one of 'S', 'M', 'L', 'XL'
SELECT p.id, p.slug, p.name
FROM products p
WHERE p.attributes @> jsonb_build_object('material', :material::text, 'size', :size::text)
  AND p.status = 'active' AND p.deleted_at IS NULL
ORDER BY p.created_at DESC, p.id DESC
LIMIT 24;
-- engine: sqlite
SELECT p.id, p.slug, p.name
FROM products p
WHERE json_extract(p.attributes, '$.material') = :material AND json_extract(p.attributes, '$.size') = :size
  AND p.status = 'active' AND p.deleted_at IS NULL
ORDER BY p.created_at DESC, p.id DESC
LIMIT 24;

-- name: category_listing
-- class: complex
-- weight: 12
-- doc: Products of a category and all below it, in a price range, cheapest first, with their stars.
-- param: category_id = categories.id
-- param: low = 5..30
-- param: high = 60..300
WITH RECURSIVE subtree (id) AS (
  SELECT c.id FROM categories c WHERE c.id = :category_id
  UNION
  SELECT c.id FROM categories c JOIN subtree s ON c.parent_id = s.id
)
SELECT l.id, l.slug, l.name, l.price_from,
       (SELECT count(*) FROM reviews r WHERE r.product_id = l.id AND r.status = 'published') AS review_count,
       (SELECT round(sum(r.rating) * 1.0 / count(*), 2)
        FROM reviews r WHERE r.product_id = l.id AND r.status = 'published') AS rating_avg
FROM (
  SELECT p.id, p.slug, p.name, min(v.price) AS price_from
  FROM products p
  JOIN product_variants v ON v.product_id = p.id
  WHERE p.id IN (SELECT pc.product_id FROM product_categories pc WHERE pc.category_id IN (SELECT id FROM subtree))
    AND p.status = 'active' AND p.deleted_at IS NULL AND v.is_active AND v.deleted_at IS NULL
  GROUP BY p.id, p.slug, p.name
  HAVING min(v.price) BETWEEN :low AND :high
  ORDER BY price_from, p.id
  LIMIT 24
) l
ORDER BY l.price_from, l.id;

-- name: product_search
-- class: complex
-- weight: 10
-- doc: Full text: whole words in name or description, those in the name first, with price and stars.
-- param: q = word products.name
SELECT l.id, l.slug, l.name,
       (SELECT min(v.price) FROM product_variants v
        WHERE v.product_id = l.id AND v.is_active AND v.deleted_at IS NULL) AS price_from,
       (SELECT count(*) FROM reviews r WHERE r.product_id = l.id AND r.status = 'published') AS review_count,
       (SELECT round(sum(r.rating) * 1.0 / count(*), 2)
        FROM reviews r WHERE r.product_id = l.id AND r.status = 'published') AS rating_avg
FROM (
  SELECT p.id, p.slug, p.name,
         to_tsvector('simple', p.name) @@ plainto_tsquery('simple', :q) AS is_named
  FROM products p
  WHERE to_tsvector('simple', p.name) || to_tsvector('simple', p.description) @@ plainto_tsquery('simple', :q)
    AND p.status = 'active' AND p.deleted_at IS NULL
  ORDER BY is_named DESC, p.id
  LIMIT 20
) l
ORDER BY l.is_named DESC, l.id;
-- engine: sqlite
SELECT l.id, l.slug, l.name,
       (SELECT min(v.price) FROM product_variants v
        WHERE v.product_id = l.id AND v.is_active AND v.deleted_at IS NULL) AS price_from,
       (SELECT count(*) FROM reviews r WHERE r.product_id = l.id AND r.status = 'published') AS review_count,
       (SELECT round(sum(r.rating) * 1.0 / count(*), 2)
        FROM reviews r WHERE r.product_id = l.id AND r.status = 'published') AS rating_avg
FROM (
  SELECT p.id, p.slug, p.name,
         ' ' || replace(replace(p.name, '.', ' '), '-', ' ') || ' ' LIKE '% ' || :q || ' %' AS is_named
  FROM products p
  WHERE ' ' || replace(replace(p.name || ' ' || p.description, '.', ' '), '-', ' ') || ' ' LIKE '% ' || :q || ' %'
    AND p.status = 'active' AND p.deleted_at IS NULL
  ORDER BY is_named DESC, p.id
  LIMIT 20
) l
ORDER BY l.is_named DESC, l.id;

-- engine: mysql
SELECT l.id, l.slug, l.name,
       (SELECT min(v.price) FROM product_variants v
        WHERE v.product_id = l.id AND v.is_active AND v.deleted_at IS NULL) AS price_from,
       (SELECT count(*) FROM reviews r WHERE r.product_id = l.id AND r.status = 'published') AS review_count,
       (SELECT round(sum(r.rating) * 1.0 / count(*), 2)
        FROM reviews r WHERE r.product_id = l.id AND r.status = 'published') AS rating_avg
FROM (
  SELECT p.id, p.slug, p.name,
         concat(' ', replace(replace(lower(p.name), '.', ' '), '-', ' '), ' ') LIKE concat('% ', :q, ' %') AS is_named
  FROM products p
  WHERE concat(' ', replace(replace(lower(concat(p.name, ' ', p.description)), '.', ' '), '-', ' '), ' ')
        LIKE concat('% ', :q, ' %')
    AND p.status = 'active' AND p.deleted_at IS NULL
  ORDER BY is_named DESC, p.id
  LIMIT 20
) l
ORDER BY l.is_named DESC, l.id;

-- name: top_rated_products
-- class: complex
-- weight: 3
-- doc: The best rated products with at least five published reviews.
SELECT p.id, p.slug, p.name, round(sum(r.rating) * 1.0 / count(*), 2) AS rating_avg, count(*) AS review_count
FROM products p
JOIN reviews r ON r.product_id = p.id AND r.status = 'published'
WHERE p.status = 'active' AND p.deleted_at IS NULL
GROUP BY p.id, p.slug, p.name
HAVING count(*) >= 5
ORDER BY rating_avg DESC, review_count DESC, p.id
LIMIT 20;

-- name: also_bought
-- class: complex
-- weight: 5
-- doc: What those who bought this bought with it.
-- param: product_id = product_variants.product_id
SELECT theirs.product_id, count(DISTINCT mine.order_id) AS orders
FROM product_variants this
JOIN order_items mine ON mine.variant_id = this.id
JOIN order_items other ON other.order_id = mine.order_id
JOIN product_variants theirs ON theirs.id = other.variant_id
WHERE this.product_id = :product_id AND theirs.product_id <> :product_id
GROUP BY theirs.product_id
ORDER BY orders DESC, theirs.product_id
LIMIT 10;

-- name: wishlist
-- class: simple
-- weight: 3
-- doc: What a customer wished for lately, with today's price and stars.
-- param: user_id = wishlists.user_id
SELECT l.wishlist, l.added_at, l.id, l.slug, l.name,
       (SELECT min(v.price) FROM product_variants v
        WHERE v.product_id = l.id AND v.is_active AND v.deleted_at IS NULL) AS price_from,
       (SELECT count(*) FROM reviews r WHERE r.product_id = l.id AND r.status = 'published') AS review_count,
       (SELECT round(sum(r.rating) * 1.0 / count(*), 2)
        FROM reviews r WHERE r.product_id = l.id AND r.status = 'published') AS rating_avg
FROM (
  SELECT w.id AS wishlist_id, w.name AS wishlist, i.created_at AS added_at, p.id, p.slug, p.name
  FROM wishlists w
  JOIN wishlist_items i ON i.wishlist_id = w.id
  JOIN products p ON p.id = i.product_id
  WHERE w.user_id = :user_id AND p.deleted_at IS NULL
  ORDER BY i.created_at DESC, w.id, p.id
  LIMIT 24
) l
ORDER BY l.added_at DESC, l.wishlist_id, l.id;

-- name: cart_with_items
-- class: simple
-- weight: 10
-- doc: A customer's open carts, with today's prices.
-- param: user_id = carts.user_id
SELECT c.id AS cart_id, i.id AS item_id, p.slug, p.name, v.sku, i.quantity, v.price, v.currency, v.stock
FROM carts c
JOIN cart_items i ON i.cart_id = c.id
JOIN product_variants v ON v.id = i.variant_id
JOIN products p ON p.id = v.product_id
WHERE c.user_id = :user_id AND c.status = 'active'
ORDER BY c.id, i.id;

-- name: order_history
-- class: simple
-- weight: 6
-- doc: A customer's newest orders and what they came to.
-- param: user_id = orders.user_id
SELECT o.id, o.placed_at, o.status, o.currency,
       round((SELECT coalesce(sum(i.quantity * i.unit_price), 0) FROM order_items i WHERE i.order_id = o.id)
             + o.shipping_amount + o.tax_amount - o.discount_amount, 2) AS grand_total
FROM (
  SELECT id, placed_at, status, currency, shipping_amount, tax_amount, discount_amount
  FROM orders WHERE user_id = :user_id
  ORDER BY placed_at DESC, id DESC LIMIT 20
) o
ORDER BY o.placed_at DESC, o.id DESC;

-- name: order_detail
-- class: simple
-- weight: 5
-- doc: An order, line by line.
-- param: order_id = orders.id
SELECT o.id, o.status, o.currency, o.shipping_amount, o.discount_amount, o.tax_amount, a.recipient, a.city,
       i.id AS item_id, i.product_name, i.sku, i.unit_price, i.quantity
FROM orders o
JOIN addresses a ON a.id = o.shipping_address_id
LEFT JOIN order_items i ON i.order_id = o.id
WHERE o.id = :order_id
ORDER BY i.id;

-- name: order_timeline
-- class: simple
-- weight: 3
-- doc: What became of an order, oldest first.
-- param: order_id = orders.id
SELECT id, from_status, to_status, note, created_at
FROM order_status_history
WHERE order_id = :order_id
ORDER BY created_at, id;

-- name: payments_of_order
-- class: simple
-- weight: 2
-- doc: What was paid for an order, and what was given back.
-- param: order_id = orders.id
SELECT p.id, p.provider, p.status, p.amount, p.currency, p.created_at, r.id AS refund_id, r.amount AS refunded
FROM payments p
LEFT JOIN refunds r ON r.payment_id = p.id
WHERE p.order_id = :order_id
ORDER BY p.id, r.id;

-- name: customer_value
-- class: complex
-- weight: 2
-- doc: What one customer is worth: orders, money, first and last order, by currency.
-- param: user_id = orders.user_id
SELECT t.currency, count(*) AS orders, round(sum(t.total), 2) AS revenue, min(t.placed_at) AS first_order,
       max(t.placed_at) AS last_order
FROM (
  SELECT o.currency, o.placed_at,
         o.shipping_amount + o.tax_amount - o.discount_amount
         + coalesce((SELECT sum(i.quantity * i.unit_price) FROM order_items i WHERE i.order_id = o.id), 0) AS total
  FROM orders o
  WHERE o.user_id = :user_id AND o.status <> 'cancelled'
) t
GROUP BY t.currency
ORDER BY t.currency;

-- name: sales_by_month
-- class: complex
-- weight: 1
-- doc: Orders and revenue by month and currency, cancelled orders left out.
-- param: since = 60d..400d ago
SELECT date_trunc('month', t.placed_at AT TIME ZONE 'UTC')::date AS month, t.currency, count(*) AS orders,
       round(sum(t.total), 2) AS revenue, round(round(sum(t.total), 2) / count(*), 2) AS average
FROM (
  SELECT o.id, o.placed_at, o.currency,
         o.shipping_amount + o.tax_amount - o.discount_amount + coalesce(sum(i.quantity * i.unit_price), 0) AS total
  FROM orders o
  LEFT JOIN order_items i ON i.order_id = o.id
  WHERE o.status <> 'cancelled'
    AND o.placed_at >= date_trunc('month', :since::timestamptz AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'
  GROUP BY o.id, o.placed_at, o.currency, o.shipping_amount, o.tax_amount, o.discount_amount
) t
GROUP BY 1, 2
ORDER BY 1, 2;
-- engine: sqlite
SELECT date(t.placed_at, 'start of month') AS month, t.currency, count(*) AS orders,
       round(sum(t.total), 2) AS revenue, round(round(sum(t.total), 2) / count(*), 2) AS average
FROM (
  SELECT o.id, o.placed_at, o.currency,
         o.shipping_amount + o.tax_amount - o.discount_amount + coalesce(sum(i.quantity * i.unit_price), 0) AS total
  FROM orders o
  LEFT JOIN order_items i ON i.order_id = o.id
  WHERE o.status <> 'cancelled' AND o.placed_at >= date(:since, 'start of month')
  GROUP BY o.id, o.placed_at, o.currency, o.shipping_amount, o.tax_amount, o.discount_amount
) t
GROUP BY 1, 2
ORDER BY 1, 2;

-- name: top_products
-- class: complex
-- weight: 2
-- doc: The bestsellers of a month by revenue, in one currency.
-- param: at = 1d..500d ago
-- param: currency = orders.currency
SELECT v.product_id, p.name, sum(i.quantity) AS units, round(sum(i.quantity * i.unit_price), 2) AS revenue
FROM orders o
JOIN order_items i ON i.order_id = o.id
JOIN product_variants v ON v.id = i.variant_id
JOIN products p ON p.id = v.product_id
WHERE o.placed_at >= date_trunc('month', :at::timestamptz AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'
  AND o.placed_at < (date_trunc('month', :at::timestamptz AT TIME ZONE 'UTC') + interval '1 month') AT TIME ZONE 'UTC'
  AND o.currency = :currency AND o.status <> 'cancelled'
GROUP BY v.product_id, p.name
ORDER BY revenue DESC, v.product_id
LIMIT 20;
-- engine: sqlite
SELECT v.product_id, p.name, sum(i.quantity) AS units, round(sum(i.quantity * i.unit_price), 2) AS revenue
FROM orders o
JOIN order_items i ON i.order_id = o.id
JOIN product_variants v ON v.id = i.variant_id
JOIN products p ON p.id = v.product_id
WHERE o.placed_at >= date(:at, 'start of month') AND o.placed_at < date(:at, 'start of month', '+1 month')
  AND o.currency = :currency AND o.status <> 'cancelled'
GROUP BY v.product_id, p.name
ORDER BY revenue DESC, v.product_id
LIMIT 20;

-- name: orders_dashboard
-- class: complex
-- weight: 2
-- doc: Orders and their value by status and currency over the last days.
-- param: since = 2d..30d ago
SELECT t.status, t.currency, count(*) AS orders, round(sum(t.total), 2) AS value
FROM (
  SELECT o.status, o.currency,
         o.shipping_amount + o.tax_amount - o.discount_amount + coalesce(sum(i.quantity * i.unit_price), 0) AS total
  FROM orders o
  LEFT JOIN order_items i ON i.order_id = o.id
  WHERE o.placed_at >= date_trunc('day', :since::timestamptz AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'
  GROUP BY o.id, o.status, o.currency, o.shipping_amount, o.tax_amount, o.discount_amount
) t
GROUP BY t.status, t.currency
ORDER BY CAST(t.status AS text), t.currency;
-- engine: sqlite
SELECT t.status, t.currency, count(*) AS orders, round(sum(t.total), 2) AS value
FROM (
  SELECT o.status, o.currency,
         o.shipping_amount + o.tax_amount - o.discount_amount + coalesce(sum(i.quantity * i.unit_price), 0) AS total
  FROM orders o
  LEFT JOIN order_items i ON i.order_id = o.id
  WHERE o.placed_at >= date(:since)
  GROUP BY +o.id, o.status, o.currency, o.shipping_amount, o.tax_amount, o.discount_amount
) t
GROUP BY t.status, t.currency
ORDER BY t.status, t.currency;

-- name: low_stock_report
-- class: complex
-- weight: 1
-- doc: Variants whose pieces on hand, by the ledger, are below their reorder level.
SELECT v.id, v.sku, v.reorder_level,
       sum(CASE WHEN m.kind IN ('receipt', 'return') THEN m.quantity ELSE -m.quantity END) AS on_hand
FROM product_variants v
JOIN inventory_movements m ON m.variant_id = v.id
WHERE v.is_active AND v.deleted_at IS NULL
GROUP BY v.id, v.sku, v.reorder_level
HAVING sum(CASE WHEN m.kind IN ('receipt', 'return') THEN m.quantity ELSE -m.quantity END) < v.reorder_level
ORDER BY on_hand, v.id
LIMIT 50;

-- name: abandoned_carts
-- class: complex
-- weight: 1
-- doc: Open carts of known customers nobody has touched for a while, the most valuable first.
-- param: before = 1d..3d ago
-- param: since = 20d..40d ago
SELECT c.id, u.email, c.updated_at, count(*) AS items, round(sum(i.quantity * v.price), 2) AS value
FROM carts c
JOIN users u ON u.id = c.user_id
JOIN cart_items i ON i.cart_id = c.id
JOIN product_variants v ON v.id = i.variant_id
WHERE c.status = 'active' AND c.updated_at >= :since AND c.updated_at < :before AND u.deleted_at IS NULL
GROUP BY c.id, u.email, c.updated_at
ORDER BY value DESC, c.id
LIMIT 50;

-- name: audit_trail
-- class: simple
-- weight: 1
-- doc: Who changed this row, latest first.
-- param: entity_type = audit_log.entity_type
-- param: entity_id = audit_log.entity_id
SELECT id, actor_id, action, changes, created_at
FROM audit_log
WHERE entity_type = :entity_type AND entity_id = :entity_id
ORDER BY created_at DESC, id DESC
LIMIT 20;

-- name: open_session
-- class: simple
-- weight: 3
-- doc: Signing in.
-- param: user_id = users.id
-- param: token_hash = fresh sessions.token_hash
-- param: at = 0d..1d ago
-- param: expires_at = '2026-02-01 00:00:00.000000+00:00'
INSERT INTO sessions (user_id, token_hash, ip_address, created_at, last_seen_at, expires_at)
VALUES (:user_id, :token_hash, '10.0.0.1', :at, :at, :expires_at);

-- name: add_to_cart
-- class: simple
-- weight: 6
-- doc: Puts pieces into a cart, or more of those that are in it.
-- param: cart_id = carts.id
-- param: variant_id = product_variants.id
-- param: quantity = 1..3
-- param: at = 0d..1d ago
INSERT INTO cart_items (cart_id, variant_id, quantity, created_at, updated_at)
VALUES (:cart_id, :variant_id, :quantity, :at, :at)
ON CONFLICT (cart_id, variant_id)
DO UPDATE SET quantity = cart_items.quantity + excluded.quantity, updated_at = excluded.updated_at;
-- engine: sqlite
INSERT INTO cart_items (cart_id, variant_id, quantity, created_at, updated_at)
VALUES (:cart_id, :variant_id, :quantity, :at, :at)
ON CONFLICT (cart_id, variant_id)
DO UPDATE SET quantity = cart_items.quantity + excluded.quantity, updated_at = excluded.updated_at;

-- name: place_order
-- class: simple
-- weight: 2
-- doc: An order's head.
-- param: user_id = orders.user_id
-- param: address_id = orders.shipping_address_id
-- param: currency = one of 'USD', 'USD', 'USD', 'EUR', 'GBP'
-- param: shipping_amount = one of 0, 4.9, 9.9
-- param: tax_amount = 1.0..40.0
-- param: placed_at = 0d..2d ago
INSERT INTO orders (user_id, shipping_address_id, billing_address_id, status, currency, shipping_amount,
                    discount_amount, tax_amount, placed_at, updated_at)
VALUES (:user_id, :address_id, :address_id, 'pending', :currency, :shipping_amount, 0, :tax_amount, :placed_at,
        :placed_at);

-- name: add_order_item
-- class: simple
-- weight: 5
-- doc: An order's line: a snapshot of the variant as it is now.
-- param: order_id = orders.id
-- param: variant_id = order_items.variant_id
-- param: quantity = 1..4
-- param: at = 0d..2d ago
INSERT INTO order_items (order_id, variant_id, product_name, sku, unit_price, quantity, created_at)
SELECT :order_id, v.id, p.name, v.sku, v.price, :quantity, :at
FROM product_variants v
JOIN products p ON p.id = v.product_id
WHERE v.id = :variant_id;

-- name: change_order_status
-- class: simple
-- weight: 3
-- doc: Moves an order on, or cancels it.
-- param: order_id = orders.id
-- param: status = one of 'paid', 'shipped', 'delivered', 'cancelled'
-- param: at = 0d..1d ago
UPDATE orders SET status = :status, updated_at = :at WHERE id = :order_id;

-- name: record_movement
-- class: simple
-- weight: 3
-- doc: An entry in the stock ledger.
-- param: variant_id = inventory_movements.variant_id
-- param: kind = inventory_movements.kind
-- param: quantity = 1..20
-- param: at = 0d..1d ago
INSERT INTO inventory_movements (variant_id, kind, quantity, reference, created_at)
VALUES (:variant_id, :kind, :quantity, 'count', :at);

-- name: write_review
-- class: simple
-- weight: 1
-- doc: A review, or a new version of it.
-- param: variant_id = order_items.variant_id
-- param: user_id = users.id
-- param: rating = 1..5
-- param: at = 0d..1d ago
INSERT INTO reviews (product_id, user_id, rating, title, body, status, created_at, updated_at)
SELECT v.product_id, :user_id, :rating, 'As described', '', 'published', :at, :at
FROM product_variants v
WHERE v.id = :variant_id
ON CONFLICT (user_id, product_id)
DO UPDATE SET rating = excluded.rating, status = excluded.status, updated_at = excluded.updated_at;
-- engine: sqlite
INSERT INTO reviews (product_id, user_id, rating, title, body, status, created_at, updated_at)
SELECT v.product_id, :user_id, :rating, 'As described', '', 'published', :at, :at
FROM product_variants v
WHERE v.id = :variant_id
ON CONFLICT (user_id, product_id)
DO UPDATE SET rating = excluded.rating, status = excluded.status, updated_at = excluded.updated_at;

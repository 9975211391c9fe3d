-- The queries that read what the variant keeps: `products.rating_avg`, `products.review_count`, `orders.grand_total`.

-- name: product_rating
SELECT id, review_count, rating_avg
FROM products
WHERE id = :product_id;

-- name: category_listing
WITH RECURSIVE subtree (id) AS (
  SELECT c.id FROM categories c WHERE c.id = :category_id
  UNION
  SELECT c.id FROM categories c JOIN subtree s ON c.parent_id = s.id
)
SELECT p.id, p.slug, p.name, min(v.price) AS price_from, p.review_count, p.rating_avg
FROM products p
JOIN product_variants v ON v.product_id = p.id
WHERE p.id IN (SELECT pc.product_id FROM product_categories pc WHERE pc.category_id IN (SELECT id FROM subtree))
  AND p.status = 'active' AND p.deleted_at IS NULL AND v.is_active AND v.deleted_at IS NULL
GROUP BY p.id, p.slug, p.name, p.review_count, p.rating_avg
HAVING min(v.price) BETWEEN :low AND :high
ORDER BY price_from, p.id
LIMIT 24;

-- name: product_search
SELECT l.id, l.slug, l.name,
       (SELECT min(v.price) FROM product_variants v
        WHERE v.product_id = l.id AND v.is_active AND v.deleted_at IS NULL) AS price_from,
       l.review_count, l.rating_avg
FROM (
  SELECT p.id, p.slug, p.name, p.review_count, p.rating_avg,
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
       l.review_count, l.rating_avg
FROM (
  SELECT p.id, p.slug, p.name, p.review_count, p.rating_avg,
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
       l.review_count, l.rating_avg
FROM (
  SELECT p.id, p.slug, p.name, p.review_count, p.rating_avg,
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
SELECT id, slug, name, rating_avg, review_count
FROM products
WHERE status = 'active' AND deleted_at IS NULL AND review_count >= 5
ORDER BY rating_avg DESC, review_count DESC, id
LIMIT 20;

-- name: wishlist
SELECT l.wishlist, l.added_at, l.id, l.slug, l.name,
       (SELECT min(v.price) FROM product_variants v
        WHERE v.product_id = l.id AND v.is_active AND v.deleted_at IS NULL) AS price_from,
       l.review_count, l.rating_avg
FROM (
  SELECT w.id AS wishlist_id, w.name AS wishlist, i.created_at AS added_at, p.id, p.slug, p.name, p.review_count,
         p.rating_avg
  FROM wishlists w
  JOIN wishlist_items i ON i.wishlist_id = w.id
  JOIN products p ON p.id = i.product_id
  WHERE w.user_id = :user_id AND p.deleted_at IS NULL
  ORDER BY i.created_at DESC, w.id, p.id
  LIMIT 24
) l
ORDER BY l.added_at DESC, l.wishlist_id, l.id;

-- name: order_history
SELECT id, placed_at, status, currency, round(grand_total, 2) AS grand_total
FROM orders
WHERE user_id = :user_id
ORDER BY placed_at DESC, id DESC
LIMIT 20;

-- name: customer_value
SELECT currency, count(*) AS orders, round(sum(grand_total), 2) AS revenue, min(placed_at) AS first_order,
       max(placed_at) AS last_order
FROM orders
WHERE user_id = :user_id AND status <> 'cancelled'
GROUP BY currency
ORDER BY currency;

-- name: sales_by_month
SELECT date_trunc('month', placed_at AT TIME ZONE 'UTC')::date AS month, currency, count(*) AS orders,
       round(sum(grand_total), 2) AS revenue, round(round(sum(grand_total), 2) / count(*), 2) AS average
FROM orders
WHERE status <> 'cancelled'
  AND placed_at >= date_trunc('month', :since::timestamptz AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'
GROUP BY 1, 2
ORDER BY 1, 2;
-- engine: sqlite
SELECT date(placed_at, 'start of month') AS month, currency, count(*) AS orders,
       round(sum(grand_total), 2) AS revenue, round(round(sum(grand_total), 2) / count(*), 2) AS average
FROM orders
WHERE status <> 'cancelled'
  AND placed_at >= date(:since, 'start of month')
GROUP BY 1, 2
ORDER BY 1, 2;

-- name: orders_dashboard
SELECT status, currency, count(*) AS orders, round(sum(grand_total), 2) AS value
FROM orders
WHERE placed_at >= date_trunc('day', :since::timestamptz AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'
GROUP BY status, currency
ORDER BY CAST(status AS text), currency;
-- engine: sqlite
SELECT status, currency, count(*) AS orders, round(sum(grand_total), 2) AS value
FROM orders
WHERE placed_at >= date(:since)
GROUP BY status, currency
ORDER BY status, currency;

-- The query that asks the full-text index; on MySQL also the one whose facets are columns there.

-- name: product_search
SELECT l.id, l.slug, l.name,
       (SELECT min(v.price) FROM product_variants v
        WHERE v.product_id = l.id AND v.is_active AND v.deleted_at IS NULL) AS price_from,
       (SELECT count(*) FROM reviews r WHERE r.product_id = l.id AND r.status = 'published') AS review_count,
       (SELECT round(sum(r.rating) * 1.0 / count(*), 2)
        FROM reviews r WHERE r.product_id = l.id AND r.status = 'published') AS rating_avg
FROM (
  SELECT p.id, p.slug, p.name, p.search @@ to_tsquery('simple', :q || ':A') AS is_named
  FROM products p
  WHERE p.search @@ plainto_tsquery('simple', :q) AND p.status = 'active' AND p.deleted_at IS NULL
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
         p.id IN (SELECT rowid FROM product_search WHERE product_search MATCH 'name : "' || :q || '"') AS is_named
  FROM products p
  WHERE p.id IN (SELECT rowid FROM product_search WHERE product_search MATCH '"' || :q || '"')
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
  WHERE MATCH (p.search) AGAINST (:q IN BOOLEAN MODE) AND p.status = 'active' AND p.deleted_at IS NULL
  ORDER BY is_named DESC, p.id
  LIMIT 20
) l
ORDER BY l.is_named DESC, l.id;

-- name: products_by_attribute
-- engine: mysql
SELECT p.id, p.slug, p.name
FROM products p
WHERE p.material = :material AND p.size = :size AND p.status = 'active' AND p.deleted_at IS NULL
ORDER BY p.created_at DESC, p.id DESC
LIMIT 24;

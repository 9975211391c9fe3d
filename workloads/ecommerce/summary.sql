-- The reports that read the summary tables. A day or month whose last order was moved away keeps a row of zeros.

-- name: sales_by_month
SELECT date_trunc('month', day::timestamp)::date AS month, currency, sum(orders) AS orders,
       round(sum(revenue), 2) AS revenue, round(round(sum(revenue), 2) / sum(orders), 2) AS average
FROM daily_sales
WHERE status <> 'cancelled' AND day >= date_trunc('month', :since::timestamptz AT TIME ZONE 'UTC')::date
GROUP BY 1, 2
HAVING sum(orders) > 0
ORDER BY 1, 2;
-- engine: sqlite
SELECT date(day, 'start of month') AS month, currency, sum(orders) AS orders,
       round(sum(revenue), 2) AS revenue, round(round(sum(revenue), 2) / sum(orders), 2) AS average
FROM daily_sales
WHERE status <> 'cancelled' AND day >= date(:since, 'start of month')
GROUP BY 1, 2
HAVING sum(orders) > 0
ORDER BY 1, 2;

-- name: top_products
SELECT s.product_id, p.name, s.units, round(s.revenue, 2) AS revenue
FROM monthly_product_sales s
JOIN products p ON p.id = s.product_id
WHERE s.month = date_trunc('month', :at::timestamptz AT TIME ZONE 'UTC')::date
  AND s.currency = :currency AND s.units > 0
ORDER BY round(s.revenue, 2) DESC, s.product_id
LIMIT 20;
-- engine: sqlite
SELECT s.product_id, p.name, s.units, round(s.revenue, 2) AS revenue
FROM monthly_product_sales s
JOIN products p ON p.id = s.product_id
WHERE s.month = date(:at, 'start of month')
  AND s.currency = :currency AND s.units > 0
ORDER BY round(s.revenue, 2) DESC, s.product_id
LIMIT 20;

-- name: orders_dashboard
SELECT status, currency, sum(orders) AS orders, round(sum(revenue), 2) AS value
FROM daily_sales
WHERE day >= (:since::timestamptz AT TIME ZONE 'UTC')::date
GROUP BY status, currency
HAVING sum(orders) > 0
ORDER BY CAST(status AS text), currency;
-- engine: sqlite
SELECT status, currency, sum(orders) AS orders, round(sum(revenue), 2) AS value
FROM daily_sales
WHERE day >= date(:since)
GROUP BY status, currency
HAVING sum(orders) > 0
ORDER BY status, currency;

-- name: low_stock_report
SELECT v.id, v.sku, v.reorder_level, b.on_hand
FROM stock_balances b
JOIN product_variants v ON v.id = b.variant_id
WHERE v.is_active AND v.deleted_at IS NULL AND b.movements > 0 AND b.on_hand < v.reorder_level
ORDER BY b.on_hand, v.id
LIMIT 50;

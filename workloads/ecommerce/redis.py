"""What a store of keys can honestly serve of the shop: what is found by a key, or by a list kept for it.

LAYOUT says how rows are kept; the first command of each table makes the row's own key, the others make the lists and
references that stand for indexes. A dependent read is a script, so that it costs one round trip.
"""

LAYOUT = {
    "users": [
        ["HSET", "user:{id}", "{*}"],
        ["SET", "user:email:{email}", "{id}"],
    ],
    "sessions": [
        ["HSET", "session:{token_hash}", "{*}"],
    ],
    "addresses": [
        ["HSET", "address:{id}", "{*}"],
        ["ZADD", "user:{user_id}:addresses", "{id}", "{id}"],
    ],
    "brands": [
        ["HSET", "brand:{id}", "{*}"],
    ],
    "products": [
        ["HSET", "product:{id}", "{*}"],
        ["SET", "product:slug:{slug}", "{id}"],
    ],
    "product_variants": [
        ["HSET", "variant:{id}", "{*}"],
        ["SET", "variant:sku:{sku}", "{id}"],
        ["ZADD", "product:{product_id}:variants", "{price}", "{id}"],
    ],
    "carts": [
        ["HSET", "cart:{id}", "{*}"],
        ["ZADD", "user:{user_id}:carts", "{id}", "{id}"],
    ],
    "cart_items": [
        ["HSET", "cart_item:{cart_id}:{variant_id}", "{*}"],
        ["ZADD", "cart:{cart_id}:items", "{id}", "{variant_id}"],
    ],
    "wishlists": [
        ["HSET", "wishlist:{id}", "{*}"],
        ["ZADD", "user:{user_id}:wishlists", "{id}", "{id}"],
    ],
    "wishlist_items": [
        ["HSET", "wishlist_item:{wishlist_id}:{product_id}", "{*}"],
        ["ZADD", "wishlist:{wishlist_id}:items", "{created_at.epoch}", "{product_id}"],
    ],
    "orders": [
        ["HSET", "order:{id}", "{*}"],
        ["ZADD", "user:{user_id}:orders", "{placed_at.epoch}", "{id}"],
    ],
    "order_items": [
        ["HSET", "order_item:{id}", "{*}"],
        ["ZADD", "order:{order_id}:items", "{id}", "{id}"],
    ],
    "order_status_history": [
        ["HSET", "status_change:{id}", "{*}"],
        ["ZADD", "order:{order_id}:history", "{created_at.epoch}", "{id}"],
    ],
    "payments": [
        ["HSET", "payment:{id}", "{*}"],
        ["ZADD", "order:{order_id}:payments", "{id}", "{id}"],
    ],
    "refunds": [
        ["HSET", "refund:{id}", "{*}"],
        ["ZADD", "payment:{payment_id}:refunds", "{id}", "{id}"],
    ],
    "reviews": [
        ["HSET", "review:{id}", "{*}"],
        ["SET", "review:of:{user_id}:{product_id}", "{id}"],
        ["HINCRBY", "product:{product_id}:stars", "{status}:count", "1"],
        ["HINCRBY", "product:{product_id}:stars", "{status}:sum", "{rating}"],
    ],
}

_SCAN = "would read every {}: Redis finds by keys, and no list is kept that answers it"

GAPS = {
    "product_reviews": "asks whether each reviewer bought the product: a join of orders, items and variants",
    "products_by_attribute": _SCAN.format("product"),
    "category_listing": "walks a tree, filters by price and sorts: a query, not a look-up",
    "product_search": "is full text, which takes a search engine",
    "top_rated_products": _SCAN.format("product's stars"),
    "also_bought": _SCAN.format("order with the product"),
    "customer_value": "is a report over orders of any age, of which a cache holds the latest",
    "sales_by_month": _SCAN.format("order"),
    "top_products": _SCAN.format("order of a month"),
    "orders_dashboard": _SCAN.format("order of the last days"),
    "low_stock_report": _SCAN.format("movement of stock"),
    "abandoned_carts": _SCAN.format("cart"),
    "audit_trail": "is a record to be kept, not to be served fast",
    "record_movement": "is an entry in a ledger, which is not kept here",
}


def _script(lua, keys, *arguments):
    return ["EVAL", lua, len(keys), *keys, *arguments]


_STARS = """
local function stars(product)
  local s = redis.call('HMGET', 'product:' .. product .. ':stars', 'published:count', 'published:sum')
  local count = tonumber(s[1] or 0)
  if count == 0 then return 0, false end
  return count, string.format('%.2f', math.floor(tonumber(s[2]) * 100 / count + 0.5) / 100)
end
"""

_PRICE_FROM = """
local function price_from(product)
  for _, id in ipairs(redis.call('ZRANGE', 'product:' .. product .. ':variants', 0, -1)) do
    local v = redis.call('HMGET', 'variant:' .. id, 'price', 'is_active', 'deleted_at')
    if v[2] == '1' and not v[3] then return v[1] end
  end
  return false
end
"""


# Who


def session_by_token(token_hash, at):
    lua = """
local s = redis.call('HMGET', KEYS[1], 'id', 'user_id', 'expires_at', 'revoked_at')
if not s[1] or s[4] or s[3] <= ARGV[1] then return {} end
local u = redis.call('HMGET', 'user:' .. s[2], 'first_name', 'role', 'locale', 'deleted_at')
if u[4] then return {} end
return {{s[1], s[2], u[1], u[2], u[3], s[3]}}
"""
    return _script(lua, [f"session:{token_hash}"], at)


def user_by_email(email):
    lua = """
local id = redis.call('GET', KEYS[1])
if not id then return {} end
local u = redis.call('HMGET', 'user:' .. id, 'password_hash', 'role', 'email_verified_at', 'deleted_at')
if u[4] then return {} end
return {{id, u[1], u[2], u[3]}}
"""
    return _script(lua, [f"user:email:{email}"])


def addresses_of_user(user_id):
    lua = """
local defaults, others = {}, {}
for _, id in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  local a = redis.call('HMGET', 'address:' .. id, 'id', 'recipient', 'line1', 'line2', 'city', 'region', 'postal_code',
    'country_code', 'is_default', 'deleted_at')
  if not table.remove(a) then table.insert(a[9] == '1' and defaults or others, a) end
end
for _, a in ipairs(others) do table.insert(defaults, a) end
return defaults
"""
    return _script(lua, [f"user:{user_id}:addresses"])


# The catalogue


def product_page(slug):
    lua = """
local id = redis.call('GET', KEYS[1])
if not id then return {} end
local p = redis.call('HMGET', 'product:' .. id, 'name', 'description', 'attributes', 'brand_id', 'deleted_at')
if p[5] then return {} end
local brand = redis.call('HGET', 'brand:' .. p[4], 'name')
local rows = {}
for _, variant in ipairs(redis.call('ZRANGE', 'product:' .. id .. ':variants', 0, -1)) do
  local v = redis.call('HMGET', 'variant:' .. variant, 'sku', 'options', 'price', 'currency', 'stock', 'deleted_at')
  if not v[6] then
    table.insert(rows, {id, p[1], p[2], p[3], brand, variant, v[1], v[2], v[3], v[4], v[5]})
  end
end
table.sort(rows, function(a, b)
  local x, y = tonumber(a[9]), tonumber(b[9])
  if x == y then return tonumber(a[6]) < tonumber(b[6]) end
  return x < y
end)
return rows
"""
    return _script(lua, [f"product:slug:{slug}"])


def product_rating(product_id):
    lua = f"{_STARS}\nlocal count, average = stars(ARGV[1])\nreturn {{{{ARGV[1], count, average}}}}"
    return _script(lua, [f"product:{product_id}:stars"], product_id)


def stock_by_sku(sku):
    lua = """
local id = redis.call('GET', KEYS[1])
if not id then return {} end
local v = redis.call('HMGET', 'variant:' .. id, 'id', 'product_id', 'price', 'currency', 'stock', 'is_active',
  'deleted_at')
if table.remove(v) then return {} end
return {v}
"""
    return _script(lua, [f"variant:sku:{sku}"])


# Before the order


def wishlist(user_id):
    lua = f"""{_STARS}{_PRICE_FROM}
local found = {{}}
for _, list in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  local name = redis.call('HGET', 'wishlist:' .. list, 'name')
  for _, product in ipairs(redis.call('ZRANGE', 'wishlist:' .. list .. ':items', 0, -1)) do
    local added = redis.call('HGET', 'wishlist_item:' .. list .. ':' .. product, 'created_at')
    local p = redis.call('HMGET', 'product:' .. product, 'slug', 'name', 'deleted_at')
    if not p[3] then table.insert(found, {{name, added, product, p[1], p[2], list}}) end
  end
end
table.sort(found, function(a, b)
  if a[2] ~= b[2] then return a[2] > b[2] end
  if a[6] ~= b[6] then return tonumber(a[6]) < tonumber(b[6]) end
  return tonumber(a[3]) < tonumber(b[3])
end)
local rows = {{}}
for n = 1, math.min(24, #found) do
  local f = found[n]
  local count, average = stars(f[3])
  rows[n] = {{f[1], f[2], f[3], f[4], f[5], price_from(f[3]), count, average}}
end
return rows
"""
    return _script(lua, [f"user:{user_id}:wishlists"])


def cart_with_items(user_id):
    lua = """
local rows = {}
for _, cart in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  if redis.call('HGET', 'cart:' .. cart, 'status') == 'active' then
    for _, variant in ipairs(redis.call('ZRANGE', 'cart:' .. cart .. ':items', 0, -1)) do
      local i = redis.call('HMGET', 'cart_item:' .. cart .. ':' .. variant, 'id', 'quantity')
      local v = redis.call('HMGET', 'variant:' .. variant, 'sku', 'price', 'currency', 'stock', 'product_id')
      local p = redis.call('HMGET', 'product:' .. v[5], 'slug', 'name')
      table.insert(rows, {cart, i[1], p[1], p[2], v[1], i[2], v[2], v[3], v[4]})
    end
  end
end
return rows
"""
    return _script(lua, [f"user:{user_id}:carts"])


# Orders


def order_history(user_id):
    """Money in cents, so that it adds up."""
    lua = """
local function cents(text) return math.floor(tonumber(text) * 100 + 0.5) end
local rows = {}
for n, id in ipairs(redis.call('ZREVRANGE', KEYS[1], 0, 19)) do
  local o = redis.call('HMGET', 'order:' .. id, 'placed_at', 'status', 'currency', 'shipping_amount', 'tax_amount',
    'discount_amount')
  local total = cents(o[4]) + cents(o[5]) - cents(o[6])
  for _, item in ipairs(redis.call('ZRANGE', 'order:' .. id .. ':items', 0, -1)) do
    local i = redis.call('HMGET', 'order_item:' .. item, 'quantity', 'unit_price')
    total = total + tonumber(i[1]) * cents(i[2])
  end
  rows[n] = {id, o[1], o[2], o[3], string.format('%.2f', total / 100)}
end
return rows
"""
    return _script(lua, [f"user:{user_id}:orders"])


def order_detail(order_id):
    lua = """
local o = redis.call('HMGET', KEYS[1], 'id', 'status', 'currency', 'shipping_amount', 'discount_amount', 'tax_amount',
  'shipping_address_id')
if not o[1] then return {} end
local a = redis.call('HMGET', 'address:' .. o[7], 'recipient', 'city')
local rows = {}
for n, item in ipairs(redis.call('ZRANGE', KEYS[2], 0, -1)) do
  local i = redis.call('HMGET', 'order_item:' .. item, 'product_name', 'sku', 'unit_price', 'quantity')
  rows[n] = {o[1], o[2], o[3], o[4], o[5], o[6], a[1], a[2], item, i[1], i[2], i[3], i[4]}
end
if #rows == 0 then rows[1] = {o[1], o[2], o[3], o[4], o[5], o[6], a[1], a[2], false, false, false, false, false} end
return rows
"""
    return _script(lua, [f"order:{order_id}", f"order:{order_id}:items"])


def order_timeline(order_id):
    lua = """
local rows = {}
for n, id in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  rows[n] = redis.call('HMGET', 'status_change:' .. id, 'id', 'from_status', 'to_status', 'note', 'created_at')
end
return rows
"""
    return _script(lua, [f"order:{order_id}:history"])


def payments_of_order(order_id):
    lua = """
local rows = {}
for _, id in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  local p = redis.call('HMGET', 'payment:' .. id, 'id', 'provider', 'status', 'amount', 'currency', 'created_at')
  local refunds = redis.call('ZRANGE', 'payment:' .. id .. ':refunds', 0, -1)
  for _, refund in ipairs(refunds) do
    local amount = redis.call('HGET', 'refund:' .. refund, 'amount')
    table.insert(rows, {p[1], p[2], p[3], p[4], p[5], p[6], refund, amount})
  end
  if #refunds == 0 then table.insert(rows, {p[1], p[2], p[3], p[4], p[5], p[6], false, false}) end
end
return rows
"""
    return _script(lua, [f"order:{order_id}:payments"])


# Writes. Redis counts no rows: an `id` is given by whoever writes, and drawn for these alone.


def open_session(user_id, token_hash, at, expires_at, id="fresh sessions.id"):
    key = f"session:{token_hash}"
    fields = {
        "id": id,
        "user_id": user_id,
        "token_hash": token_hash,
        "ip_address": "10.0.0.1",
        "created_at": at,
        "last_seen_at": at,
        "expires_at": expires_at,
    }
    return [
        ["HSET", key, *(part for field in fields.items() for part in field)],
        ["EXPIREAT", key, 4102444800],  # the clock of the data is not the server's: 2100 stands for its expiry
    ]


def add_to_cart(cart_id, variant_id, quantity, at, id="fresh cart_items.id"):
    line = f"cart_item:{cart_id}:{variant_id}"
    lua = """
if redis.call('HINCRBY', KEYS[1], 'quantity', ARGV[1]) == tonumber(ARGV[1]) then
  redis.call('HSET', KEYS[1], 'id', ARGV[3], 'cart_id', ARGV[4], 'variant_id', ARGV[5], 'created_at', ARGV[2])
  redis.call('ZADD', KEYS[2], ARGV[3], ARGV[5])
end
redis.call('HSET', KEYS[1], 'updated_at', ARGV[2])
return 1
"""
    return _script(lua, [line, f"cart:{cart_id}:items"], quantity, at, id, cart_id, variant_id)


def place_order(user_id, address_id, currency, shipping_amount, tax_amount, placed_at, id="fresh orders.id"):
    fields = {
        "id": id,
        "user_id": user_id,
        "shipping_address_id": address_id,
        "billing_address_id": address_id,
        "status": "pending",
        "currency": currency,
        "shipping_amount": shipping_amount,
        "discount_amount": 0,
        "tax_amount": tax_amount,
        "placed_at": placed_at,
        "updated_at": placed_at,
    }
    return [
        ["HSET", f"order:{id}", *(part for field in fields.items() for part in field)],
        ["ZADD", f"user:{user_id}:orders", placed_at.epoch, id],
    ]


def add_order_item(order_id, variant_id, quantity, at, id="fresh order_items.id"):
    lua = """
local v = redis.call('HMGET', KEYS[1], 'sku', 'price', 'product_id')
local name = redis.call('HGET', 'product:' .. v[3], 'name')
redis.call('HSET', KEYS[2], 'id', ARGV[1], 'order_id', ARGV[2], 'variant_id', ARGV[3], 'product_name', name,
  'sku', v[1], 'unit_price', v[2], 'quantity', ARGV[4], 'created_at', ARGV[5])
redis.call('ZADD', KEYS[3], ARGV[1], ARGV[1])
return 1
"""
    keys = [f"variant:{variant_id}", f"order_item:{id}", f"order:{order_id}:items"]
    return _script(lua, keys, id, order_id, variant_id, quantity, at)


def change_order_status(order_id, status, at):
    return ["HSET", f"order:{order_id}", "status", status, "updated_at", at]


def write_review(variant_id, user_id, rating, at, id="fresh reviews.id"):
    lua = """
local product = redis.call('HGET', KEYS[1], 'product_id')
local of = 'review:of:' .. ARGV[1] .. ':' .. product
local stars = 'product:' .. product .. ':stars'
local id = redis.call('GET', of)
if id then
  local r = redis.call('HMGET', 'review:' .. id, 'rating', 'status')
  redis.call('HINCRBY', stars, r[2] .. ':count', -1)
  redis.call('HINCRBY', stars, r[2] .. ':sum', -r[1])
else
  id = ARGV[4]
  redis.call('SET', of, id)
  redis.call('HSET', 'review:' .. id, 'id', id, 'product_id', product, 'user_id', ARGV[1], 'title', 'As described',
    'body', '', 'created_at', ARGV[3])
end
redis.call('HSET', 'review:' .. id, 'rating', ARGV[2], 'status', 'published', 'updated_at', ARGV[3])
redis.call('HINCRBY', stars, 'published:count', 1)
redis.call('HINCRBY', stars, 'published:sum', ARGV[2])
return 1
"""
    return _script(lua, [f"variant:{variant_id}"], user_id, rating, at, id)

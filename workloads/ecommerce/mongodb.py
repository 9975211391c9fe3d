"""The shop's operations as MongoDB commands, on one collection for each table (`_id` is the primary key).

Each gives the rows of its namesake in queries.sql, so money is rounded half up, as SQL rounds, and not half to even.
Where a report reads most orders, items are joined by $unionWith and $group, in one pass; elsewhere by $lookup, which an
index on the reference serves.
"""

from decimal import Decimal

_ACTIVE = {"status": "active", "deleted_at": None}
_ORDER_FEES = {"$subtract": [{"$add": ["$shipping_amount", "$tax_amount"]}, "$discount_amount"]}


def _aggregate(collection, *stages):
    return {"aggregate": collection, "pipeline": list(stages), "cursor": {}}


def _join(collection, local, foreign, name, *stages):
    """$lookup: the documents of a collection that refer to this one, or are referred to, as an array."""
    lookup = {"from": collection, "localField": local, "foreignField": foreign, "as": name}
    return {"$lookup": {**lookup, "pipeline": list(stages)} if stages else lookup}


def _join_one(collection, local, foreign, name, *stages):
    """The one document referred to; without it the document is left out, as by JOIN."""
    return [_join(collection, local, foreign, name, *stages), {"$unwind": f"${name}"}]


def _each(name):
    """A document for each of an array, and one with none where it is empty, as by LEFT JOIN."""
    return {"$unwind": {"path": f"${name}", "preserveNullAndEmptyArrays": True}}


def _rounded(amount):
    """To cents, half away from zero."""
    half = {"$multiply": [Decimal("0.005"), {"$cmp": [amount, 0]}]}
    return {"$trunc": [{"$add": [amount, half]}, 2]}


def _start(unit, moment):
    return {"$dateTrunc": {"date": moment, "unit": unit}}


def _stars(local="_id"):
    """Adds the number of published reviews of a product, and the sum of their stars."""
    summed = {"$group": {"_id": None, "count": {"$sum": 1}, "stars": {"$sum": "$rating"}}}
    joined = _join("reviews", local, "product_id", "reviews", {"$match": {"status": "published"}}, summed)
    return [joined, _each("reviews")]


_REVIEW_COUNT = {"$ifNull": ["$reviews.count", 0]}
_RATING = {
    "$cond": [
        {"$gt": ["$reviews.count", 0]},
        _rounded({"$divide": [{"$toDecimal": "$reviews.stars"}, "$reviews.count"]}),
        None,
    ]
}


def _price_from(local="_id"):
    """Adds the lowest price of a product's active variants."""
    active = {"$match": {"is_active": True, "deleted_at": None}}
    lowest = {"$group": {"_id": None, "price": {"$min": "$price"}}}
    return [_join("product_variants", local, "product_id", "lowest", active, lowest), _each("lowest")]


_PRICE_FROM = {"$ifNull": ["$lowest.price", None]}


def _items_sum():
    """Adds what an order's items come to."""
    amount = {"$multiply": ["$quantity", "$unit_price"]}
    summed = {"$group": {"_id": None, "amount": {"$sum": amount}}}
    return [_join("order_items", "_id", "order_id", "items", summed), _each("items")]


_ORDER_TOTAL = {"$add": [_ORDER_FEES, {"$ifNull": ["$items.amount", 0]}]}


# Who


def session_by_token(token_hash, at):
    return _aggregate(
        "sessions",
        {"$match": {"token_hash": token_hash, "revoked_at": None, "expires_at": {"$gt": at.date}}},
        *_join_one("users", "user_id", "_id", "user", {"$match": {"deleted_at": None}}),
        {
            "$project": {
                "_id": 0,
                "id": "$_id",
                "user_id": 1,
                "first_name": "$user.first_name",
                "role": "$user.role",
                "locale": "$user.locale",
                "expires_at": 1,
            }
        },
    )


def user_by_email(email):
    return {
        "find": "users",
        "filter": {"email": email, "deleted_at": None},
        "projection": {"_id": 1, "password_hash": 1, "role": 1, "email_verified_at": 1},
    }


def addresses_of_user(user_id):
    columns = ("recipient", "line1", "line2", "city", "region", "postal_code", "country_code", "is_default")
    return {
        "find": "addresses",
        "filter": {"user_id": user_id, "deleted_at": None},
        "sort": {"is_default": -1, "_id": 1},
        "projection": {"_id": 1, **dict.fromkeys(columns, 1)},
    }


# The catalogue


def product_page(slug):
    return _aggregate(
        "products",
        {"$match": {"slug": slug, "deleted_at": None}},
        *_join_one("brands", "brand_id", "_id", "brand"),
        *_join_one("product_variants", "_id", "product_id", "variant", {"$match": {"deleted_at": None}}),
        {"$sort": {"variant.price": 1, "variant._id": 1}},
        {
            "$project": {
                "_id": 0,
                "id": "$_id",
                "name": 1,
                "description": 1,
                "attributes": 1,
                "brand_name": "$brand.name",
                "variant_id": "$variant._id",
                "sku": "$variant.sku",
                "options": "$variant.options",
                "price": "$variant.price",
                "currency": "$variant.currency",
                "stock": "$variant.stock",
            }
        },
    )


def product_rating(product_id):
    return _aggregate(
        "products",
        {"$match": {"_id": product_id}},
        *_stars(),
        {"$project": {"_id": 1, "review_count": _REVIEW_COUNT, "rating_avg": _RATING}},
    )


def product_reviews(product_id, before):
    bought = [
        {"$match": {"status": "delivered"}},
        _join("order_items", "_id", "order_id", "item"),
        {"$unwind": "$item"},
        _join("product_variants", "item.variant_id", "_id", "variant"),
        {"$match": {"variant.product_id": product_id}},
        {"$limit": 1},
    ]
    return _aggregate(
        "reviews",
        {"$match": {"product_id": product_id, "status": "published", "created_at": {"$lt": before.date}}},
        {"$sort": {"created_at": -1, "_id": -1}},
        {"$limit": 10},
        *_join_one("users", "user_id", "_id", "user"),
        _join("orders", "user_id", "user_id", "bought", *bought),
        {
            "$project": {
                "_id": 1,
                "rating": 1,
                "title": 1,
                "body": 1,
                "first_name": "$user.first_name",
                "created_at": 1,
                "is_verified": {"$ne": ["$bought", []]},
            }
        },
    )


def stock_by_sku(sku):
    return {
        "find": "product_variants",
        "filter": {"sku": sku, "deleted_at": None},
        "projection": {"_id": 1, "product_id": 1, "price": 1, "currency": 1, "stock": 1, "is_active": 1},
    }


def products_by_attribute(material, size):
    return {
        "find": "products",
        "filter": {"attributes.material": material, "attributes.size": size, **_ACTIVE},
        "sort": {"created_at": -1, "_id": -1},
        "limit": 24,
        "projection": {"_id": 1, "slug": 1, "name": 1},
    }


def category_listing(category_id, low, high):
    cheapest = {"$group": {"_id": None, "price": {"$min": "$price"}}}
    return _aggregate(
        "categories",
        {"$match": {"_id": category_id}},
        {
            "$graphLookup": {
                "from": "categories",
                "startWith": "$_id",
                "connectFromField": "_id",
                "connectToField": "parent_id",
                "as": "below",
            }
        },
        {"$project": {"category": {"$concatArrays": [["$_id"], "$below._id"]}}},
        {"$unwind": "$category"},
        _join("product_categories", "category", "_id.category_id", "listed"),
        {"$unwind": "$listed"},
        {"$group": {"_id": "$listed._id.product_id"}},
        *_join_one("products", "_id", "_id", "product", {"$match": _ACTIVE}),
        *_join_one(
            "product_variants",
            "_id",
            "product_id",
            "lowest",
            {"$match": {"is_active": True, "deleted_at": None}},
            cheapest,
        ),
        {"$match": {"lowest.price": {"$gte": low, "$lte": high}}},
        {"$sort": {"lowest.price": 1, "_id": 1}},
        {"$limit": 24},
        *_stars(),
        {
            "$project": {
                "_id": 1,
                "slug": "$product.slug",
                "name": "$product.name",
                "price_from": "$lowest.price",
                "review_count": _REVIEW_COUNT,
                "rating_avg": _RATING,
            }
        },
    )


def product_search(q):
    """Whole words, by a regular expression: the base has no text index."""
    word = f"(^|[ .-]){q}([ .-]|$)"
    return _aggregate(
        "products",
        {
            "$match": {
                "$or": [{field: {"$regex": word, "$options": "i"}} for field in ("name", "description")],
                **_ACTIVE,
            }
        },
        {"$set": {"status": {"$cond": [{"$regexMatch": {"input": "$name", "regex": word, "options": "i"}}, 1, 0]}}},
        {"$sort": {"status": -1, "_id": 1}},
        {"$limit": 20},
        *_price_from(),
        *_stars(),
        {
            "$project": {
                "_id": 1,
                "slug": 1,
                "name": 1,
                "price_from": _PRICE_FROM,
                "review_count": _REVIEW_COUNT,
                "rating_avg": _RATING,
            }
        },
    )


def top_rated_products():
    """Products are fetched from the top of the list on, and no more than it takes to fill a page."""
    average = _rounded({"$divide": [{"$toDecimal": "$stars"}, "$review_count"]})
    return _aggregate(
        "reviews",
        {"$match": {"status": "published"}},
        {"$group": {"_id": "$product_id", "review_count": {"$sum": 1}, "stars": {"$sum": "$rating"}}},
        {"$match": {"review_count": {"$gte": 5}}},
        {"$set": {"rating_avg": average}},
        {"$sort": {"rating_avg": -1, "review_count": -1, "_id": 1}},
        *_join_one("products", "_id", "_id", "product", {"$match": _ACTIVE}),
        {"$limit": 20},
        {
            "$project": {
                "_id": 1,
                "slug": "$product.slug",
                "name": "$product.name",
                "rating_avg": 1,
                "review_count": 1,
            }
        },
    )


def _others_by_orders(product_id, variant):
    """The products of other variants, by how many orders have them; `_id` is an order's."""
    return [
        *_join_one("product_variants", variant, "_id", "theirs"),
        {"$match": {"theirs.product_id": {"$ne": product_id}}},
        {"$group": {"_id": {"order": "$_id", "product": "$theirs.product_id"}}},
        {"$group": {"_id": "$_id.product", "orders": {"$sum": 1}}},
        {"$sort": {"orders": -1, "_id": 1}},
        {"$limit": 10},
        {"$project": {"_id": 1, "orders": 1}},
    ]


def also_bought(product_id):
    return _aggregate(
        "product_variants",
        {"$match": {"product_id": product_id}},
        _join("order_items", "_id", "variant_id", "mine"),
        {"$unwind": "$mine"},
        {"$group": {"_id": "$mine.order_id"}},
        _join("order_items", "_id", "order_id", "other"),
        {"$unwind": "$other"},
        *_others_by_orders(product_id, "other.variant_id"),
    )


# Before the order


def wishlist(user_id):
    return _aggregate(
        "wishlists",
        {"$match": {"user_id": user_id}},
        *_join_one("wishlist_items", "_id", "_id.wishlist_id", "item"),
        *_join_one("products", "item._id.product_id", "_id", "product", {"$match": {"deleted_at": None}}),
        {"$sort": {"item.created_at": -1, "_id": 1, "product._id": 1}},
        {"$limit": 24},
        *_price_from("product._id"),
        *_stars("product._id"),
        {
            "$project": {
                "_id": 0,
                "wishlist": "$name",
                "added_at": "$item.created_at",
                "id": "$product._id",
                "slug": "$product.slug",
                "product_name": "$product.name",
                "price_from": _PRICE_FROM,
                "review_count": _REVIEW_COUNT,
                "rating_avg": _RATING,
            }
        },
    )


def cart_with_items(user_id):
    return _aggregate(
        "carts",
        {"$match": {"user_id": user_id, "status": "active"}},
        *_join_one("cart_items", "_id", "cart_id", "item"),
        *_join_one("product_variants", "item.variant_id", "_id", "variant"),
        *_join_one("products", "variant.product_id", "_id", "product"),
        {"$sort": {"_id": 1, "item._id": 1}},
        {
            "$project": {
                "_id": 1,
                "item_id": "$item._id",
                "slug": "$product.slug",
                "name": "$product.name",
                "sku": "$variant.sku",
                "quantity": "$item.quantity",
                "price": "$variant.price",
                "currency": "$variant.currency",
                "stock": "$variant.stock",
            }
        },
    )


# Orders


def _newest_orders(user_id, total, *stages):
    """`stages` find what `total`, an order's, is made of; so below."""
    return _aggregate(
        "orders",
        {"$match": {"user_id": user_id}},
        {"$sort": {"placed_at": -1, "_id": -1}},
        {"$limit": 20},
        *stages,
        {"$project": {"_id": 1, "placed_at": 1, "status": 1, "currency": 1, "grand_total": _rounded(total)}},
    )


def order_history(user_id):
    return _newest_orders(user_id, _ORDER_TOTAL, *_items_sum())


def order_detail(order_id):
    return _aggregate(
        "orders",
        {"$match": {"_id": order_id}},
        *_join_one("addresses", "shipping_address_id", "_id", "address"),
        _join("order_items", "_id", "order_id", "item"),
        _each("item"),
        {"$sort": {"item._id": 1}},
        {
            "$project": {
                "_id": 1,
                "status": 1,
                "currency": 1,
                "shipping_amount": 1,
                "discount_amount": 1,
                "tax_amount": 1,
                "recipient": "$address.recipient",
                "city": "$address.city",
                "item_id": "$item._id",
                "product_name": "$item.product_name",
                "sku": "$item.sku",
                "unit_price": "$item.unit_price",
                "quantity": "$item.quantity",
            }
        },
    )


def order_timeline(order_id):
    return {
        "find": "order_status_history",
        "filter": {"order_id": order_id},
        "sort": {"created_at": 1, "_id": 1},
        "projection": {"_id": 1, "from_status": 1, "to_status": 1, "note": 1, "created_at": 1},
    }


def payments_of_order(order_id):
    return _aggregate(
        "payments",
        {"$match": {"order_id": order_id}},
        _join("refunds", "_id", "payment_id", "refund"),
        _each("refund"),
        {"$sort": {"_id": 1, "refund._id": 1}},
        {
            "$project": {
                "_id": 1,
                "provider": 1,
                "status": 1,
                "amount": 1,
                "currency": 1,
                "created_at": 1,
                "refund_id": "$refund._id",
                "refunded": "$refund.amount",
            }
        },
    )


# Reports


def _value_by_currency(user_id, total, *stages):
    return _aggregate(
        "orders",
        {"$match": {"user_id": user_id, "status": {"$ne": "cancelled"}}},
        *stages,
        {
            "$group": {
                "_id": "$currency",
                "orders": {"$sum": 1},
                "revenue": {"$sum": total},
                "first_order": {"$min": "$placed_at"},
                "last_order": {"$max": "$placed_at"},
            }
        },
        {"$sort": {"_id": 1}},
        {"$project": {"_id": 1, "orders": 1, "revenue": _rounded("$revenue"), "first_order": 1, "last_order": 1}},
    )


def customer_value(user_id):
    return _value_by_currency(user_id, _ORDER_TOTAL, *_items_sum())


def _by_month(total):
    return [
        {
            "$group": {
                "_id": {"month": _start("month", "$placed_at"), "currency": "$currency"},
                "orders": {"$sum": 1},
                "revenue": {"$sum": total},
            }
        },
        {"$sort": {"_id": 1}},
        {"$set": {"revenue": _rounded("$revenue")}},
        {
            "$project": {
                "_id": 0,
                "month": "$_id.month",
                "currency": "$_id.currency",
                "orders": 1,
                "revenue": 1,
                "average": _rounded({"$divide": ["$revenue", "$orders"]}),
            }
        },
    ]


def sales_by_month(since):
    """Orders and items in one stream, grouped by order: a join in one pass."""
    amount = {"$multiply": ["$quantity", "$unit_price"]}
    items = [{"$project": {"_id": "$order_id", "amount": amount}}]
    return _aggregate(
        "orders",
        {
            "$match": {
                "status": {"$ne": "cancelled"},
                "$expr": {"$gte": ["$placed_at", _start("month", since.date)]},
            }
        },
        {"$project": {"placed_at": 1, "currency": 1, "amount": _ORDER_FEES}},
        {"$unionWith": {"coll": "order_items", "pipeline": items}},
        {
            "$group": {
                "_id": "$_id",
                "placed_at": {"$max": "$placed_at"},
                "currency": {"$max": "$currency"},
                "total": {"$sum": "$amount"},
            }
        },
        {"$match": {"placed_at": {"$ne": None}}},
        *_by_month("$total"),
    )


_BEST_PRODUCTS = [
    {"$set": {"revenue": _rounded("$revenue")}},
    {"$sort": {"revenue": -1, "_id": 1}},
    *_join_one("products", "_id", "_id", "product"),
    {"$limit": 20},
    {"$project": {"_id": 1, "name": "$product.name", "units": 1, "revenue": 1}},
]
"""Of products with their units and revenue."""


def top_products(at, currency):
    month = _start("month", at.date)
    following = {"$dateAdd": {"startDate": month, "unit": "month", "amount": 1}}
    return _aggregate(
        "orders",
        {
            "$match": {
                "currency": currency,
                "status": {"$ne": "cancelled"},
                "$expr": {"$and": [{"$gte": ["$placed_at", month]}, {"$lt": ["$placed_at", following]}]},
            }
        },
        *_join_one("order_items", "_id", "order_id", "item"),
        *_join_one("product_variants", "item.variant_id", "_id", "variant"),
        {
            "$group": {
                "_id": "$variant.product_id",
                "units": {"$sum": "$item.quantity"},
                "revenue": {"$sum": {"$multiply": ["$item.quantity", "$item.unit_price"]}},
            }
        },
        *_BEST_PRODUCTS,
    )


def _orders_by_status(since, total, *stages):
    return _aggregate(
        "orders",
        {"$match": {"$expr": {"$gte": ["$placed_at", _start("day", since.date)]}}},
        *stages,
        {
            "$group": {
                "_id": {"status": "$status", "currency": "$currency"},
                "orders": {"$sum": 1},
                "value": {"$sum": total},
            }
        },
        {"$sort": {"_id": 1}},
        {
            "$project": {
                "_id": 0,
                "status": "$_id.status",
                "currency": "$_id.currency",
                "orders": 1,
                "value": _rounded("$value"),
            }
        },
    )


def orders_dashboard(since):
    return _orders_by_status(since, _ORDER_TOTAL, *_items_sum())


def low_stock_report():
    pieces = {
        "$cond": [{"$in": ["$kind", ["receipt", "return"]]}, "$quantity", {"$multiply": ["$quantity", -1]}],
    }
    return _aggregate(
        "inventory_movements",
        {"$group": {"_id": "$variant_id", "on_hand": {"$sum": pieces}}},
        *_join_one("product_variants", "_id", "_id", "variant", {"$match": {"is_active": True, "deleted_at": None}}),
        {"$match": {"$expr": {"$lt": ["$on_hand", "$variant.reorder_level"]}}},
        {"$sort": {"on_hand": 1, "_id": 1}},
        {"$limit": 50},
        {"$project": {"_id": 1, "sku": "$variant.sku", "reorder_level": "$variant.reorder_level", "on_hand": 1}},
    )


def abandoned_carts(before, since):
    return _aggregate(
        "carts",
        {"$match": {"status": "active", "updated_at": {"$gte": since.date, "$lt": before.date}}},
        *_join_one("users", "user_id", "_id", "user", {"$match": {"deleted_at": None}}),
        *_join_one("cart_items", "_id", "cart_id", "item"),
        *_join_one("product_variants", "item.variant_id", "_id", "variant"),
        {
            "$group": {
                "_id": "$_id",
                "email": {"$first": "$user.email"},
                "updated_at": {"$first": "$updated_at"},
                "items": {"$sum": 1},
                "value": {"$sum": {"$multiply": ["$item.quantity", "$variant.price"]}},
            }
        },
        {"$set": {"value": _rounded("$value")}},
        {"$sort": {"value": -1, "_id": 1}},
        {"$limit": 50},
        {"$project": {"_id": 1, "email": 1, "updated_at": 1, "items": 1, "value": 1}},
    )


def audit_trail(entity_type, entity_id):
    return {
        "find": "audit_log",
        "filter": {"entity_type": entity_type, "entity_id": entity_id},
        "sort": {"created_at": -1, "_id": -1},
        "limit": 20,
        "projection": {"_id": 1, "actor_id": 1, "action": 1, "changes": 1, "created_at": 1},
    }


# Writes. MongoDB counts no keys: an `id` is given by whoever writes, and drawn for these alone.


def _insert(collection, document):
    return {"insert": collection, "documents": [document]}


def open_session(user_id, token_hash, at, expires_at, id="fresh sessions.id"):
    return _insert(
        "sessions",
        {
            "_id": id.long,
            "user_id": user_id.long,
            "token_hash": token_hash,
            "ip_address": "10.0.0.1",
            "user_agent": None,
            "created_at": at.date,
            "last_seen_at": at.date,
            "expires_at": expires_at.date,
            "revoked_at": None,
        },
    )


def add_to_cart(cart_id, variant_id, quantity, at, id="fresh cart_items.id"):
    change = {
        "$inc": {"quantity": quantity},
        "$set": {"updated_at": at.date},
        "$setOnInsert": {"_id": id.long, "created_at": at.date},
    }
    line = {"cart_id": cart_id.long, "variant_id": variant_id.long}
    return {"update": "cart_items", "updates": [{"q": line, "u": change, "upsert": True}]}


def place_order(user_id, address_id, currency, shipping_amount, tax_amount, placed_at, id="fresh orders.id"):
    return _insert(
        "orders",
        {
            "_id": id.long,
            "user_id": user_id.long,
            "coupon_id": None,
            "shipping_address_id": address_id.long,
            "billing_address_id": address_id.long,
            "status": "pending",
            "currency": currency,
            "shipping_amount": shipping_amount.decimal,
            "discount_amount": Decimal(0),
            "tax_amount": tax_amount.decimal,
            "customer_note": None,
            "placed_at": placed_at.date,
            "updated_at": placed_at.date,
        },
    )


def add_order_item(order_id, variant_id, quantity, at, id="fresh order_items.id"):
    return _aggregate(
        "product_variants",
        {"$match": {"_id": variant_id}},
        *_join_one("products", "product_id", "_id", "product"),
        {
            "$project": {
                "_id": {"$literal": id.long},
                "order_id": {"$literal": order_id.long},
                "variant_id": "$_id",
                "product_name": "$product.name",
                "sku": 1,
                "unit_price": "$price",
                "quantity": {"$literal": quantity},
                "created_at": {"$literal": at.date},
            }
        },
        {"$merge": {"into": "order_items", "whenMatched": "fail"}},
    )


def change_order_status(order_id, status, at):
    change = {"$set": {"status": status, "updated_at": at.date}}
    return {"update": "orders", "updates": [{"q": {"_id": order_id}, "u": change}]}


def record_movement(variant_id, kind, quantity, at, id="fresh inventory_movements.id"):
    return _insert(
        "inventory_movements",
        {
            "_id": id.long,
            "variant_id": variant_id.long,
            "kind": kind,
            "quantity": quantity,
            "reference": "count",
            "created_at": at.date,
        },
    )


def write_review(variant_id, user_id, rating, at, id="fresh reviews.id"):
    newer = ("rating", "status", "updated_at")
    return _aggregate(
        "product_variants",
        {"$match": {"_id": variant_id}},
        {
            "$project": {
                "_id": {"$literal": id.long},
                "product_id": 1,
                "user_id": {"$literal": user_id.long},
                "rating": {"$literal": rating},
                "title": {"$literal": "As described"},
                "body": {"$literal": ""},
                "status": {"$literal": "published"},
                "created_at": {"$literal": at.date},
                "updated_at": {"$literal": at.date},
            }
        },
        {
            "$merge": {
                "into": "reviews",
                "on": ["user_id", "product_id"],
                "whenMatched": [{"$set": {field: f"$$new.{field}" for field in newer}}],
            }
        },
    )

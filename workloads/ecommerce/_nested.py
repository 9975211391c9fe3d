"""Operations on orders and carts that hold their lines: what `embedded` and `hybrid` have in common."""

from mongodb import (
    _BEST_PRODUCTS,
    _ORDER_FEES,
    _aggregate,
    _by_month,
    _each,
    _join,
    _join_one,
    _newest_orders,
    _orders_by_status,
    _others_by_orders,
    _rounded,
    _start,
    _value_by_currency,
)

_LINE = {"$multiply": ["$$item.quantity", "$$item.unit_price"]}
_TOTAL = {"$add": [_ORDER_FEES, {"$sum": {"$map": {"input": "$items", "as": "item", "in": _LINE}}}]}


def history(user_id):
    return _newest_orders(user_id, _TOTAL)


def detail(order_id, address, *stages):
    return _aggregate(
        "orders",
        {"$match": {"_id": order_id}},
        *stages,
        _each("items"),
        {"$sort": {"items._id": 1}},
        {
            "$project": {
                "_id": 1,
                "status": 1,
                "currency": 1,
                "shipping_amount": 1,
                "discount_amount": 1,
                "tax_amount": 1,
                "recipient": f"${address}.recipient",
                "city": f"${address}.city",
                "item_id": "$items._id",
                "product_name": "$items.product_name",
                "sku": "$items.sku",
                "unit_price": "$items.unit_price",
                "quantity": "$items.quantity",
            }
        },
    )


def value(user_id):
    return _value_by_currency(user_id, _TOTAL)


def by_month(since):
    return _aggregate(
        "orders",
        {"$match": {"status": {"$ne": "cancelled"}, "$expr": {"$gte": ["$placed_at", _start("month", since.date)]}}},
        *_by_month(_TOTAL),
    )


def bestsellers(at, currency):
    month = _start("month", at.date)
    following = {"$dateAdd": {"startDate": month, "unit": "month", "amount": 1}}
    within = {"$and": [{"$gte": ["$placed_at", month]}, {"$lt": ["$placed_at", following]}]}
    return _aggregate(
        "orders",
        {"$match": {"currency": currency, "status": {"$ne": "cancelled"}, "$expr": within}},
        {"$unwind": "$items"},
        {
            "$group": {
                "_id": "$items.variant_id",
                "units": {"$sum": "$items.quantity"},
                "revenue": {"$sum": {"$multiply": ["$items.quantity", "$items.unit_price"]}},
            }
        },
        *_join_one("product_variants", "_id", "_id", "variant"),
        {"$group": {"_id": "$variant.product_id", "units": {"$sum": "$units"}, "revenue": {"$sum": "$revenue"}}},
        *_BEST_PRODUCTS,
    )


def dashboard(since):
    return _orders_by_status(since, _TOTAL)


def bought_with(product_id):
    return _aggregate(
        "product_variants",
        {"$match": {"product_id": product_id}},
        _join("orders", "_id", "items.variant_id", "order", {"$project": {"items.variant_id": 1}}),
        {"$unwind": "$order"},
        {"$group": {"_id": "$order._id", "variant_id": {"$first": "$order.items.variant_id"}}},
        {"$unwind": "$variant_id"},
        *_others_by_orders(product_id, "variant_id"),
    )


def bought(user, product_id):
    """Adds a reviewer's delivered order of the product, if there is one."""
    return _join(
        "orders",
        user,
        "user_id",
        "bought",
        {"$match": {"status": "delivered"}},
        {"$unwind": "$items"},
        _join("product_variants", "items.variant_id", "_id", "variant"),
        {"$match": {"variant.product_id": product_id}},
        {"$limit": 1},
    )


def cart(user_id, product, *joins):
    """A customer's open carts; `joins` find what `product` names, once `variant` is there."""
    return _aggregate(
        "carts",
        {"$match": {"user_id": user_id, "status": "active"}},
        {"$unwind": "$items"},
        *_join_one("product_variants", "items.variant_id", "_id", "variant"),
        *joins,
        {"$sort": {"_id": 1, "items._id": 1}},
        {
            "$project": {
                "_id": 1,
                "item_id": "$items._id",
                "slug": f"${product}.slug",
                "name": f"${product}.name",
                "sku": "$variant.sku",
                "quantity": "$items.quantity",
                "price": "$variant.price",
                "currency": "$variant.currency",
                "stock": "$variant.stock",
            }
        },
    )


def abandoned(before, since):
    return _aggregate(
        "carts",
        {"$match": {"status": "active", "updated_at": {"$gte": since.date, "$lt": before.date}}},
        *_join_one("users", "user_id", "_id", "user", {"$match": {"deleted_at": None}}),
        {"$unwind": "$items"},
        *_join_one("product_variants", "items.variant_id", "_id", "variant"),
        {
            "$group": {
                "_id": "$_id",
                "email": {"$first": "$user.email"},
                "updated_at": {"$first": "$updated_at"},
                "items": {"$sum": 1},
                "value": {"$sum": {"$multiply": ["$items.quantity", "$variant.price"]}},
            }
        },
        {"$set": {"value": _rounded("$value")}},
        {"$sort": {"value": -1, "_id": 1}},
        {"$limit": 50},
        {"$project": {"_id": 1, "email": 1, "updated_at": 1, "items": 1, "value": 1}},
    )


def put_into_cart(cart_id, variant_id, quantity, at, id):
    line = {"_id": id.long, "variant_id": variant_id.long, "quantity": quantity}
    line |= {"created_at": at.date, "updated_at": at.date}
    more = {"quantity": {"$add": ["$$item.quantity", quantity]}, "updated_at": at.date}
    is_there = {"$eq": ["$$item.variant_id", variant_id]}
    raised = {"$cond": [is_there, {"$mergeObjects": ["$$item", more]}, "$$item"]}
    kept = {"$map": {"input": "$items", "as": "item", "in": raised}}
    added = {"$concatArrays": ["$items", [line]]}
    change = [{"$set": {"items": {"$cond": [{"$in": [variant_id, "$items.variant_id"]}, kept, added]}}}]
    return {"update": "carts", "updates": [{"q": {"_id": cart_id}, "u": change}]}


def add_line(order_id, variant_id, quantity, at, id, name, *joins):
    """A snapshot of the variant becomes the order's last line."""
    line = {
        "_id": {"$literal": id.long},
        "variant_id": "$_id",
        "product_name": name,
        "sku": "$sku",
        "unit_price": "$price",
        "quantity": {"$literal": quantity},
        "created_at": {"$literal": at.date},
    }
    return _aggregate(
        "product_variants",
        {"$match": {"_id": variant_id}},
        *joins,
        {"$project": {"_id": {"$literal": order_id.long}, "line": line}},
        {
            "$merge": {
                "into": "orders",
                "whenMatched": [{"$set": {"items": {"$concatArrays": ["$items", ["$$new.line"]]}}}],
                "whenNotMatched": "discard",
            }
        },
    )

"""The operations that read otherwise where an order, a cart and a wish list are one document each."""

import _nested
import mongodb
from mongodb import _PRICE_FROM, _RATING, _REVIEW_COUNT, _aggregate, _each, _join_one, _price_from, _stars


def product_reviews(product_id, before):
    return _aggregate(
        "reviews",
        {"$match": {"product_id": product_id, "status": "published", "created_at": {"$lt": before.date}}},
        {"$sort": {"created_at": -1, "_id": -1}},
        {"$limit": 10},
        *_join_one("users", "user_id", "_id", "user"),
        _nested.bought("user_id", product_id),
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


def also_bought(product_id):
    return _nested.bought_with(product_id)


def wishlist(user_id):
    return _aggregate(
        "wishlists",
        {"$match": {"user_id": user_id}},
        {"$unwind": "$items"},
        *_join_one("products", "items.product_id", "_id", "product", {"$match": {"deleted_at": None}}),
        {"$sort": {"items.created_at": -1, "_id": 1, "product._id": 1}},
        {"$limit": 24},
        *_price_from("product._id"),
        *_stars("product._id"),
        {
            "$project": {
                "_id": 0,
                "wishlist": "$name",
                "added_at": "$items.created_at",
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
    return _nested.cart(user_id, "product", *_join_one("products", "variant.product_id", "_id", "product"))


def order_history(user_id):
    return _nested.history(user_id)


def order_detail(order_id):
    return _nested.detail(order_id, "ship_to")


def order_timeline(order_id):
    columns = ("from_status", "to_status", "note", "created_at")
    return _aggregate(
        "orders",
        {"$match": {"_id": order_id}},
        {"$unwind": "$history"},
        {"$sort": {"history.created_at": 1, "history._id": 1}},
        {"$project": {"_id": "$history._id", **{column: f"$history.{column}" for column in columns}}},
    )


def payments_of_order(order_id):
    columns = ("provider", "status", "amount", "currency", "created_at")
    return _aggregate(
        "orders",
        {"$match": {"_id": order_id}},
        {"$unwind": "$payments"},
        _each("payments.refunds"),
        {"$sort": {"payments._id": 1, "payments.refunds._id": 1}},
        {
            "$project": {
                "_id": "$payments._id",
                **{column: f"$payments.{column}" for column in columns},
                "refund_id": "$payments.refunds._id",
                "refunded": "$payments.refunds.amount",
            }
        },
    )


def customer_value(user_id):
    return _nested.value(user_id)


def sales_by_month(since):
    return _nested.by_month(since)


def top_products(at, currency):
    return _nested.bestsellers(at, currency)


def orders_dashboard(since):
    return _nested.dashboard(since)


def abandoned_carts(before, since):
    return _nested.abandoned(before, since)


def add_to_cart(cart_id, variant_id, quantity, at, id="fresh cart_items.id"):
    return _nested.put_into_cart(cart_id, variant_id, quantity, at, id)


def place_order(user_id, address_id, currency, shipping_amount, tax_amount, placed_at, id="fresh orders.id"):
    """With a copy of the address as it is now."""
    placed = mongodb.place_order(user_id, address_id, currency, shipping_amount, tax_amount, placed_at, id)
    (order,) = placed["documents"]
    nested = {"ship_to": {"recipient": "$recipient", "city": "$city"}, "items": [], "history": [], "payments": []}
    return _aggregate(
        "addresses",
        {"$match": {"_id": address_id}},
        {"$project": {**{name: {"$literal": value} for name, value in order.items()}, **nested}},
        {"$merge": {"into": "orders", "whenMatched": "fail"}},
    )


def add_order_item(order_id, variant_id, quantity, at, id="fresh order_items.id"):
    product = _join_one("products", "product_id", "_id", "product")
    return _nested.add_line(order_id, variant_id, quantity, at, id, "$product.name", *product)

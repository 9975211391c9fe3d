"""The operations that read otherwise where orders and carts hold their lines, products copies of their newest reviews,
reviews their author's name, and variants their product's."""

import _nested
import mongodb
from mongodb import _aggregate, _join, _join_one

_NEWEST = 40
"""As many reviews as `hybrid.mongodb.toml` says a product holds copies of."""
_NEWEST_FIRST = {"$sort": {"created_at": -1, "_id": -1}}


def product_reviews(product_id, before):
    """From the product's own copies, where those hold a page, or all there are; else from the collection, which is
    asked for reviews of no product when it is not needed."""
    wanted = [{"$eq": ["$$review.status", "published"]}, {"$lt": ["$$review.created_at", before.date]}]
    is_enough = {
        "$or": [
            {"$gte": [{"$size": "$page"}, 10]},
            {"$lt": [{"$size": "$newest_reviews"}, _NEWEST]},
        ]
    }
    page = [
        {"$match": {"status": "published", "created_at": {"$lt": before.date}}},
        _NEWEST_FIRST,
        {"$limit": 10},
    ]
    return _aggregate(
        "products",
        {"$match": {"_id": product_id}},
        {
            "$project": {
                "newest_reviews": {"_id": 1},
                "page": {"$filter": {"input": "$newest_reviews", "as": "review", "cond": {"$and": wanted}}},
            }
        },
        {"$set": {"page": {"$slice": ["$page", 10]}, "missing": {"$cond": [is_enough, -1, "$_id"]}}},
        _join("reviews", "missing", "product_id", "others", *page),
        {"$project": {"review": {"$cond": [{"$eq": ["$missing", -1]}, "$page", "$others"]}}},
        {"$unwind": "$review"},
        _nested.bought("review.user_id", product_id),
        {"$sort": {"review.created_at": -1, "review._id": -1}},
        {
            "$project": {
                "_id": "$review._id",
                "rating": "$review.rating",
                "title": "$review.title",
                "body": "$review.body",
                "first_name": "$review.author.first_name",
                "created_at": "$review.created_at",
                "is_verified": {"$ne": ["$bought", []]},
            }
        },
    )


def also_bought(product_id):
    return _nested.bought_with(product_id)


def cart_with_items(user_id):
    return _nested.cart(user_id, "variant.product")


def order_history(user_id):
    return _nested.history(user_id)


def order_detail(order_id):
    return _nested.detail(order_id, "address", *_join_one("addresses", "shipping_address_id", "_id", "address"))


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
    placed = mongodb.place_order(user_id, address_id, currency, shipping_amount, tax_amount, placed_at, id)
    return {**placed, "documents": [{**order, "items": []} for order in placed["documents"]]}


def add_order_item(order_id, variant_id, quantity, at, id="fresh order_items.id"):
    return _nested.add_line(order_id, variant_id, quantity, at, id, "$product.name")


def write_review(variant_id, user_id, rating, at, id="fresh reviews.id"):
    """The review with its author's name; then the product's copies anew, from the collection."""
    match, review, merge = mongodb.write_review(variant_id, user_id, rating, at, id)["pipeline"]
    author = _join_one("users", "user_id", "_id", "author", {"$project": {"_id": 0, "first_name": 1}})
    written = _aggregate("product_variants", match, review, *author, merge)
    copied = _aggregate(
        "product_variants",
        {"$match": {"_id": variant_id}},
        _join(
            "reviews",
            "product_id",
            "product_id",
            "newest_reviews",
            _NEWEST_FIRST,
            {"$limit": _NEWEST},
            {"$unset": "product_id"},
        ),
        {"$project": {"_id": "$product_id", "newest_reviews": 1}},
        {"$merge": {"into": "products", "whenMatched": "merge", "whenNotMatched": "discard"}},
    )
    return [written, copied]

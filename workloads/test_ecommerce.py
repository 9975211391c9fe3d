"""The shop's busiest queries as benchmarks: `pytest workloads/ --benchmark-only`; see docs/pytest.md."""

import pytest


@pytest.mark.lab(
    "schemas/ecommerce",
    engines=["sqlite", "postgres"],
    variants=["base", "indexed"],
    operations=["user_by_email", "order_history", "place_order"],
    scale=0.05,
)
def test_operations(lab_operation):
    lab_operation.measure()

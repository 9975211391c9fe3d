"""A cache in front of a database, and what goes on inside a cache server: compared by measurement."""

from lab.caching.asked import CacheSettings, check_cache, variants_beside
from lab.caching.compare import compare_caches
from lab.caching.strategies import STRATEGIES

__all__ = ["STRATEGIES", "CacheSettings", "check_cache", "compare_caches", "variants_beside"]

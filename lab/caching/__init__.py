"""A cache in front of a database, and what goes on inside a cache server: compared by measurement.

What needs Redis's driver, which is an extra, is loaded by who needs it: `compare`, `studies.run`.
"""

from lab.caching.asked import MOST_STALE, STUDY_SECONDS, CacheBounds, CacheSettings, check_cache, variants_beside
from lab.caching.strategies import STRATEGIES

__all__ = [
    "MOST_STALE",
    "STRATEGIES",
    "STUDY_SECONDS",
    "CacheBounds",
    "CacheSettings",
    "check_cache",
    "variants_beside",
]

"""Words that name neither a table nor a column without quotes."""

from __future__ import annotations

RESERVED = frozenset(
    "all analyse analyze and any array as asc asymmetric authorization binary both case cast check collate collation "
    "column concurrently constraint create cross current_catalog current_date current_role current_schema current_time "
    "current_timestamp current_user default deferrable desc distinct do else end except false fetch for foreign freeze "
    "from full grant group having ilike in initially inner intersect into is isnull join lateral leading left like "
    "limit localtime localtimestamp natural not notnull null offset on only or order outer overlaps placing primary "
    "references returning right select session_user similar some symmetric system_user table tablesample then to "
    "trailing true union unique user using variadic verbose when where window with".split()
)
"""In PostgreSQL: manual, appendix C, "SQL Key Words": reserved, also where a function or type may be named."""

RESERVED_ANYWHERE = RESERVED | frozenset(
    # SQLite (manual, "SQLite Keywords"): those it takes for no name.
    "add alter autoincrement between by commit delete drop escape exists index insert nothing set transaction update "
    "values "
    # What the translator takes for a clause or a literal.
    "begin date describe format if interval key kill level match merge next of percent pivot pragma prior qualify "
    "range row rows show sort time timestamp truncate type uncache unpivot use view within".split()
)
"""Those, and what SQLite or the translator between dialects takes for no name."""

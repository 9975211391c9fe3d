"""What stays of a plan when the numbers of one execution are taken out: its operators, names and conditions."""

from __future__ import annotations

import hashlib
import re

_MEASURED = re.compile(r"\((?:[^()\n]*\b(?:cost|actual|never executed)\b)(?:[^()\n]|\([^()\n]*\))*\)")
_REMARK = re.compile(
    r"^\s*(?:Buffers|Planning|Execution|Rows Removed|Heap Fetches|Heap Blocks|Sort Method|Buckets|Batches|Memory|"
    r"I/O Timings|Index Searches|Workers|Worker \d|JIT|Cache|Hits|Full-sort|Pre-sorted|Storage|WAL)\b.*$",
    re.MULTILINE,
)
_LITERAL = re.compile(
    r"""'(?:[^'\n]|'')*'
      | "\$(?:date|oid|numberDecimal)":\ "[^"]*"      # MongoDB's extended JSON
      | (?<![\w$])-?\d+(?:\.\d+)?(?:e[+-]?\d+)?\b""",
    re.VERBOSE,
)


def plan_shape(plan: str) -> str:
    """The plan without costs, times, counts and literals: equal for two executions that went the same way."""
    bare = _LITERAL.sub("?", _REMARK.sub("", _MEASURED.sub("", plan)))
    return "\n".join(line.rstrip() for line in bare.splitlines() if line.strip())


def plan_hash(plan: str) -> str:
    """Twelve hexadecimal digits of the shape's SHA-256; empty for no plan."""
    return hashlib.sha256(plan_shape(plan).encode()).hexdigest()[:12] if plan else ""

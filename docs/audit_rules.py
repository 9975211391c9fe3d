"""Makes docs/audit-rules.md from the rules' manual pages: `python -m docs.audit_rules`."""

from __future__ import annotations

from pathlib import Path

from lab.audit.manual import manual

if __name__ == "__main__":
    Path("docs/audit-rules.md").write_text(manual())
    print("wrote docs/audit-rules.md")

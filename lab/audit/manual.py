"""The rules' manual pages: one for the terminal, all of them for the documentation."""

from __future__ import annotations

import inspect
from types import ModuleType

from lab.audit import RULES
from lab.audit.settings import thresholds_of
from lab.errors import LabError, did_you_mean
from lab.model.finding import RulePage

_HEAD = """# The audit's rules

Made from the rules themselves by `python -m docs.audit_rules`; a test checks that it is current.

`lab audit SOURCE` judges a schema by these {count} rules. `lab audit --explain RULE` prints one of these pages.
Which are off, how grave they are and from where on they speak is for `audit.toml` to say, which lies beside the schema:

```toml
fail_on = "warning"                # from which severity on `lab audit` exits with 1; error by default

[rules]
list_states = "off"                # or "error", "warning", "note"
split_wide_tables = {{ severity = "warning", most_columns = 80 }}
```

One place is left alone by a comment with a reason, before it or behind it: `-- lab:ignore RULE: reason` in SQL,
`/// lab:ignore RULE: reason` in Prisma. Before a table it speaks of all its columns; `lab:ignore-file` of the file.
A suppression without a reason, of a rule that does not exist, or that suppresses nothing is reported itself.

Fixes are written in PostgreSQL's dialect.

| rule | severity | what is right |
|---|---|---|
"""


def pages() -> tuple[RulePage, ...]:
    """In the order of RULES."""
    return tuple(map(_page, RULES))


def explain(name: str) -> RulePage:
    """The page of one rule. Raises LabError when there is no such rule."""
    found = {page.name: page for page in pages()}
    wanted = name.replace("-", "_")
    if wanted not in found:
        raise LabError(f"there is no rule {name}", did_you_mean(wanted, found, "rules"))
    return found[wanted]


def page_text(page: RulePage) -> str:
    """As `--explain` prints it, and as the documentation holds it."""
    notes: list[str] = [page.severity]
    notes += [f"speaks of {', '.join(page.engines)}"] if page.engines else []
    notes += [f"{name} = {value:g}" for name, value in page.thresholds.items()]
    return f"{page.title}\n\n({'; '.join(notes)})\n\n{page.text}"


def manual() -> str:
    """All pages as Markdown."""
    head = _HEAD.format(count=len(RULES))
    rows = [f"| [{page.name}](#{page.name}) | {page.severity} | {page.title} |" for page in pages()]
    parts = [f"## {page.name}\n\n{page_text(page)}" for page in pages()]
    return head + "\n".join(rows) + "\n\n" + "\n\n".join(parts) + "\n"


def _page(rule: ModuleType) -> RulePage:
    title, _, text = inspect.cleandoc(rule.__doc__ or "").partition("\n\n")
    engines = tuple(sorted(getattr(rule, "ENGINES", ())))
    return RulePage(rule.RULE, rule.SEVERITY, " ".join(title.split()), text, engines, thresholds_of(rule))

"""lab audit, lab normalize: verbs that judge a schema."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lab.cli.app import app, out
from lab.cli.options import SOURCE_HELP, Dialect, Json, check_choice
from lab.cli.printing import print_json, print_losses
from lab.errors import LabError

if TYPE_CHECKING:
    from lab.model.finding import Finding


@app.command("audit", epilog="Example: lab audit schemas/ecommerce/schema.prisma")
def audit(
    source: Annotated[str | None, typer.Argument(metavar="SOURCE", help=SOURCE_HELP)] = None,
    explain: Annotated[str, typer.Option(metavar="RULE", help="Print a rule's manual page, and do no more.")] = "",
    engine: Annotated[str, typer.Option("--engine", "-e", metavar="E", help="Judge for this engine.")] = "",
    config: Annotated[Path | None, typer.Option(help="Settings; audit.toml beside SOURCE by default.")] = None,
    dialect: Dialect = "",
    format_: Annotated[str, typer.Option("--format", help="text, json or sarif.")] = "text",
    fail_on: Annotated[str, typer.Option(metavar="SEVERITY", help="Exit with 1 from error, warning or note on.")] = "",
    as_json: Json = False,
) -> None:
    """Judge a schema by the quality checklist; exits with 1 when it finds errors."""
    from lab import auditing
    from lab.audit import manual
    from lab.model.finding import SEVERITIES

    if explain:
        out.print(manual.page_text(manual.explain(explain)), markup=False, soft_wrap=True)
        return
    if source is None:
        raise LabError("no schema to judge", "name one: lab audit schema.prisma")
    check_choice("--format", format_, ("text", "json", "sarif"))
    check_choice("--fail-on", fail_on, ("", *SEVERITIES))
    findings, settings, losses, forms = auditing.audit(source, engine, config, dialect)
    _print_findings(findings, "json" if as_json else format_)
    if forms and format_ == "text" and not as_json:
        out.print(forms, markup=False, soft_wrap=True)
    print_losses(losses)
    grave = SEVERITIES[: SEVERITIES.index(fail_on or settings.fail_on or "error") + 1]
    if any(finding.severity in grave for finding in findings):
        raise typer.Exit(1)


@app.command(epilog="Example: lab normalize schemas/shop --data ./exports --write-variant; lab normalize people.csv")
def normalize(
    source: Annotated[
        str, typer.Argument(metavar="SOURCE", help="A schema, a design's folder, a server, or files of CSV or Parquet.")
    ],
    data: Annotated[
        str,
        typer.Option(metavar="WHERE", help="Rows: a folder of <table>.csv or .parquet, postgres://…, or generated."),
    ] = "",
    table: Annotated[list[str], typer.Option("--table", "-t", help="Only this table; may be repeated.")] = [],  # noqa: B006
    to: Annotated[str, typer.Option("--to", metavar="FORM", help="3nf or bcnf.")] = "3nf",
    most_rows: Annotated[int, typer.Option("--rows", min=1, help="Look at so many rows of a table at most.")] = 500_000,
    writes: Annotated[
        bool, typer.Option("--write-variant", help="Write the split as a variant of the design.")
    ] = False,
    variant: Annotated[str, typer.Option(metavar="NAME", help="What the variant is called.")] = "normalized",
    as_json: Json = False,
) -> None:
    """Judge the normal form of each table by its keys, declared dependencies and rows, and split what is not in it.

    A dependency is declared in a comment of the table, `fd: postal_code -> city`, or by depends_on in data.toml.
    """
    from lab import normalizing
    from lab.report import normal_forms

    check_choice("--to", to, ("3nf", "bcnf"))
    judged = normalizing.normal_forms(source, data, table, "bcnf" if to == "bcnf" else "3nf", most_rows)
    if as_json:
        print_json({"rows": judged.origin, "tables": normal_forms.plain(judged.tables)})
    else:
        print_losses(judged.schema.losses)
        out.print(normal_forms.normal_forms_table(judged.tables, judged.origin))
    if writes:
        paths = normalizing.write_variant(Path(source), judged, variant)
        for path in paths if not as_json else ():
            out.print(f"wrote {path}", soft_wrap=True)
        for line in normalizing.unsaid(Path(source), judged) if not as_json else ():
            out.print(f"data.toml does not say it yet: {line}", markup=False, soft_wrap=True)
        if not as_json:
            out.print(f"next: lab compare {source} --variant {variant}", soft_wrap=True)


def _print_findings(findings: Sequence[Finding], format_: str) -> None:
    from importlib.metadata import version

    from lab.audit.manual import pages
    from lab.report.sarif import sarif_log
    from lab.report.terminal import findings_table

    if format_ == "json":
        print_json(findings)
    elif format_ == "sarif":
        print_json(sarif_log(findings, pages(), version("schema-performance-lab")))
    else:
        out.print(findings_table(findings))

"""The chapters of the report, one module each: `TITLE` and `blocks(run, samples)`."""

"""SQL of MySQL and MariaDB: what people write by hand, mysqldump, phpMyAdmin and Workbench.

A parser of definitions of our own, since every dump holds statements that a general parser of SQL gives up at; what it
knows of a table takes the form the server's information_schema has, so that a file and a server become one model.
Source: MySQL's manual, "CREATE TABLE Statement" and "ALTER TABLE Statement"; MariaDB's where it differs.
"""

from __future__ import annotations

from pathlib import Path

from lab.model.schema import Schema
from lab.readers.mysql.draft import Drafts
from lab.readers.mysql.script import split
from lab.readers.mysql.statements import read_statement


def read(texts: list[tuple[Path, str]]) -> Schema:
    """The schema one file describes. Raises LabError with file and line at the first mistake."""
    path, text = texts[0]
    drafts = Drafts()
    for words in split(text, str(path)):
        read_statement(words, drafts)
    return drafts.schema()

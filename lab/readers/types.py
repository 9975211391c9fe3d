"""The spellings PostgreSQL accepts for a type -> the one the model uses.

Source: PostgreSQL manual, table 8.1 "Data Types", and the catalog's internal names (pg_type.typname).
"""

from __future__ import annotations

import re

from lab.model.schema import Type

_CANONICAL = {
    "int": "integer",
    "int4": "integer",
    "int2": "smallint",
    "int8": "bigint",
    "decimal": "numeric",
    "dec": "numeric",
    "float": "double precision",
    "float8": "double precision",
    "float4": "real",
    "bool": "boolean",
    "character varying": "varchar",
    "char varying": "varchar",
    "character": "char",
    "bpchar": "char",
    "bit varying": "varbit",
    "timestamp with time zone": "timestamptz",
    "timestamp without time zone": "timestamp",
    "time with time zone": "timetz",
    "time without time zone": "time",
}
_SERIALS = {
    "serial": "integer",
    "serial4": "integer",
    "bigserial": "bigint",
    "serial8": "bigint",
    "smallserial": "smallint",
    "serial2": "smallint",
}
# What other databases call a type -> PostgreSQL's name of it.
RENAMED = {
    "simple-array": "text",
    "simple-json": "text",
    "bool": "boolean",
    "datetime": "timestamp",
    "datetime2": "timestamp",
    "datetimeoffset": "timestamptz",
    "smalldatetime": "timestamp",
    "timestamp with local time zone": "timestamptz",
    "tinyint": "smallint",
    "mediumint": "integer",
    "year": "smallint",
    "double": "double precision",
    "fixed": "numeric",
    "number": "numeric",
    "nvarchar": "varchar",
    "varchar2": "varchar",
    "nvarchar2": "varchar",
    "string": "varchar",
    "national varchar": "varchar",
    "native character": "char",
    "varying character": "varchar",
    "nchar": "char",
    "national char": "char",
    "tinytext": "text",
    "mediumtext": "text",
    "longtext": "text",
    "ntext": "text",
    "clob": "text",
    "nclob": "text",
    "blob": "bytea",
    "tinyblob": "bytea",
    "mediumblob": "bytea",
    "longblob": "bytea",
    "binary": "bytea",
    "varbinary": "bytea",
    "image": "bytea",
    "raw": "bytea",
    "uniqueidentifier": "uuid",
    "inet4": "inet",
    "inet6": "inet",
    "set": "text",
    "unsigned big int": "bigint",
}
SQLITE = {"json": "jsonb", "real": "double precision"}
# Where MySQL means something else by a name PostgreSQL has, too.
MYSQL = {"timestamp": "timestamptz", "float": "real", "json": "jsonb", "real": "double precision"}
BUILT_IN = frozenset(
    "bigint bit varbit boolean box bytea char bpchar varchar cidr circle date integer inet interval json jsonb "
    "jsonpath line lseg macaddr macaddr8 money name numeric oid path point polygon real smallint text time timetz "
    "timestamp timestamptz tsquery tsvector uuid xml pg_lsn pg_snapshot txid_snapshot xid xid8 cid tid refcursor "
    "int4range int8range numrange tsrange tstzrange daterange int4multirange int8multirange nummultirange tsmultirange "
    "tstzmultirange datemultirange regclass regcollation regconfig regdictionary regnamespace regoper regoperator "
    "regproc regprocedure regrole regtype aclitem int2vector oidvector".split()
) | {"double precision"}
"""PostgreSQL's own types a column may have (manual, chapter 8 "Data Types"), as the model spells them."""
OF_EXTENSIONS = frozenset(
    "citext hstore ltree lquery ltxtquery cube seg lo isbn isbn13 issn issn13 ismn ismn13 ean13 upc query_int "
    "geometry geography raster box2d box3d topogeometry vector halfvec sparsevec semver ulid hll tdigest topn "
    "roaringbitmap h3index rrule uint1 uint2 uint4 uint8 uint16 int1 int16".split()
)
_WITH_ARGUMENTS = ("varchar", "char", "numeric", "timestamp", "timestamptz", "time", "bit")
_WRITTEN = re.compile(
    r"\s*(?P<name>[^(\[]+)(?:\((?P<arguments>[^)]*)\)(?P<rest>[^(\[]*))?(?P<dimensions>(?:\[\d*\])*)\s*"
)


def canonical(name: str) -> str:
    """The model's spelling of a type's name; a name PostgreSQL does not define is left as it is."""
    return _CANONICAL.get(name, name)


def spellings() -> set[str]:
    """Every way to write one of PostgreSQL's own types."""
    return {*BUILT_IN, *_CANONICAL, *_SERIALS}


def serial(name: str) -> str | None:
    """The integer type under a serial type; None for other types."""
    return _SERIALS.get(name)


def parse_type(text: str) -> tuple[Type, bool]:
    """A type as a person writes it (`timestamp(3) with time zone`, `vector(1536)`, `int4[]`), and whether all of it
    was kept: arguments that are no whole numbers are not."""
    quoted = re.fullmatch(r'\s*"((?:[^"]|"")+)"((?:\[\d*\])*)\s*', text)
    if quoted is not None:
        return Type(quoted[1].replace('""', '"'), dimensions=quoted[2].count("[")), True
    match = _WRITTEN.fullmatch(text)
    if match is None:
        return Type(text.strip()), False
    name = " ".join(f"{match['name']} {match['rest'] or ''}".split())
    arguments = [argument.strip() for argument in (match["arguments"] or "").split(",") if argument.strip()]
    are_numbers = all(re.fullmatch(r"-?\d+", argument) for argument in arguments)
    numbers = tuple(int(argument) for argument in arguments) if are_numbers else ()
    spelled = name.lower() if name.lower() in _CANONICAL else name
    return Type(canonical(spelled), numbers, match["dimensions"].count("[")), are_numbers


def parse_foreign_type(text: str, provider: str) -> tuple[Type, str]:
    """A column's type as MySQL or SQLite spell it (`int(10) unsigned`, `VARCHAR(40)`), and what is lost of it."""
    match = re.match(r"([a-z][\w ]*?)\s*(?:\(([\d, ]*)\))?(\s+unsigned)?(\s+zerofill)?$", text.strip().lower())
    if match is None:
        return Type("text"), f"kept as text: {text} is not known" if text.strip() else ""
    name, numbers = match[1], tuple(int(number) for number in (match[2] or "").split(",") if number.strip())
    if name == "tinyint" and numbers == (1,) and provider == "mysql":
        return Type("boolean"), ""
    named = (
        MYSQL.get(name, name) if provider == "mysql" else {"json": "jsonb", "real": "double precision"}.get(name, name)
    )
    type_, _ = parse_type(RENAMED.get(named, named))
    if match[3]:
        larger = {"smallint": "integer", "integer": "bigint"}.get(type_.name)
        lost = "" if larger else "numbers above 2^63 do not fit" if type_.name == "bigint" else ""
        return Type(larger or type_.name, numbers if type_.name == "numeric" else ()), lost
    return Type(type_.name, numbers if type_.name in _WITH_ARGUMENTS else ()), ""

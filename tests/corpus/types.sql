-- A column of every type that people use, arrays and ranges among them.
CREATE EXTENSION IF NOT EXISTS citext;
CREATE EXTENSION IF NOT EXISTS hstore;
CREATE TYPE shade AS ENUM ('dark', 'light');
CREATE TYPE floats AS RANGE (SUBTYPE = double precision);
CREATE TABLE every_type (
  id bigint PRIMARY KEY, c1 smallint, c2 integer NOT NULL, c3 real, c4 double precision, c5 numeric, c6 numeric(10),
  c7 numeric(20, 6) NOT NULL, c8 money, c9 boolean NOT NULL, c10 text, c11 varchar, c12 varchar(20) NOT NULL, c13 char(5),
  c14 bytea, c15 date, c16 time, c17 time(3), c18 timetz, c19 timestamp, c20 timestamp(0), c21 timestamptz, c22 timestamptz(3),
  c23 interval, c24 uuid, c25 json, c26 jsonb, c27 xml, c28 inet, c29 cidr, c30 macaddr, c31 bit(8), c32 bit varying(16),
  c33 point, c34 polygon, c35 tsvector, c36 int4range, c37 tstzrange, c38 daterange, c39 citext, c40 hstore, c41 shade,
  c42 text[], c43 integer[][] , c44 shade[], c45 numeric(6, 2)[], c46 uuid[] NOT NULL, c47 floats, c48 oid, c49 name, c50 datemultirange
);
CREATE INDEX every_type_c26 ON every_type USING gin (c26);
CREATE INDEX every_type_c42 ON every_type USING gin (c42);
CREATE INDEX every_type_c37 ON every_type USING gist (c37);
CREATE INDEX every_type_c21 ON every_type USING brin (c21);
CREATE INDEX every_type_c24 ON every_type USING hash (c24);
CREATE INDEX every_type_mixed ON every_type (c1 DESC, c2 NULLS FIRST, (c26 ->> 'a'), c12);

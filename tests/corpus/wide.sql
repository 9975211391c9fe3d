CREATE TABLE survey (id integer PRIMARY KEY, q01 smallint, q02 smallint, q03 smallint, q04 smallint, q05 smallint, q06 smallint, q07 smallint, q08 smallint,
  q09 smallint, q10 smallint, q11 text, q12 text, q13 text, q14 text, q15 text, q16 text, q17 text, q18 text, q19 text, q20 text, q21 boolean, q22 boolean,
  q23 boolean, q24 boolean, q25 boolean, q26 date, q27 date, q28 numeric(5, 2), q29 numeric(5, 2), q30 jsonb,
  a_column_with_a_name_as_long_as_postgresql_lets_any_name_be_63b integer);
CREATE INDEX an_index_with_a_name_as_long_as_postgresql_lets_any_name_be_63b ON survey (q01, q02, q03, q04, q05, q06, q07);

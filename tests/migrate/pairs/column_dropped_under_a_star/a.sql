CREATE TABLE people (
  id bigint PRIMARY KEY,
  name text NOT NULL,
  fax text
);
CREATE VIEW everybody AS SELECT p.* FROM people p;
CREATE VIEW names AS SELECT name FROM everybody;
CREATE VIEW counted AS SELECT count(*) AS people FROM people;

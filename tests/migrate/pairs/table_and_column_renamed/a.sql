CREATE TABLE people (id int PRIMARY KEY, mail text NOT NULL); CREATE INDEX people_mail ON people (lower(mail));

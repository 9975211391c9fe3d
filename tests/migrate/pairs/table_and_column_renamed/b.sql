-- migrate: rename people to users
-- migrate: rename people.mail to email
CREATE TABLE users (id int PRIMARY KEY, email text NOT NULL); CREATE INDEX users_email ON users (lower(email));

CREATE EXTENSION IF NOT EXISTS btree_gist;
CREATE TABLE rooms (id integer PRIMARY KEY, name text NOT NULL);
CREATE TABLE events (id integer PRIMARY KEY, title text NOT NULL, starts timestamptz NOT NULL, ends timestamptz NOT NULL, room_id integer REFERENCES rooms,
  during tstzrange GENERATED ALWAYS AS (tstzrange(starts, ends)) STORED, CHECK (ends > starts),
  EXCLUDE USING gist (room_id WITH =, during WITH &&) WHERE (room_id IS NOT NULL));
CREATE TABLE invitations (event_id integer REFERENCES events ON DELETE CASCADE, guest text, answer boolean, PRIMARY KEY (event_id, guest));
CREATE INDEX events_during ON events USING spgist (during);

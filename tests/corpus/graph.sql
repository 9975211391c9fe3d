-- dialect: postgres
-- References in circles, several between the same two tables, one-to-ones, tables that are keys alone.
CREATE TABLE nodes (id integer PRIMARY KEY, first_edge_id integer, twin_id integer UNIQUE REFERENCES nodes);
CREATE TABLE edges (
  id integer PRIMARY KEY,
  from_id integer NOT NULL REFERENCES nodes ON DELETE CASCADE,
  to_id integer NOT NULL REFERENCES nodes ON DELETE CASCADE,
  via_id integer REFERENCES nodes ON DELETE SET NULL,
  UNIQUE (from_id, to_id)
);
ALTER TABLE nodes ADD FOREIGN KEY (first_edge_id) REFERENCES edges ON DELETE SET NULL;
CREATE TABLE labels (node_id integer PRIMARY KEY REFERENCES nodes ON DELETE CASCADE, label text NOT NULL);
CREATE TABLE node_tags (node_id integer REFERENCES nodes, tag_id integer, PRIMARY KEY (node_id, tag_id));
CREATE TABLE tags (id integer PRIMARY KEY, parent_id integer REFERENCES tags);
ALTER TABLE node_tags ADD CONSTRAINT tagged FOREIGN KEY (tag_id) REFERENCES tags ON DELETE CASCADE ON UPDATE CASCADE;
CREATE TABLE paths (a integer, b integer, c integer, PRIMARY KEY (a, b, c), FOREIGN KEY (a, b) REFERENCES edges (from_id, to_id));

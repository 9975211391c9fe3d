-- Single-table and class-table inheritance; a key shared by both.
CREATE TYPE party_kind AS ENUM ('person', 'company');
CREATE TABLE parties (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), kind party_kind NOT NULL, name text NOT NULL, UNIQUE (id, kind));
CREATE TABLE persons (id uuid PRIMARY KEY, kind party_kind NOT NULL DEFAULT 'person' CHECK (kind = 'person'), born date,
  FOREIGN KEY (id, kind) REFERENCES parties (id, kind) ON DELETE CASCADE);
CREATE TABLE companies (id uuid PRIMARY KEY, kind party_kind NOT NULL DEFAULT 'company' CHECK (kind = 'company'), vat varchar(20) UNIQUE,
  FOREIGN KEY (id, kind) REFERENCES parties (id, kind) ON DELETE CASCADE);

-- Flights, seats and bookings: composite keys all the way down, exclusion of overlapping rotations.
CREATE EXTENSION IF NOT EXISTS btree_gist;
CREATE TYPE cabin AS ENUM ('economy', 'premium economy', 'business', '1st');
CREATE TABLE airports (
  code char(3) PRIMARY KEY,
  city text NOT NULL,
  location point NOT NULL,
  elevation_m smallint CHECK (elevation_m BETWEEN -430 AND 9000)
);
CREATE TABLE aircraft (
  tail varchar(8) PRIMARY KEY,
  model text NOT NULL,
  range_km integer NOT NULL CHECK (range_km > 0),
  retired_on date
);
CREATE TABLE flights (
  number varchar(7) NOT NULL,
  departs_on date NOT NULL,
  origin char(3) NOT NULL REFERENCES airports ON UPDATE CASCADE,
  destination char(3) NOT NULL REFERENCES airports ON UPDATE CASCADE,
  tail varchar(8) REFERENCES aircraft ON DELETE SET NULL,
  airborne tstzrange,
  minutes integer GENERATED ALWAYS AS (CASE WHEN origin = destination THEN 0 ELSE 60 END) STORED,
  PRIMARY KEY (number, departs_on),
  CHECK (origin <> destination),
  CONSTRAINT one_at_a_time EXCLUDE USING gist (tail WITH =, airborne WITH &&)
);
CREATE TABLE seats (
  tail varchar(8) REFERENCES aircraft ON DELETE CASCADE,
  seat varchar(4),
  cabin cabin DEFAULT 'economy' NOT NULL,
  PRIMARY KEY (tail, seat)
);
CREATE TABLE bookings (
  id uuid DEFAULT gen_random_uuid() PRIMARY KEY,
  number varchar(7) NOT NULL,
  departs_on date NOT NULL,
  tail varchar(8),
  seat varchar(4),
  passenger text NOT NULL,
  price numeric(9, 2) NOT NULL CHECK (price >= 0),
  currency char(3) DEFAULT 'EUR' NOT NULL,
  booked_at timestamptz DEFAULT now() NOT NULL,
  FOREIGN KEY (number, departs_on) REFERENCES flights ON DELETE RESTRICT,
  FOREIGN KEY (tail, seat) REFERENCES seats MATCH FULL ON DELETE SET NULL,
  UNIQUE NULLS NOT DISTINCT (number, departs_on, seat)
);
CREATE INDEX bookings_passenger ON bookings (lower(passenger) text_pattern_ops);
CREATE INDEX bookings_recent ON bookings (booked_at DESC NULLS LAST) INCLUDE (price) WHERE price > 0;

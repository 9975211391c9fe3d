CREATE TABLE vehicles (vin char(17) PRIMARY KEY, plate varchar(12), seats smallint DEFAULT 5, CONSTRAINT vehicles_plate UNIQUE (plate));
CREATE TABLE drivers (id smallint PRIMARY KEY, licence text NOT NULL UNIQUE, current_vehicle char(17) UNIQUE REFERENCES vehicles ON DELETE SET NULL);
CREATE TABLE trips (vin char(17) NOT NULL REFERENCES vehicles, driver_id smallint NOT NULL REFERENCES drivers ON UPDATE CASCADE, started timestamptz NOT NULL,
  ended timestamptz, km numeric(7, 1) NOT NULL DEFAULT 0, PRIMARY KEY (vin, started), CHECK (ended IS NULL OR ended > started));
CREATE INDEX trips_open ON trips (driver_id) WHERE ended IS NULL;
CREATE UNIQUE INDEX trips_one_open ON trips (vin) WHERE ended IS NULL;

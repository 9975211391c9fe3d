-- Parcels on their way.
CREATE TYPE parcel_state AS ENUM ('announced', 'picked_up', 'in_transit', 'delivered', 'returned');

CREATE TABLE carriers (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  code varchar(10) NOT NULL UNIQUE,
  name text NOT NULL
);
COMMENT ON TABLE carriers IS 'Who drives.';

CREATE TABLE depots (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  code varchar(10) NOT NULL UNIQUE,
  city text NOT NULL,
  country_code char(2) NOT NULL,
  opens time NOT NULL,
  closes time NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  CHECK (closes > opens)
);
COMMENT ON TABLE depots IS 'Where parcels change the lorry.';
COMMENT ON COLUMN depots.opens IS 'In the depot''s local time, as is the other.';

CREATE TABLE parcels (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  carrier_id bigint NOT NULL REFERENCES carriers ON DELETE RESTRICT,
  origin_depot_id bigint NOT NULL REFERENCES depots ON DELETE RESTRICT,
  target_depot_id bigint NOT NULL REFERENCES depots ON DELETE RESTRICT,
  tracking_number varchar(30) NOT NULL UNIQUE,
  weight_grams integer NOT NULL CHECK (weight_grams > 0),
  declared_value numeric(12,2) NOT NULL CHECK (declared_value >= 0),
  declared_currency char(3) NOT NULL,
  announced_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE parcels IS 'One box each.';
COMMENT ON COLUMN parcels.weight_grams IS 'Packed.';
COMMENT ON COLUMN parcels.declared_value IS 'For customs and insurance.';
CREATE INDEX parcels_carrier_idx ON parcels (carrier_id);
CREATE INDEX parcels_origin_idx ON parcels (origin_depot_id);
CREATE INDEX parcels_target_idx ON parcels (target_depot_id);

CREATE TABLE scans (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  parcel_id bigint NOT NULL REFERENCES parcels ON DELETE CASCADE,
  depot_id bigint REFERENCES depots ON DELETE RESTRICT,
  state parcel_state NOT NULL,
  scanned_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE scans IS 'Where a parcel was seen.';
COMMENT ON COLUMN scans.depot_id IS 'NULL on the road.';
CREATE INDEX scans_parcel_idx ON scans (parcel_id, scanned_at);
CREATE INDEX scans_depot_idx ON scans (depot_id);

CREATE VIEW late_parcels AS
  SELECT id, tracking_number FROM parcels WHERE announced_at < now() - interval '7 days';

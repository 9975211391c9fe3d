-- Sensors on machines, and what they read.
CREATE TABLE sites (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  code varchar(10) NOT NULL UNIQUE,
  name text NOT NULL,
  timezone text NOT NULL DEFAULT 'UTC',
  latitude numeric(9,6) NOT NULL CHECK (latitude BETWEEN -90 AND 90),
  longitude numeric(9,6) NOT NULL CHECK (longitude BETWEEN -180 AND 180),
  created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE sites IS 'Places with machines.';
COMMENT ON COLUMN sites.timezone IS 'IANA name; times are shown in it.';

CREATE TABLE sensor_models (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL UNIQUE,
  unit varchar(10) NOT NULL,
  lowest double precision NOT NULL,
  highest double precision NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  CHECK (highest > lowest)
);
COMMENT ON TABLE sensor_models IS 'What can be mounted.';
COMMENT ON COLUMN sensor_models.unit IS 'UCUM, such as Cel or kPa.';

CREATE TABLE sensors (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  site_id bigint NOT NULL REFERENCES sites ON DELETE RESTRICT,
  model_id bigint NOT NULL REFERENCES sensor_models ON DELETE RESTRICT,
  serial_number varchar(40) NOT NULL UNIQUE,
  address inet,
  mounted_on date NOT NULL,
  removed_on date,
  created_at timestamptz NOT NULL DEFAULT now(),
  CHECK (removed_on >= mounted_on)
);
COMMENT ON TABLE sensors IS 'One device each.';
COMMENT ON COLUMN sensors.address IS 'NULL for those behind a gateway.';
CREATE INDEX sensors_site_idx ON sensors (site_id);
CREATE INDEX sensors_model_idx ON sensors (model_id);

CREATE TABLE readings (
  sensor_id bigint NOT NULL REFERENCES sensors ON DELETE RESTRICT,
  read_at timestamptz NOT NULL,
  value double precision NOT NULL,
  PRIMARY KEY (sensor_id, read_at)
) PARTITION BY RANGE (read_at);
COMMENT ON TABLE readings IS 'One value at one time; a partition a month, kept for five years.';
COMMENT ON COLUMN readings.value IS 'In the unit of the sensor''s model.';

CREATE TABLE alerts (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  sensor_id bigint NOT NULL REFERENCES sensors ON DELETE RESTRICT,
  raised_at timestamptz NOT NULL DEFAULT now(),
  message text NOT NULL,
  acknowledged_by text
);
COMMENT ON TABLE alerts IS 'Values out of bounds.';
COMMENT ON COLUMN alerts.acknowledged_by IS 'Who has seen it; NULL while nobody has.';
CREATE INDEX alerts_sensor_idx ON alerts (sensor_id, raised_at);

CREATE MATERIALIZED VIEW daily_means AS
  SELECT sensor_id, date_trunc('day', read_at) AS day, avg(value) AS mean FROM readings GROUP BY 1, 2;
CREATE UNIQUE INDEX daily_means_key ON daily_means (sensor_id, day);

-- Partitions by range, list and hash, two levels deep, with their own storage; a materialized view over them.
CREATE SCHEMA iot;
CREATE TABLE iot.devices (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, serial text NOT NULL UNIQUE, site text NOT NULL);
CREATE TABLE iot.readings (
  device_id integer NOT NULL REFERENCES iot.devices (id) ON DELETE CASCADE,
  at timestamptz NOT NULL,
  kind text NOT NULL,
  value double precision,
  PRIMARY KEY (device_id, at, kind)
) PARTITION BY RANGE (at);
CREATE TABLE iot.readings_2025 PARTITION OF iot.readings FOR VALUES FROM ('2025-01-01 00:00:00+00') TO ('2026-01-01 00:00:00+00')
  PARTITION BY LIST (kind);
CREATE TABLE iot.readings_2025_heat PARTITION OF iot.readings_2025 FOR VALUES IN ('heat', 'frost');
CREATE TABLE iot.readings_2025_rest PARTITION OF iot.readings_2025 DEFAULT;
CREATE TABLE iot.readings_later PARTITION OF iot.readings FOR VALUES FROM ('2026-01-01 00:00:00+00') TO (MAXVALUE);
CREATE INDEX readings_kind ON iot.readings (kind, at DESC);
CREATE TABLE iot.events (id bigint NOT NULL, body jsonb) PARTITION BY HASH (id);
CREATE TABLE iot.events_0 PARTITION OF iot.events FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE iot.events_1 PARTITION OF iot.events FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE UNLOGGED TABLE iot.inbox (id bigserial PRIMARY KEY, body bytea NOT NULL) WITH (autovacuum_enabled = false);
CREATE MATERIALIZED VIEW iot.daily AS
  SELECT device_id, date_trunc('day', at) AS day, avg(value) AS mean FROM iot.readings GROUP BY 1, 2;
CREATE UNIQUE INDEX daily_key ON iot.daily (device_id, day);
CREATE VIEW iot.warm AS SELECT device_id, at, value FROM iot.readings WHERE kind = 'heat' AND value > 30;

-- Patients and visits; domains, a composite type, comments everywhere, soft delete with a partial unique index.
CREATE DOMAIN email AS text CHECK (VALUE ~ '^[^@]+@[^@]+$');
COMMENT ON DOMAIN email IS 'good enough';
CREATE TYPE address AS (street text, city text, zip varchar(10));
CREATE TYPE sex AS ENUM ('female', 'male', 'other');
COMMENT ON TYPE sex IS 'as stated';
CREATE TABLE patients (
  id bigserial PRIMARY KEY,
  name text NOT NULL,
  mail email,
  home address,
  sex sex,
  born date NOT NULL CHECK (born > '1880-01-01'),
  deleted_at timestamptz
);
COMMENT ON TABLE patients IS E'Everyone who was ever here.\nNever deleted, only marked.';
COMMENT ON COLUMN patients.mail IS 'where reminders go; "none" is not an address';
CREATE UNIQUE INDEX patients_mail_key ON patients (mail) WHERE deleted_at IS NULL;
CREATE TABLE doctors (
  id serial PRIMARY KEY,
  name varchar(80) NOT NULL,
  supervisor_id integer REFERENCES doctors ON DELETE SET NULL,
  substitute_id integer UNIQUE REFERENCES doctors
);
CREATE TABLE visits (
  patient_id bigint NOT NULL REFERENCES patients,
  doctor_id integer NOT NULL REFERENCES doctors,
  referred_by_id integer REFERENCES doctors,
  at timestamptz NOT NULL,
  notes jsonb DEFAULT '{}' NOT NULL,
  fee money,
  PRIMARY KEY (patient_id, at)
);
COMMENT ON CONSTRAINT visits_pkey ON visits IS 'nobody is seen twice at a time';
CREATE INDEX visits_notes ON visits USING gin (notes jsonb_path_ops);
CREATE INDEX visits_day ON visits USING brin (at) WITH (pages_per_range = 32);

-- A clinic: who sees whom, where, and what is found.
CREATE EXTENSION btree_gist;

CREATE TYPE appointment_status AS ENUM ('booked', 'arrived', 'done', 'missed', 'cancelled');

CREATE TABLE patients (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  record_number varchar(12) NOT NULL UNIQUE,
  given_name text NOT NULL,
  family_name text NOT NULL,
  birth_date date NOT NULL CHECK (birth_date > '1880-01-01'),
  email text CHECK (email = lower(email)),
  country_code char(2) NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE patients IS 'People who were ever treated here.';
COMMENT ON COLUMN patients.record_number IS 'Printed on the card; never given again.';
COMMENT ON COLUMN patients.birth_date IS 'Identifies a patient together with the name; kept for thirty years.';

CREATE TABLE practitioners (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  licence_number varchar(20) NOT NULL UNIQUE,
  display_name text NOT NULL,
  is_accepting boolean NOT NULL DEFAULT true,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE practitioners IS 'Doctors, nurses and therapists.';
COMMENT ON COLUMN practitioners.is_accepting IS 'Whether new patients may be booked.';

CREATE TABLE rooms (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  label varchar(20) NOT NULL UNIQUE,
  floor smallint NOT NULL
);
COMMENT ON TABLE rooms IS 'Where patients are seen.';
COMMENT ON COLUMN rooms.floor IS '0 is the ground floor.';

CREATE TABLE appointments (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  patient_id bigint NOT NULL REFERENCES patients ON DELETE RESTRICT,
  practitioner_id bigint NOT NULL REFERENCES practitioners ON DELETE RESTRICT,
  room_id bigint NOT NULL REFERENCES rooms ON DELETE RESTRICT,
  status appointment_status NOT NULL DEFAULT 'booked',
  starts_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CHECK (ends_at > starts_at),
  EXCLUDE USING gist (room_id WITH =, tstzrange(starts_at, ends_at) WITH &&)
);
COMMENT ON TABLE appointments IS 'One patient with one practitioner in one room.';
CREATE INDEX appointments_patient_idx ON appointments (patient_id, starts_at);
CREATE INDEX appointments_practitioner_idx ON appointments (practitioner_id, starts_at);
CREATE INDEX appointments_room_idx ON appointments (room_id);

CREATE TABLE diagnosis_codes (
  code varchar(8) PRIMARY KEY,
  title text NOT NULL
);
COMMENT ON TABLE diagnosis_codes IS 'ICD-10.';

CREATE TABLE findings (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  appointment_id bigint NOT NULL REFERENCES appointments ON DELETE RESTRICT,
  diagnosis_code varchar(8) NOT NULL REFERENCES diagnosis_codes ON DELETE RESTRICT,
  note text,
  found_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (appointment_id, diagnosis_code)
);
COMMENT ON TABLE findings IS 'What a practitioner found at an appointment.';
COMMENT ON COLUMN findings.note IS 'NULL where the code says it all.';
CREATE INDEX findings_diagnosis_idx ON findings (diagnosis_code);

CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.updated_at := now(); RETURN NEW; END $$;
CREATE TRIGGER patients_touch BEFORE UPDATE ON patients FOR EACH ROW EXECUTE FUNCTION touch();
CREATE TRIGGER practitioners_touch BEFORE UPDATE ON practitioners FOR EACH ROW EXECUTE FUNCTION touch();
CREATE TRIGGER appointments_touch BEFORE UPDATE ON appointments FOR EACH ROW EXECUTE FUNCTION touch();

-- Who works where, for how much, and when they are away.
CREATE TYPE absence_kind AS ENUM ('holiday', 'illness', 'parental', 'unpaid');

CREATE TABLE departments (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  parent_id bigint REFERENCES departments ON DELETE RESTRICT,
  name text NOT NULL UNIQUE,
  created_at timestamptz NOT NULL DEFAULT now(),
  CHECK (parent_id <> id)
);
COMMENT ON TABLE departments IS 'A tree.';
COMMENT ON COLUMN departments.parent_id IS 'NULL for the whole firm.';
CREATE INDEX departments_parent_idx ON departments (parent_id);

CREATE TABLE employees (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  department_id bigint NOT NULL REFERENCES departments ON DELETE RESTRICT,
  manager_id bigint REFERENCES employees ON DELETE SET NULL,
  staff_number varchar(10) NOT NULL UNIQUE,
  given_name text NOT NULL,
  family_name text NOT NULL,
  email text NOT NULL UNIQUE CHECK (email = lower(email)),
  birth_date date NOT NULL,
  hired_on date NOT NULL,
  left_on date,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CHECK (left_on >= hired_on),
  CHECK (manager_id <> id)
);
COMMENT ON TABLE employees IS 'Everybody who is or was employed.';
COMMENT ON COLUMN employees.birth_date IS 'For pensions; erased ten years after they left.';
COMMENT ON COLUMN employees.manager_id IS 'NULL for the head of the firm.';
CREATE INDEX employees_department_idx ON employees (department_id);
CREATE INDEX employees_manager_idx ON employees (manager_id);

CREATE TABLE salaries (
  employee_id bigint NOT NULL REFERENCES employees ON DELETE RESTRICT,
  valid_from date NOT NULL,
  valid_to date,
  yearly_salary numeric(12,2) NOT NULL CHECK (yearly_salary >= 0),
  currency char(3) NOT NULL DEFAULT 'EUR',
  PRIMARY KEY (employee_id, valid_from),
  CHECK (valid_to > valid_from)
);
COMMENT ON TABLE salaries IS 'What was agreed, and from when.';
COMMENT ON COLUMN salaries.valid_to IS 'NULL while it holds.';

CREATE TABLE absences (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  employee_id bigint NOT NULL REFERENCES employees ON DELETE CASCADE,
  kind absence_kind NOT NULL,
  period daterange NOT NULL,
  requested_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE absences IS 'Days away.';
COMMENT ON COLUMN absences.kind IS 'Decides who pays.';
CREATE INDEX absences_employee_idx ON absences (employee_id);

CREATE TABLE skills (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL UNIQUE
);
COMMENT ON TABLE skills IS 'What somebody can do.';

CREATE TABLE employee_skills (
  employee_id bigint NOT NULL REFERENCES employees ON DELETE CASCADE,
  skill_id bigint NOT NULL REFERENCES skills ON DELETE CASCADE,
  PRIMARY KEY (employee_id, skill_id)
);
COMMENT ON TABLE employee_skills IS 'Who can do what.';
CREATE INDEX employee_skills_skill_idx ON employee_skills (skill_id);

CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.updated_at := now(); RETURN NEW; END $$;
CREATE TRIGGER employees_touch BEFORE UPDATE ON employees FOR EACH ROW EXECUTE FUNCTION touch();

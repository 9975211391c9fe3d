-- Software for many organizations in one database, kept apart by row-level security.
CREATE TYPE member_role AS ENUM ('owner', 'admin', 'member', 'guest');
CREATE TYPE task_status AS ENUM ('open', 'doing', 'done');

CREATE TABLE organizations (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  subdomain varchar(63) NOT NULL UNIQUE CHECK (subdomain = lower(subdomain)),
  name text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE organizations IS 'The tenants.';
COMMENT ON COLUMN organizations.subdomain IS 'Where its people sign in.';

CREATE TABLE members (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  organization_id bigint NOT NULL REFERENCES organizations ON DELETE RESTRICT,
  email text NOT NULL CHECK (email = lower(email)),
  role member_role NOT NULL DEFAULT 'member',
  password_hash text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (organization_id, email)
);
COMMENT ON TABLE members IS 'People of an organization.';
COMMENT ON COLUMN members.role IS 'What they may do.';
COMMENT ON COLUMN members.password_hash IS 'Argon2id.';

CREATE TABLE projects (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  organization_id bigint NOT NULL REFERENCES organizations ON DELETE RESTRICT,
  slug varchar(80) NOT NULL,
  title text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (organization_id, slug)
);
COMMENT ON TABLE projects IS 'What an organization works on.';

CREATE TABLE tasks (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  organization_id bigint NOT NULL REFERENCES organizations ON DELETE RESTRICT,
  project_id bigint NOT NULL REFERENCES projects ON DELETE CASCADE,
  assignee_id bigint REFERENCES members ON DELETE SET NULL,
  status task_status NOT NULL DEFAULT 'open',
  title text NOT NULL,
  labels text[] NOT NULL DEFAULT '{}',
  settings jsonb NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE tasks IS 'Work to be done.';
COMMENT ON COLUMN tasks.labels IS 'Words of the organization''s own.';
COMMENT ON COLUMN tasks.settings IS 'How it is shown; read and written whole.';
CREATE INDEX tasks_organization_idx ON tasks (organization_id, status, created_at DESC);
CREATE INDEX tasks_project_idx ON tasks (project_id);
CREATE INDEX tasks_assignee_idx ON tasks (assignee_id);
CREATE INDEX tasks_labels_idx ON tasks USING gin (labels);

CREATE TABLE audit_log (
  id bigint GENERATED ALWAYS AS IDENTITY,
  organization_id bigint NOT NULL REFERENCES organizations ON DELETE RESTRICT,
  actor_id bigint REFERENCES members ON DELETE SET NULL,
  entity_type text NOT NULL CHECK (entity_type IN ('project', 'task')),
  entity_id bigint NOT NULL,
  change jsonb NOT NULL,
  logged_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (id, logged_at)
) PARTITION BY RANGE (logged_at);
COMMENT ON TABLE audit_log IS 'Who changed what; months are dropped after two years.';
COMMENT ON COLUMN audit_log.entity_id IS 'No foreign key, since the entry outlives it.';
CREATE INDEX audit_log_organization_idx ON audit_log (organization_id, logged_at);
CREATE INDEX audit_log_actor_idx ON audit_log (actor_id);

ALTER TABLE members ENABLE ROW LEVEL SECURITY;
ALTER TABLE members FORCE ROW LEVEL SECURITY;
CREATE POLICY members_own ON members USING (organization_id = current_setting('app.organization')::bigint);
ALTER TABLE projects ENABLE ROW LEVEL SECURITY;
ALTER TABLE projects FORCE ROW LEVEL SECURITY;
CREATE POLICY projects_own ON projects USING (organization_id = current_setting('app.organization')::bigint);
ALTER TABLE tasks ENABLE ROW LEVEL SECURITY;
ALTER TABLE tasks FORCE ROW LEVEL SECURITY;
CREATE POLICY tasks_own ON tasks USING (organization_id = current_setting('app.organization')::bigint);
ALTER TABLE audit_log ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_log FORCE ROW LEVEL SECURITY;
CREATE POLICY audit_log_own ON audit_log USING (organization_id = current_setting('app.organization')::bigint);

CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.updated_at := now(); RETURN NEW; END $$;
CREATE TRIGGER tasks_touch BEFORE UPDATE ON tasks FOR EACH ROW EXECUTE FUNCTION touch();

-- Row level security on the shared tables: a query that forgets its tenant, or names another's, finds nothing. The
-- application signs in as a role that owns no table, and shows for each transaction a pass for one organization; the
-- pass is signed, so that whoever gets to run SQL of their own cannot write one for another organization. What is done
-- for nobody in particular (login, billing, the vendor's reports) has a role of its own. The price is a second
-- statement in each transaction, and a check of the pass for each table of a query.

-- migrate:up
DO $$ BEGIN
  CREATE ROLE saas_tenant NOLOGIN;
EXCEPTION WHEN duplicate_object THEN NULL;
END $$;
DO $$ BEGIN
  CREATE ROLE saas_platform NOLOGIN;
EXCEPTION WHEN duplicate_object THEN NULL;
END $$;
GRANT saas_tenant, saas_platform TO CURRENT_USER;

-- Passes: `17.` and a keyed hash of 17, which only the owner of the key can make.
CREATE SCHEMA tenancy;
CREATE TABLE tenancy.secret (key bytea NOT NULL);
INSERT INTO tenancy.secret
VALUES (sha256(convert_to(gen_random_uuid()::text || gen_random_uuid()::text || gen_random_uuid()::text, 'UTF8')));

CREATE FUNCTION tenancy.pass(organization_id bigint) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT organization_id || '.' || encode(sha256(key || sha256(key || int8send(organization_id))), 'hex')
      FROM tenancy.secret $$;
REVOKE EXECUTE ON FUNCTION tenancy.pass FROM PUBLIC;

CREATE FUNCTION tenancy.organization() RETURNS bigint
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT CASE WHEN shown ~ '^[1-9][0-9]{0,17}\.[0-9a-f]{64}$' AND shown = tenancy.pass(split_part(shown, '.', 1)::bigint)
                  THEN split_part(shown, '.', 1)::bigint END
      FROM (SELECT current_setting('app.tenant', true) AS shown) s $$;
REVOKE EXECUTE ON FUNCTION tenancy.organization FROM PUBLIC;
GRANT USAGE ON SCHEMA tenancy TO saas_tenant;
GRANT EXECUTE ON FUNCTION tenancy.organization TO saas_tenant;

-- What each role may do at all. The tenant's appends to the log, and neither invites nor bills itself. It chooses no id,
-- since a number that is refused as taken tells that another tenant has it, and moves no row to another tenant.
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO saas_tenant, saas_platform;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO saas_platform;
GRANT SELECT ON organizations, sso_connections, memberships, roles, role_permissions, permissions, api_keys,
  invitations, plans, subscriptions, invoices, invoice_lines, payments, usage_events, usage_daily, workspaces, projects,
  documents, tasks, comments, audit_log TO saas_tenant;
GRANT SELECT (id, email, display_name, locale) ON users TO saas_tenant;
GRANT UPDATE (last_used_at, revoked_at) ON api_keys TO saas_tenant;
GRANT INSERT ON usage_daily TO saas_tenant;
GRANT UPDATE (quantity, updated_at) ON usage_daily TO saas_tenant;
GRANT DELETE ON workspaces, projects, documents, tasks, comments TO saas_tenant;
DO $$
DECLARE found record;
BEGIN
  FOR found IN
    SELECT table_name AS name,
           string_agg(quote_ident(column_name), ', ') AS new,
           string_agg(quote_ident(column_name), ', ') FILTER (WHERE column_name <> 'organization_id') AS changed
    FROM information_schema.columns
    WHERE table_schema = 'public' AND column_name <> 'id'
      AND table_name IN ('workspaces', 'projects', 'documents', 'tasks', 'comments', 'usage_events', 'audit_log')
    GROUP BY table_name
  LOOP
    EXECUTE format('GRANT INSERT (%s) ON %I TO saas_tenant', found.new, found.name);
    IF found.name NOT IN ('usage_events', 'audit_log') THEN
      EXECUTE format('GRANT UPDATE (%s) ON %I TO saas_tenant', found.changed, found.name);
    END IF;
  END LOOP;
END $$;

-- One policy for each role and table; FORCE holds the tables' owner to them, too.
DO $$
DECLARE found record;
BEGIN
  FOR found IN
    SELECT c.table_name AS name, CASE c.table_name WHEN 'organizations' THEN 'id' ELSE 'organization_id' END AS tenant
    FROM information_schema.columns c
    JOIN information_schema.tables t USING (table_schema, table_name)
    WHERE t.table_schema = 'public' AND t.table_type = 'BASE TABLE'
      AND (c.column_name = 'organization_id' OR (c.table_name = 'organizations' AND c.column_name = 'id'))
  LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', found.name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', found.name);
    EXECUTE format('CREATE POLICY tenant ON %I TO saas_tenant USING (%I = (SELECT tenancy.organization()))',
                   found.name, found.tenant);
    EXECUTE format('CREATE POLICY platform ON %I TO saas_platform USING (true)', found.name);
  END LOOP;
END $$;
ALTER TABLE users ENABLE ROW LEVEL SECURITY;
ALTER TABLE users FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON users FOR SELECT TO saas_tenant
  USING (EXISTS (SELECT FROM memberships m
                 WHERE m.organization_id = (SELECT tenancy.organization()) AND m.user_id = users.id));
CREATE POLICY platform ON users TO saas_platform USING (true);
ALTER TABLE user_identities ENABLE ROW LEVEL SECURITY;
ALTER TABLE user_identities FORCE ROW LEVEL SECURITY;
CREATE POLICY platform ON user_identities TO saas_platform USING (true);

-- migrate:down
DO $$
DECLARE found record;
BEGIN
  FOR found IN SELECT polname AS name, polrelid::regclass AS relation FROM pg_policy LOOP
    EXECUTE format('DROP POLICY %I ON %s', found.name, found.relation);
    EXECUTE format('ALTER TABLE %s NO FORCE ROW LEVEL SECURITY', found.relation);
    EXECUTE format('ALTER TABLE %s DISABLE ROW LEVEL SECURITY', found.relation);
  END LOOP;
END $$;
DROP OWNED BY saas_tenant, saas_platform;
DROP FUNCTION tenancy.organization;
DROP FUNCTION tenancy.pass;
DROP TABLE tenancy.secret;
DROP SCHEMA tenancy;
DO $$ BEGIN
  IF current_setting('server_version_num')::int < 150000 THEN
    GRANT CREATE ON SCHEMA public TO PUBLIC;
  END IF;
END $$;
-- A role is the whole server's: it stays while another database there knows it.
DO $$ BEGIN
  DROP ROLE saas_tenant;
EXCEPTION WHEN dependent_objects_still_exist THEN NULL;
END $$;
DO $$ BEGIN
  DROP ROLE saas_platform;
EXCEPTION WHEN dependent_objects_still_exist THEN NULL;
END $$;

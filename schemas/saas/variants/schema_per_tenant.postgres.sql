-- A schema for each organization, with its own projects, documents, tasks and comments; who it is, what it pays and what it
-- uses stay shared. A session chooses by its search_path, and a tenant is dumped, restored or erased alone. The price:
-- so many tables that planning, migrations and backups grow with the number of tenants; whatever goes over all of them is
-- a UNION; and a statement prepared for one tenant is planned again for the next.

-- migrate:up
DO $$
DECLARE
  tenant record;
  moved text[] := array['projects', 'documents', 'tasks', 'comments'];
  name text;
  statement text;
  keys text[];
BEGIN
  SELECT array_agg(format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)))
  INTO keys
  FROM pg_constraint WHERE contype = 'f' AND conrelid = ANY (moved::regclass[]);
  FOR tenant IN SELECT id, 'tenant_' || id AS space FROM organizations ORDER BY id LOOP
    EXECUTE format('CREATE SCHEMA %I', tenant.space);
    FOREACH name IN ARRAY moved LOOP
      EXECUTE format('CREATE TABLE %I.%I (LIKE public.%I INCLUDING ALL EXCLUDING IDENTITY)', tenant.space, name, name);
      EXECUTE format('ALTER TABLE %I.%I ALTER COLUMN id SET DEFAULT nextval(%L)', tenant.space, name,
                     pg_get_serial_sequence('public.' || name, 'id'));
      EXECUTE format('INSERT INTO %I.%I SELECT * FROM public.%I WHERE organization_id = %s', tenant.space, name, name, tenant.id);
    END LOOP;
    PERFORM set_config('search_path', tenant.space || ', public', true);
    FOREACH statement IN ARRAY keys LOOP
      EXECUTE statement;
    END LOOP;
    PERFORM set_config('search_path', 'public', true);
  END LOOP;
END $$;
TRUNCATE projects, documents, tasks, comments;
-- What the vendor asks of all tenants at once.
DO $$
BEGIN
  EXECUTE (
    SELECT 'CREATE VIEW all_tasks AS SELECT organization_id, status, deleted_at FROM public.tasks'
           || coalesce(string_agg(format(' UNION ALL SELECT organization_id, status, deleted_at FROM tenant_%s.tasks', id), ''
                                  ORDER BY id), '')
    FROM organizations);
END $$;

-- migrate:down
DROP VIEW all_tasks;
DO $$
DECLARE
  tenant record;
  name text;
BEGIN
  FOREACH name IN ARRAY array['projects', 'documents', 'tasks', 'comments'] LOOP
    FOR tenant IN SELECT 'tenant_' || id AS space FROM organizations ORDER BY id LOOP
      EXECUTE format('INSERT INTO public.%I SELECT * FROM %I.%I', name, tenant.space, name);
    END LOOP;
  END LOOP;
  FOR tenant IN SELECT 'tenant_' || id AS space FROM organizations ORDER BY id LOOP
    EXECUTE format('DROP SCHEMA %I CASCADE', tenant.space);
  END LOOP;
END $$;

-- Primary keys that begin with the tenant. One index fewer on every table that is referred to, and the key itself finds a
-- tenant's rows; an id alone finds nothing quickly any more.

-- migrate:up
-- Keys that begin with the tenant: (organization_id, id) in place of id, in every table of theirs that nothing refers to
-- by id alone.
DO $$
DECLARE
  found record;
  restored text[];
BEGIN
  SELECT array_agg(format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)))
  INTO restored
  FROM pg_constraint
  WHERE contype = 'f' AND confkey[2] IS NOT NULL;
  FOR found IN SELECT conrelid::regclass AS relation, conname AS name FROM pg_constraint
               WHERE contype = 'f' AND confkey[2] IS NOT NULL LOOP
    EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', found.relation, found.name);
  END LOOP;
  FOR found IN
    SELECT k.conrelid::regclass AS relation, k.conname AS name, u.conname AS spare
    FROM pg_constraint k
    LEFT JOIN pg_constraint u
      ON u.conrelid = k.conrelid AND u.contype = 'u' AND pg_get_constraintdef(u.oid) = 'UNIQUE (organization_id, id)'
    WHERE k.contype = 'p' AND pg_get_constraintdef(k.oid) = 'PRIMARY KEY (id)'
      AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = k.conrelid AND a.attname = 'organization_id')
      AND NOT EXISTS (SELECT FROM pg_constraint f WHERE f.contype = 'f' AND f.confrelid = k.conrelid)
  LOOP
    EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', found.relation, found.name);
    IF found.spare IS NOT NULL THEN
      EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', found.relation, found.spare);
    END IF;
    EXECUTE format('ALTER TABLE %s ADD CONSTRAINT %I PRIMARY KEY (organization_id, id)', found.relation, found.name);
  END LOOP;
  FOR i IN 1 .. coalesce(array_length(restored, 1), 0) LOOP
    EXECUTE restored[i];
  END LOOP;
END $$;

-- migrate:down
-- Keys as they were. What is referred to by (organization_id, id) has that as a second key.
DO $$
DECLARE
  found record;
  referred regclass[];
  restored text[];
BEGIN
  SELECT array_agg(DISTINCT confrelid::regclass),
         array_agg(format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)))
  INTO referred, restored
  FROM pg_constraint
  WHERE contype = 'f' AND confkey[2] IS NOT NULL;
  FOR found IN SELECT conrelid::regclass AS relation, conname AS name FROM pg_constraint
               WHERE contype = 'f' AND confkey[2] IS NOT NULL LOOP
    EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', found.relation, found.name);
  END LOOP;
  FOR found IN
    SELECT k.conrelid::regclass AS relation, k.conname AS name, c.relname AS bare
    FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
    WHERE k.contype = 'p' AND pg_get_constraintdef(k.oid) = 'PRIMARY KEY (organization_id, id)'
  LOOP
    EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', found.relation, found.name);
    EXECUTE format('ALTER TABLE %s ADD CONSTRAINT %I PRIMARY KEY (id)', found.relation, found.name);
    IF found.relation = ANY (referred) THEN
      EXECUTE format('ALTER TABLE %s ADD CONSTRAINT %I UNIQUE (organization_id, id)',
                     found.relation, found.bare || '_organization_id_id_key');
    END IF;
  END LOOP;
  FOR i IN 1 .. coalesce(array_length(restored, 1), 0) LOOP
    EXECUTE restored[i];
  END LOOP;
END $$;

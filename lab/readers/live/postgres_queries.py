"""What PostgreSQL's catalogs are asked: each query answers with statements, in the order in which they can run.

Names are qualified by their schema everywhere, `public` left away where the server lets it be: the sessions have an
empty search path, as pg_dump's have.
"""

from __future__ import annotations

_USER = "n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_'"
_OWN = "NOT EXISTS (SELECT 1 FROM pg_depend e WHERE e.objid = {oid} AND e.classid = '{kind}'::regclass AND e.deptype = 'e')"


def _own(oid: str, kind: str) -> str:
    """No extension's."""
    return _OWN.format(oid=oid, kind=kind)


_SCHEMAS = f"""
SELECT format('CREATE SCHEMA %I', n.nspname) FROM pg_namespace n
WHERE {_USER} AND n.nspname <> 'public' AND {_own("n.oid", "pg_namespace")} ORDER BY 1"""
_EXTENSIONS = """
SELECT format('CREATE EXTENSION IF NOT EXISTS %I', extname) FROM pg_extension WHERE extname <> 'plpgsql' ORDER BY oid"""
_ROLES = """
SELECT DISTINCT format('CREATE ROLE %I', r.rolname) FROM pg_policy p
CROSS JOIN LATERAL unnest(p.polroles) AS role(oid) JOIN pg_roles r ON r.oid = role.oid ORDER BY 1"""
_ENUMS = f"""
SELECT format('CREATE TYPE %I.%I AS ENUM (%s)', n.nspname, t.typname,
              string_agg(quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder))
FROM pg_type t JOIN pg_enum e ON e.enumtypid = t.oid JOIN pg_namespace n ON n.oid = t.typnamespace
WHERE {_USER} AND {_own("t.oid", "pg_type")} GROUP BY t.oid, n.nspname, t.typname ORDER BY t.oid"""
_TYPES = f"""
SELECT CASE t.typtype
         WHEN 'd' THEN format('CREATE DOMAIN %I.%I AS %s', n.nspname, t.typname, format_type(t.typbasetype, t.typtypmod))
           || coalesce((SELECT format(' COLLATE %I.%I', cn.nspname, c.collname) FROM pg_collation c
                        JOIN pg_namespace cn ON cn.oid = c.collnamespace
                        WHERE c.oid = t.typcollation AND c.collname <> 'default'), '')
           || coalesce(' DEFAULT ' || t.typdefault, '') || CASE WHEN t.typnotnull THEN ' NOT NULL' ELSE '' END
           || coalesce((SELECT string_agg(format(' CONSTRAINT %I %s', k.conname, pg_get_constraintdef(k.oid)), ''
                                          ORDER BY k.conname)
                        FROM pg_constraint k WHERE k.contypid = t.oid AND k.contype = 'c'), '')
         WHEN 'c' THEN format('CREATE TYPE %I.%I AS (%s)', n.nspname, t.typname,
           (SELECT string_agg(format('%I %s', a.attname, format_type(a.atttypid, a.atttypmod)), ', ' ORDER BY a.attnum)
            FROM pg_attribute a WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped))
         ELSE format('CREATE TYPE %I.%I AS RANGE (SUBTYPE = %s)', n.nspname, t.typname,
           (SELECT format_type(r.rngsubtype, NULL) FROM pg_range r WHERE r.rngtypid = t.oid))
       END
FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace LEFT JOIN pg_class c ON c.oid = t.typrelid
WHERE {_USER} AND {_own("t.oid", "pg_type")} AND (t.typtype IN ('d', 'r') OR (t.typtype = 'c' AND c.relkind = 'c'))
ORDER BY t.oid"""
_SEQUENCES = f"""
SELECT format('CREATE SEQUENCE %I.%I AS %s INCREMENT BY %s MINVALUE %s MAXVALUE %s START WITH %s CACHE %s%s',
              n.nspname, c.relname, format_type(s.seqtypid, NULL), s.seqincrement, s.seqmin, s.seqmax, s.seqstart,
              s.seqcache, CASE WHEN s.seqcycle THEN ' CYCLE' ELSE '' END)
FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE {_USER} AND {_own("c.oid", "pg_class")} AND NOT EXISTS (
  SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.classid = 'pg_class'::regclass AND d.deptype = 'i')
ORDER BY c.oid"""
_FUNCTIONS = f"""
SELECT pg_get_functiondef(p.oid) FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE {_USER} AND p.prokind IN ('f', 'p') AND {_own("p.oid", "pg_proc")}
  AND NOT EXISTS (SELECT 1 FROM pg_depend i WHERE i.objid = p.oid AND i.classid = 'pg_proc'::regclass AND i.deptype = 'i')
  AND {{when}} EXISTS (SELECT 1 FROM pg_depend d JOIN pg_type t ON t.oid = d.refobjid AND d.refclassid = 'pg_type'::regclass
                       JOIN pg_class c ON c.oid = t.typrelid WHERE d.objid = p.oid AND c.relkind IN ('r', 'p', 'v', 'm'))
ORDER BY p.oid"""
_COLUMN = """format('%I %s', a.attname, format_type(a.atttypid, a.atttypmod))
  || coalesce((SELECT format(' COLLATE %I.%I', cn.nspname, co.collname) FROM pg_collation co
               JOIN pg_namespace cn ON cn.oid = co.collnamespace JOIN pg_type ty ON ty.oid = a.atttypid
               WHERE co.oid = a.attcollation AND a.attcollation <> ty.typcollation), '')
  || CASE WHEN a.attidentity <> '' THEN format(' GENERATED %s AS IDENTITY ', CASE a.attidentity
                 WHEN 'a' THEN 'ALWAYS' ELSE 'BY DEFAULT' END)
               || coalesce((SELECT format('(INCREMENT BY %s MINVALUE %s MAXVALUE %s START WITH %s CACHE %s%s)',
                                          s.seqincrement, s.seqmin, s.seqmax, s.seqstart, s.seqcache,
                                          CASE WHEN s.seqcycle THEN ' CYCLE' ELSE '' END)
                            FROM pg_depend q JOIN pg_sequence s ON s.seqrelid = q.objid
                            WHERE q.classid = 'pg_class'::regclass AND q.refclassid = 'pg_class'::regclass
                              AND q.refobjid = a.attrelid AND q.refobjsubid = a.attnum AND q.deptype = 'i'), '')
          WHEN a.attgenerated = 's' THEN format(' GENERATED ALWAYS AS (%s) STORED', pg_get_expr(d.adbin, d.adrelid))
          WHEN a.attgenerated = 'v' THEN format(' GENERATED ALWAYS AS (%s) VIRTUAL', pg_get_expr(d.adbin, d.adrelid))
          ELSE coalesce(' DEFAULT ' || pg_get_expr(d.adbin, d.adrelid), '') END
  || CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END"""
_TABLES = f"""
SELECT format('CREATE %sTABLE %I.%I (%s)%s%s%s', CASE WHEN c.relpersistence = 'u' THEN 'UNLOGGED ' ELSE '' END,
              n.nspname, c.relname,
              (SELECT string_agg(E'\\n  ' || {_COLUMN}, ',' ORDER BY a.attnum)
               FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
               WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND (a.attislocal OR c.relispartition)),
              coalesce(' INHERITS (' || (SELECT string_agg(format('%I.%I', pn.nspname, pc.relname), ', ' ORDER BY i.inhseqno)
                        FROM pg_inherits i JOIN pg_class pc ON pc.oid = i.inhparent
                        JOIN pg_namespace pn ON pn.oid = pc.relnamespace
                        WHERE i.inhrelid = c.oid AND NOT c.relispartition) || ')', ''),
              coalesce(' PARTITION BY ' || pg_get_partkeydef(c.oid), ''),
              coalesce(' WITH (' || array_to_string(c.reloptions, ', ') || ')', ''))
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE {_USER} AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND {_own("c.oid", "pg_class")} ORDER BY c.oid"""
_PARTITIONS = f"""
SELECT format('CREATE TABLE %I.%I PARTITION OF %I.%I %s%s', n.nspname, c.relname, pn.nspname, pc.relname,
              pg_get_expr(c.relpartbound, c.oid), coalesce(' PARTITION BY ' || pg_get_partkeydef(c.oid), ''))
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_inherits i ON i.inhrelid = c.oid
JOIN pg_class pc ON pc.oid = i.inhparent JOIN pg_namespace pn ON pn.oid = pc.relnamespace
WHERE {_USER} AND c.relispartition AND c.relkind IN ('r', 'p') ORDER BY c.oid"""
_OWNERS = f"""
SELECT format('ALTER SEQUENCE %I.%I OWNED BY %I.%I.%I', n.nspname, c.relname, tn.nspname, t.relname, a.attname)
FROM pg_depend d JOIN pg_class c ON c.oid = d.objid AND c.relkind = 'S' JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_class t ON t.oid = d.refobjid JOIN pg_namespace tn ON tn.oid = t.relnamespace
JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
WHERE d.classid = 'pg_class'::regclass AND d.deptype = 'a' AND {_USER} ORDER BY c.oid"""
_CONSTRAINTS = f"""
SELECT format('ALTER TABLE %I.%I ADD CONSTRAINT %I %s', n.nspname, c.relname, k.conname, pg_get_constraintdef(k.oid))
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE {_USER} AND k.contype IN ({{kinds}}) AND k.conparentid = 0 AND (k.conislocal OR NOT c.relispartition)
  AND (k.coninhcount = 0 OR k.conislocal) AND {_own("c.oid", "pg_class")}
ORDER BY c.oid, k.contype <> 'p', k.oid"""
_INDEXES = f"""
SELECT pg_get_indexdef(i.indexrelid) FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid
JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE {_USER} AND {_own("c.oid", "pg_class")} AND NOT x.relispartition AND c.relkind IN ('r', 'p', 'm') AND i.indisvalid
  AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))
ORDER BY c.oid, x.oid"""
_KEY_OPTIONS = f"""
SELECT format('ALTER INDEX %I.%I SET (%s)', n.nspname, x.relname, array_to_string(x.reloptions, ', '))
FROM pg_constraint k JOIN pg_class x ON x.oid = k.conindid JOIN pg_namespace n ON n.oid = x.relnamespace
WHERE {_USER} AND k.contype IN ('p', 'u', 'x') AND x.reloptions IS NOT NULL AND k.conparentid = 0 ORDER BY x.oid"""
_VIEWS = f"""
SELECT format('CREATE %s %I.%I%s AS %s', CASE c.relkind WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'VIEW' END, n.nspname,
              c.relname, coalesce(' WITH (' || array_to_string(c.reloptions, ', ') || ')', ''), pg_get_viewdef(c.oid))
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE {_USER} AND c.relkind IN ('v', 'm') AND {_own("c.oid", "pg_class")} ORDER BY c.oid"""
_RULES = f"""
SELECT pg_get_ruledef(r.oid) FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class
JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {_USER} AND r.rulename <> '_RETURN' ORDER BY r.oid"""
_TRIGGERS = f"""
SELECT pg_get_triggerdef(t.oid) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE {_USER} AND NOT t.tgisinternal AND NOT EXISTS (
  SELECT 1 FROM pg_depend d WHERE d.objid = t.oid AND d.classid = 'pg_trigger'::regclass
    AND d.refclassid = 'pg_trigger'::regclass)
ORDER BY t.oid"""
_ROW_SECURITY = f"""
SELECT format('ALTER TABLE %I.%I %s ROW LEVEL SECURITY', n.nspname, c.relname, kind)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (VALUES ('ENABLE', c.relrowsecurity), ('FORCE', c.relforcerowsecurity)) AS v(kind, is_on)
WHERE {_USER} AND v.is_on AND c.relkind IN ('r', 'p') ORDER BY c.oid, kind"""
_POLICIES = f"""
SELECT format('CREATE POLICY %I ON %I.%I AS %s FOR %s TO %s', p.polname, n.nspname, c.relname,
              CASE WHEN p.polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END,
              CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE'
                            WHEN 'd' THEN 'DELETE' ELSE 'ALL' END,
              coalesce((SELECT string_agg(quote_ident(r.rolname), ', ' ORDER BY r.rolname) FROM pg_roles r
                        WHERE r.oid = ANY (p.polroles)), 'PUBLIC'))
       || coalesce(' USING (' || pg_get_expr(p.polqual, p.polrelid) || ')', '')
       || coalesce(' WITH CHECK (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')', '')
FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE {_USER} ORDER BY p.oid"""
_STATISTICS = f"""
SELECT pg_get_statisticsobjdef(s.oid) FROM pg_statistic_ext s JOIN pg_namespace n ON n.oid = s.stxnamespace
WHERE {_USER} ORDER BY s.oid"""
_STORAGE = f"""
SELECT format('ALTER TABLE %I.%I ALTER COLUMN %I SET STORAGE %s', n.nspname, c.relname, a.attname,
              CASE a.attstorage WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL' WHEN 'm' THEN 'MAIN' ELSE 'EXTENDED' END)
FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid JOIN pg_class c ON c.oid = a.attrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE {_USER} AND a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND a.attstorage <> t.typstorage AND {_own("c.oid", "pg_class")} ORDER BY c.oid, a.attnum"""
_COMMENTS = f"""
SELECT format('COMMENT ON %s IS %L', what, description) FROM (
  SELECT format('%s %I.%I', CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE'
                WHEN 'i' THEN 'INDEX' WHEN 'I' THEN 'INDEX' ELSE 'TABLE' END, n.nspname, c.relname) AS what,
         d.description, c.oid, 0 AS place
  FROM pg_description d JOIN pg_class c ON c.oid = d.objoid AND d.classoid = 'pg_class'::regclass AND d.objsubid = 0
  JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {_USER} AND {_own("c.oid", "pg_class")}
    AND NOT c.relispartition
  UNION ALL
  SELECT format('COLUMN %I.%I.%I', n.nspname, c.relname, a.attname), d.description, c.oid, a.attnum
  FROM pg_description d JOIN pg_class c ON c.oid = d.objoid AND d.classoid = 'pg_class'::regclass
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.objsubid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE {_USER} AND c.relkind IN ('r', 'p', 'v', 'm') AND NOT c.relispartition AND {_own("c.oid", "pg_class")}
  UNION ALL
  SELECT format('TYPE %I.%I', n.nspname, t.typname), d.description, t.oid, 0
  FROM pg_description d JOIN pg_type t ON t.oid = d.objoid AND d.classoid = 'pg_type'::regclass
  JOIN pg_namespace n ON n.oid = t.typnamespace WHERE {_USER} AND t.typtype IN ('e', 'c', 'r')
  UNION ALL
  SELECT format('DOMAIN %I.%I', n.nspname, t.typname), d.description, t.oid, 0
  FROM pg_description d JOIN pg_type t ON t.oid = d.objoid AND d.classoid = 'pg_type'::regclass
  JOIN pg_namespace n ON n.oid = t.typnamespace WHERE {_USER} AND t.typtype = 'd' AND {_own("t.oid", "pg_type")}
  UNION ALL
  SELECT format('%s %s', CASE p.prokind WHEN 'p' THEN 'PROCEDURE' ELSE 'FUNCTION' END, p.oid::regprocedure),
         d.description, p.oid, 0
  FROM pg_description d JOIN pg_proc p ON p.oid = d.objoid AND d.classoid = 'pg_proc'::regclass
  JOIN pg_namespace n ON n.oid = p.pronamespace
  WHERE {_USER} AND p.prokind IN ('f', 'p') AND {_own("p.oid", "pg_proc")}
  UNION ALL
  SELECT format('%s %I ON %I.%I', kind, t.name, n.nspname, c.relname), d.description, t.oid, 0
  FROM (SELECT 'TRIGGER' AS kind, oid, tgname AS name, tgrelid AS relation, 'pg_trigger'::regclass AS class
        FROM pg_trigger WHERE NOT tgisinternal
        UNION ALL SELECT 'POLICY', oid, polname, polrelid, 'pg_policy'::regclass FROM pg_policy
        UNION ALL SELECT 'RULE', oid, rulename, ev_class, 'pg_rewrite'::regclass FROM pg_rewrite) AS t
  JOIN pg_description d ON d.objoid = t.oid AND d.classoid = t.class
  JOIN pg_class c ON c.oid = t.relation JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {_USER}
  UNION ALL
  SELECT format('STATISTICS %I.%I', n.nspname, s.stxname), d.description, s.oid, 0
  FROM pg_description d JOIN pg_statistic_ext s ON s.oid = d.objoid AND d.classoid = 'pg_statistic_ext'::regclass
  JOIN pg_namespace n ON n.oid = s.stxnamespace WHERE {_USER}
  UNION ALL
  SELECT format('CONSTRAINT %I ON %I.%I', k.conname, n.nspname, c.relname), d.description, k.oid, 0
  FROM pg_description d JOIN pg_constraint k ON k.oid = d.objoid AND d.classoid = 'pg_constraint'::regclass
  JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {_USER}
) AS found ORDER BY oid, place"""

QUERIES = (
    _SCHEMAS,
    _EXTENSIONS,
    _ROLES,
    _ENUMS,
    _TYPES,
    _SEQUENCES,
    _FUNCTIONS.format(when="NOT"),
    _TABLES,
    _PARTITIONS,
    _OWNERS,
    _FUNCTIONS.format(when=""),
    _CONSTRAINTS.format(kinds="'p', 'u', 'c', 'x'"),
    _KEY_OPTIONS,
    _VIEWS,
    _INDEXES,
    _CONSTRAINTS.format(kinds="'f'"),
    _RULES,
    _TRIGGERS,
    _ROW_SECURITY,
    _POLICIES,
    _STATISTICS,
    _STORAGE,
    _COMMENTS,
)
UNREAD = f"""
SELECT 'foreign table ' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE {_USER} AND c.relkind = 'f'
UNION ALL SELECT 'aggregate ' || p.proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE {_USER} AND p.prokind = 'a' AND {_own("p.oid", "pg_proc")}
UNION ALL SELECT 'event trigger ' || evtname FROM pg_event_trigger t WHERE {_own("t.oid", "pg_event_trigger")}
UNION ALL SELECT 'operator ' || o.oprname FROM pg_operator o JOIN pg_namespace n ON n.oid = o.oprnamespace
WHERE {_USER} AND {_own("o.oid", "pg_operator")}
UNION ALL SELECT 'text search configuration ' || t.cfgname FROM pg_ts_config t
JOIN pg_namespace n ON n.oid = t.cfgnamespace WHERE {_USER} AND {_own("t.oid", "pg_ts_config")}
UNION ALL SELECT 'collation ' || t.collname FROM pg_collation t JOIN pg_namespace n ON n.oid = t.collnamespace
WHERE {_USER} AND {_own("t.oid", "pg_collation")}
UNION ALL SELECT 'publication ' || pubname FROM pg_publication
UNION ALL SELECT 'invalid index ' || c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {_USER} AND NOT i.indisvalid"""

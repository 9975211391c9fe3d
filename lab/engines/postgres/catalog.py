"""What PostgreSQL's system catalogs are asked (PostgreSQL manual, chapter 52)."""

USER = "n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_'"
CATALOG = (
    # Columns by rank, not by attnum: a dropped column leaves a gap nobody sees.
    f"""SELECT 'column ' || c.oid::regclass || ' #' || row_number() OVER (PARTITION BY c.oid ORDER BY a.attnum),
           a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END
           || coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '') || ' ' || a.attidentity::text || a.attgenerated::text
           || coalesce(' -- ' || col_description(c.oid, a.attnum), '')
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
        WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r','p','v','m','f') AND {USER}""",
    f"""SELECT 'relation ' || c.oid::regclass, c.relkind::text || coalesce(' partitioned by ' || pg_get_partkeydef(c.oid), '')
           || coalesce(' ' || pg_get_expr(c.relpartbound, c.oid), '') || CASE WHEN c.relrowsecurity THEN ' rls' ELSE '' END
           || CASE WHEN c.relforcerowsecurity THEN ' forced' ELSE '' END
           || coalesce(' -- ' || obj_description(c.oid, 'pg_class'), '')
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r','p','v','m','f','S') AND {USER}""",
    f"""SELECT 'constraint ' || conrelid::regclass || ' ' || conname, pg_get_constraintdef(k.oid)
        FROM pg_constraint k JOIN pg_namespace n ON n.oid = k.connamespace
        WHERE contype <> 'n' AND conrelid <> 0 AND {USER}""",
    f"""SELECT 'index ' || i.indexrelid::regclass, pg_get_indexdef(i.indexrelid) || CASE WHEN i.indisvalid THEN '' ELSE ' invalid' END
        FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {USER}""",
    """SELECT 'trigger ' || tgrelid::regclass || ' ' || tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal""",
    f"""SELECT 'function ' || p.oid::regprocedure, pg_get_functiondef(p.oid) FROM pg_proc p
        JOIN pg_namespace n ON n.oid = p.pronamespace WHERE p.prokind IN ('f','p') AND {USER}
        AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')""",
    f"""SELECT 'view ' || c.oid::regclass, pg_get_viewdef(c.oid) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('v','m') AND {USER}""",
    f"""SELECT 'enum ' || t.oid::regtype, string_agg(e.enumlabel, ',' ORDER BY e.enumsortorder)
        FROM pg_type t JOIN pg_enum e ON e.enumtypid = t.oid JOIN pg_namespace n ON n.oid = t.typnamespace
        WHERE {USER} GROUP BY t.oid""",
    """SELECT 'policy ' || polrelid::regclass || ' ' || polname, polcmd::text || ' to ' || polroles::regrole[]::text || coalesce(' using ' || pg_get_expr(polqual, polrelid), '')
           || coalesce(' with check ' || pg_get_expr(polwithcheck, polrelid), '') FROM pg_policy""",
)
SIZES = f"""
    SELECT coalesce(pg_partition_root(c.oid), c.oid)::regclass::text AS name, sum(greatest(c.reltuples, 0))::bigint,
           sum(pg_table_size(c.oid))::bigint, sum(pg_indexes_size(c.oid))::bigint
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'm') AND {USER} GROUP BY 1 ORDER BY 1"""

import { sql } from "drizzle-orm";
import * as p from "drizzle-orm/pg-core";

export const auth = p.pgSchema("auth");
export const planKind = auth.enum("plan_kind", ["free", "team"]);
const tenant = p.pgRole("tenant", { inherit: true }).existing();

function base() {
  return {
    id: p.uuid().primaryKey().default(sql`gen_random_uuid()`),
    createdAt: p.timestamp({ withTimezone: true, mode: "string" }).notNull().defaultNow(),
  };
}

export const organizations = auth.table("organizations", {
  ...base(),
  displayName: p.varchar({ length: 100 }).notNull(),
  HTMLTitle: p.text(),
  plan: planKind().notNull().default("free"),
});

const owned = {
  ...base(),
  organizationId: p
    .uuid()
    .notNull()
    .references(() => organizations.id, { onDelete: "cascade" }),
};
const { createdAt, ...withoutTimes } = owned;

export const projects = p.pgTable(
  "projects",
  { ...owned, name: p.text().notNull(), archivedAt: p.timestamp() },
  (t) => [
    p.uniqueIndex("projects_name").on(t.organizationId, sql`lower(${t.name})`).where(sql`${t.archivedAt} IS NULL`),
    p.pgPolicy("own_projects", {
      as: "permissive",
      for: "select",
      to: tenant,
      using: sql`organization_id = current_setting('app.tenant')::uuid`,
    }),
  ],
);

export const tags = p
  .pgTable("tags", {
    ...withoutTimes,
    label: p.text().notNull(),
    seq: p.integer().generatedByDefaultAsIdentity(),
    range: p.interval({ precision: 3 }),
    at: p.time({ precision: 0 }),
    spot: p.point(),
    net: p.inet().default("10.0.0.0/8"),
    flags: p.bit({ dimensions: 4 }),
    ratio: p.doublePrecision().default(1.5),
    big: p.bigint({ mode: "bigint" }).default(sql`0`),
    matrix: p.integer().array().array(),
  })
  .enableRLS();

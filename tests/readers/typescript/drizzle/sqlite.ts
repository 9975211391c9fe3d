import { sql } from "drizzle-orm";
import { blob, index, integer, numeric, primaryKey, real, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";

export const PAGE_KINDS = ["status", "docs"] as const;

export const pages = sqliteTable(
  "page",
  (t) => ({
    id: t.integer("id").primaryKey({ autoIncrement: true }),
    slug: t.text({ length: 256 }).notNull().unique(),
    kind: t.text({ enum: PAGE_KINDS }).default("status").notNull(),
    isPublic: t.integer("is_public", { mode: "boolean" }).notNull().default(false),
    createdAt: t
      .integer("created_at", { mode: "timestamp" })
      .default(sql`(unixepoch())`)
      .notNull(),
    updatedAt: t.integer({ mode: "timestamp" }).$onUpdate(() => new Date()),
    lastSeen: t.text("last_seen").default(sql`CURRENT_TIMESTAMP`),
    settings: t.text({ mode: "json" }).$type<{ a: string }>(),
  }),
  (page) => [index("page_kind").on(page.kind, page.createdAt)],
);

export const monitors = sqliteTable("monitor", {
  id: integer("id").primaryKey(),
  pageId: integer("page_id").references(() => pages.id, { onDelete: "cascade" }),
  ratio: real("ratio").default(0.5),
  price: numeric("price"),
  body: blob("body"),
});

export const pageMonitors = sqliteTable(
  "page_monitor",
  {
    pageId: integer("page_id")
      .notNull()
      .references(() => pages.id),
    monitorId: integer("monitor_id")
      .notNull()
      .references(() => monitors.id, { onUpdate: "cascade" }),
    order: integer("order").default(0),
  },
  (t) => ({
    pk: primaryKey({ columns: [t.pageId, t.monitorId] }),
    once: uniqueIndex("once").on(t.monitorId, t.order).where(sql`${t.order} > 0`),
  }),
);

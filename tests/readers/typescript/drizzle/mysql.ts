import { sql } from "drizzle-orm";
import {
  bigint,
  boolean,
  check,
  datetime,
  decimal,
  double,
  foreignKey,
  index,
  int,
  json,
  longtext,
  mysqlEnum,
  mysqlTableCreator,
  primaryKey,
  serial,
  text,
  timestamp,
  tinyint,
  uniqueIndex,
  varbinary,
  varchar,
  year,
} from "drizzle-orm/mysql-core";

export const createTable = mysqlTableCreator((name) => `app_${name}`);

const id = () => varchar("id", { length: 36 }).primaryKey().$defaultFn(() => crypto.randomUUID());
const stamps = () => ({
  createdAt: timestamp("created_at", { fsp: 3 }).defaultNow().notNull(),
  updatedAt: timestamp("updated_at").onUpdateNow(),
});

export const workspaces = createTable(
  "workspaces",
  {
    id: id(),
    name: varchar("name", { length: 191 }).notNull(),
    plan: mysqlEnum("plan", ["free", "pro"]).default("free").notNull(),
    features: json("features").$type<Record<string, unknown>>().notNull(),
    isOpen: boolean("is_open").default(true).notNull(),
    ...stamps(),
  },
  (table) => ({
    byName: uniqueIndex("name_idx").on(table.name),
  }),
);

export const members = createTable(
  "members",
  {
    workspaceId: varchar("workspace_id", { length: 36 })
      .notNull()
      .references(() => workspaces.id, { onDelete: "cascade" }),
    userId: bigint("user_id", { mode: "number", unsigned: true }).notNull(),
    level: tinyint("level").default(1),
    body: longtext("body"),
    rate: decimal("rate", { precision: 10, scale: 4 }),
    share: double("share"),
    born: year("born"),
    seenAt: datetime("seen_at", { mode: "date", fsp: 3 }),
    secret: varbinary("secret", { length: 16 }),
    count: int("count", { unsigned: true }).notNull().default(0),
  },
  (t) => [
    primaryKey({ columns: [t.workspaceId, t.userId] }),
    index("level_idx").on(t.level, t.count),
    check("count_check", sql`${t.count} < 1000`),
  ],
);

export const logs = createTable(
  "logs",
  {
    id: serial("id").primaryKey(),
    workspaceId: varchar("workspace_id", { length: 36 }),
    userId: bigint("user_id", { mode: "number", unsigned: true }),
    line: text("line").notNull(),
    size: int("size").generatedAlwaysAs(sql`char_length(line)`, { mode: "stored" }),
  },
  (t) => [
    foreignKey({
      name: "logs_member",
      columns: [t.workspaceId, t.userId],
      foreignColumns: [members.workspaceId, members.userId],
    })
      .onDelete("set null")
      .onUpdate("cascade"),
  ],
);

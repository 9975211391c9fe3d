import { relations, sql } from "drizzle-orm";
import {
  type AnyPgColumn,
  bigint,
  boolean,
  char,
  check,
  customType,
  date,
  foreignKey,
  index,
  integer,
  jsonb,
  numeric,
  pgEnum,
  pgTable,
  pgView,
  primaryKey,
  serial,
  smallint,
  text,
  timestamp,
  unique,
  uniqueIndex,
  uuid,
  varchar,
  vector,
} from "drizzle-orm/pg-core";
import { NAME_LENGTH, timestamps } from "./shared";

const citext = customType<{ data: string }>({ dataType: () => "citext" });
const bytes = customType<{ data: Buffer; config: { length: number } }>({
  dataType(config) {
    return config ? `varchar(${config.length})` : "bytea";
  },
});

export enum Tone {
  Low = "low",
  High = "high",
}
export const statuses = ["new", "paid", "it's sent"] as const;
export const orderStatus = pgEnum("order_status", statuses);
export const tone = pgEnum("tone", Tone);

/** A person who buys. */
export const users = pgTable(
  "users",
  {
    id: uuid("id").primaryKey().defaultRandom(),
    /** Lower case. */
    email: varchar("email", { length: NAME_LENGTH * 2 }).notNull().unique(),
    nick: citext("nick").unique("nick_key", { nulls: "not distinct" }),
    thumb: bytes("thumb", { length: 20 }),
    raw: bytes("raw"),
    score: smallint("score").default(0).notNull(),
    rate: numeric("rate", { precision: 5, scale: 2 }).default("0.10"),
    isAdmin: boolean("is_admin").default(false),
    settings: jsonb("settings").$type<{ a: number }>().default({ theme: "dark", list: [1, "b"] }).notNull(),
    tags: text("tags").array().default(["a", "b c"]).notNull(),
    empty: integer("empty").array().notNull().default(sql`'{}'`),
    country: char("country", { length: 2 }),
    born: date("born"),
    fullName: text("full_name").generatedAlwaysAs((): any => sql`lower(${users.email})`),
    embedding: vector("embedding", { dimensions: 3 }),
    ...timestamps,
  },
  (t) => [
    index("users_email_lower").on(sql`lower(${t.email})`),
    uniqueIndex().on(t.nick, t.country.desc()).where(sql`${t.deletedAt} is null`),
    index("users_tags").using("gin", t.tags),
    index("users_embedding").using("hnsw", t.embedding.op("vector_cosine_ops")),
    index("users_born").on(t.born.desc().nullsLast(), t.score.asc()),
    check("score_check", sql`${t.score} >= 0 and ${t.score} <= 100`),
  ],
);

export const categories = pgTable("categories", {
  id: serial("id").primaryKey(),
  parentId: integer("parent_id").references((): AnyPgColumn => categories.id, { onDelete: "set null" }),
  name: varchar({ length: 40 }).notNull(),
});

export const orders = pgTable(
  "orders",
  {
    id: bigint({ mode: "number" }).generatedAlwaysAsIdentity().primaryKey(),
    userId: uuid("user_id").notNull().references(() => users.id, { onDelete: "cascade", onUpdate: "no action" }),
    status: orderStatus("status").default("new").notNull(),
    tone: tone("tone").array(),
    placedAt: timestamp("placed_at", { withTimezone: true, precision: 3 }).default(sql`CURRENT_TIMESTAMP`).notNull(),
    note: text("note", { enum: ["a", "b"] }).default("a"),
  },
  (table) => ({
    byUser: index().on(table.userId, table.placedAt),
    once: unique().on(table.userId, table.placedAt),
    named: unique("orders_once").on(table.userId, table.id).nullsNotDistinct(),
  }),
);

export const orderItems = pgTable(
  "order_items",
  {
    orderId: bigint("order_id", { mode: "bigint" }).notNull(),
    line: integer("line").notNull(),
    categoryId: integer("category_id"),
  },
  (t) => [
    primaryKey({ columns: [t.orderId, t.line] }),
    foreignKey({ columns: [t.orderId], foreignColumns: [orders.id], name: "items_order" }).onDelete("cascade"),
  ],
);

export const notes = pgTable(
  "notes",
  { orderId: bigint("order_id", { mode: "number" }), line: integer(), text: text().notNull() },
  (t) => [
    foreignKey({ columns: [t.orderId, t.line], foreignColumns: [orderItems.orderId, orderItems.line] }),
  ],
);

export const usersRelations = relations(users, ({ many }) => ({ orders: many(orders) }));
export const active = pgView("active").as((qb) => qb.select().from(users));

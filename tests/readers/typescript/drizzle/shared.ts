import { timestamp } from "drizzle-orm/pg-core";

export const NAME_LENGTH = 160;
const at = (name: string) => timestamp(name, { withTimezone: true });
export const timestamps = {
  createdAt: at("created_at").defaultNow().notNull(),
  updatedAt: at("updated_at").$onUpdate(() => new Date()),
  deletedAt: at("deleted_at"),
};

-- migrate: fill Order.Kind with upper("User Name")
CREATE TABLE "Order" ("Id" bigint PRIMARY KEY, "User Name" text NOT NULL UNIQUE, "select" int, "Kind" text NOT NULL);

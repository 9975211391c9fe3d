CREATE TABLE "Order" ("Id" int PRIMARY KEY, "User Name" text NOT NULL UNIQUE, "select" int);

-- Names that are words of SQL, of Prisma, of TypeScript, or hardly names at all.
CREATE TYPE "order" AS ENUM ('select', 'Select', '9 lives', '-', 'a"b', 'über');
CREATE TABLE "user" (id integer PRIMARY KEY, "select" text, "class" integer, "constructor" text, "2nd" text, "a-b" text,
  "a b" text, "Größe" integer, "default" boolean DEFAULT true NOT NULL, "order" "order" DEFAULT '9 lives');
CREATE TABLE "String" (id integer PRIMARY KEY, "user" integer REFERENCES "user", "USER_2" integer REFERENCES "user");
CREATE TABLE "model" (id integer PRIMARY KEY, type text, "function" text, "import" integer NOT NULL REFERENCES "String" ON DELETE CASCADE);
CREATE TABLE "Models" (id integer PRIMARY KEY, "it's" text CHECK ("it's" <> ''), "back`tick" text, "dollar${x}" text DEFAULT '${y}`');
CREATE TABLE "Datasource" (id integer PRIMARY KEY, value text DEFAULT E'tab\tquote"back\\slash');
COMMENT ON TABLE "Models" IS 'a */ comment, /* odd';
CREATE INDEX "index" ON "model" ("function", type);
CREATE INDEX "Index of the odd" ON "user" ("a b", "a-b");

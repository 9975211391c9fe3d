// Prisma's engine as WebAssembly: the binaries it is usually run with are not on npm.
import { defineConfig } from "prisma/config";
import { PrismaPg } from "@prisma/adapter-pg";
import pg from "pg";

// The adapter refuses columns of type name, which the engine asks the catalog for: they are read as text.
const TEXT = 25, NAME = 19;
const asText = (found: any) => {
  for (const field of found?.fields ?? []) if (field.dataTypeID === NAME) field.dataTypeID = TEXT;
  return found;
};

class Client extends pg.Client {
  query(...words: any[]): any {
    const last = words.at(-1);
    if (typeof last === "function") words[words.length - 1] = (error: any, found: any) => last(error, asText(found));
    const made = (super.query as any)(...words);
    return typeof made?.then === "function" ? made.then(asText) : made;
  }
}

// The adapter cuts scripts at every semicolon, in bodies of functions too: they are sent whole, as the binary does.
class Whole extends PrismaPg {
  async connect() {
    const made: any = await super.connect();
    made.executeScript = async (script: string) => void (await made.client.query(script));
    return made;
  }
}

export default defineConfig({
  experimental: { adapter: true },
  engine: "js",
  schema: "schema.prisma",
  migrations: { path: "migrations" },
  adapter: async () => new Whole(new pg.Pool({ connectionString: process.env.DATABASE_URL, Client, allowExitOnIdle: true })),
});

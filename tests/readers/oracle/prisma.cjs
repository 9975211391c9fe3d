// Validates Prisma schemas as Prisma does, and prints what is wrong, by file, as JSON: node prisma.cjs <file>...
const fs = require("node:fs");
const wasm = require("@prisma/prisma-schema-wasm");

const wrong = {};
for (const file of process.argv.slice(2)) {
  try {
    wasm.validate(JSON.stringify({ prismaSchema: fs.readFileSync(file, "utf8") }));
  } catch (error) {
    wrong[file] = error.message;
  }
}
console.log(JSON.stringify(wrong));

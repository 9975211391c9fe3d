// Prints the metadata TypeORM itself builds of entities, as JSON: node typeorm.cjs <driver> <compiled file>...
require("reflect-metadata");
const path = require("node:path");
const { DataSource, EntitySchema, MigrationInterface } = require("typeorm");

const [driver, ...files] = process.argv.slice(2);
const entities = files.flatMap((file) =>
  Object.values(require(path.resolve(file))).filter(
    (value) => value instanceof EntitySchema || (typeof value === "function" && /^class/.test(String(value))),
  ),
);
const extra = driver === "sqljs" ? {} : { database: "none" };
const source = new DataSource({ type: driver, entities, ...extra });

const names = (columns) => columns.map((column) => column.databaseName);

function column(one) {
  return {
    name: one.databaseName,
    type: source.driver.normalizeType(one),
    length: source.driver.getColumnLength ? source.driver.getColumnLength(one) : one.length,
    precision: one.precision ?? null,
    scale: one.scale ?? null,
    width: one.width ?? null,
    isUnsigned: Boolean(one.unsigned),
    isArray: one.isArray,
    isNullable: one.isNullable,
    isGenerated: one.isGenerated,
    strategy: one.generationStrategy ?? null,
    identity: one.generatedIdentity ?? null,
    default: source.driver.normalizeDefault(one) ?? null,
    enum: one.enum ? one.enum.map(String) : null,
    enumName: one.enumName ?? null,
    generated: one.asExpression ?? null,
    comment: one.comment || "",
  };
}

function table(metadata) {
  return {
    name: metadata.tableName,
    schema: metadata.schema ?? null,
    columns: metadata.columns.map(column),
    primary: names(metadata.primaryColumns),
    uniques: metadata.uniques.map((one) => ({ name: one.name, columns: names(one.columns) })),
    indices: metadata.indices.map((one) => ({
      name: one.name,
      columns: names(one.columns),
      isUnique: one.isUnique,
      where: one.where ?? null,
    })),
    foreignKeys: metadata.foreignKeys.map((one) => ({
      name: one.name,
      columns: one.columnNames,
      table: one.referencedEntityMetadata.tableName,
      referenced: one.referencedColumnNames,
      onDelete: one.onDelete || "NO ACTION",
      onUpdate: one.onUpdate || "NO ACTION",
      isDeferrable: Boolean(one.deferrable),
    })),
    checks: metadata.checks.map((one) => ({ name: one.name, expression: one.expression })),
    exclusions: metadata.exclusions.map((one) => ({ name: one.name, expression: one.expression })),
  };
}

source.buildMetadatas().then(() => {
  const regular = source.entityMetadatas.filter((one) => one.tableType !== "entity-child" && one.tableType !== "view");
  console.log(JSON.stringify(regular.map(table)));
});

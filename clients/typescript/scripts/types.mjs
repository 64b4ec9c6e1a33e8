// Types of the OpenAPI document in which a decimal number is a string, as this client sends and reads it.
import { readFile, writeFile } from "node:fs/promises";
import openapiTS, { astToString } from "openapi-typescript";
import ts from "typescript";

const [, , input, output] = process.argv;
const text = ts.factory.createKeywordTypeNode(ts.SyntaxKind.StringKeyword);
const tree = await openapiTS(JSON.parse(await readFile(input, "utf8")), {
  transform: (schema) => (schema.type === "number" ? text : undefined),
});
await writeFile(output, astToString(tree));

// Reads an OpenAPI file with Redocly's linter and makes a client's types of it: prints what is wrong, and the types.
import { pathToFileURL } from "node:url";
import { createConfig, lint } from "@redocly/openapi-core";
import openapiTypescript, { astToString } from "openapi-typescript";

const [path] = process.argv.slice(2);
const config = await createConfig({ extends: ["recommended"], rules: { "operation-4xx-response": "error" } });
const found = (await lint({ ref: path, config })).map(({ ruleId, severity, message, location }) => ({
  ruleId, severity, message, where: location.map(({ pointer }) => pointer),
}));
const types = astToString(await openapiTypescript(pathToFileURL(path)));
process.stdout.write(JSON.stringify({ found, types }));

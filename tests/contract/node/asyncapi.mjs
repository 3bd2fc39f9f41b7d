// Reads an AsyncAPI file with AsyncAPI's own parser: prints what it finds wrong, and the document as it reads it.
import { readFile } from "node:fs/promises";
import { Parser, fromFile } from "@asyncapi/parser";

const [path] = process.argv.slice(2);
const parser = new Parser();
const { document, diagnostics } = await fromFile(parser, path).parse();
const found = diagnostics.map(({ code, severity, message, path: where }) => ({ code, severity, message, where }));
const operations = document?.operations().all().map((one) => ({
  id: one.id(),
  action: one.action(),
  channels: one.channels().all().map((channel) => channel.address()),
  messages: one.messages().all().map((message) => message.name()),
}));
process.stdout.write(JSON.stringify({ found, operations, bytes: (await readFile(path)).length }));

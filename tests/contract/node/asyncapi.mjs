// Reads an AsyncAPI file with AsyncAPI's own parser: prints what it finds wrong, the operations, and the bare document.
import { readFile } from "node:fs/promises";
import { Parser, fromFile } from "@asyncapi/parser";
import { load } from "js-yaml";

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
process.stdout.write(JSON.stringify({ found, operations, written: load(await readFile(path, "utf8")) }));

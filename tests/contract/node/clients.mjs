// Makes types of an AsyncAPI file with AsyncAPI's own generator: prints each one's name and its TypeScript.
import { TypeScriptGenerator } from "@asyncapi/modelina";
import { Parser, fromFile } from "@asyncapi/parser";

const { document } = await fromFile(new Parser(), process.argv[2]).parse();
const models = await new TypeScriptGenerator({ modelType: "interface", enumType: "union" }).generate(document);
process.stdout.write(JSON.stringify(Object.fromEntries(models.map(({ modelName, result }) => [modelName, result]))));

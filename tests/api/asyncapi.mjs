// Prints what the parser behind AsyncAPI's own commands finds in a document, as JSON: nothing is an empty list.
//
//   node asyncapi.mjs FILE
import { readFileSync } from "node:fs";
import { Parser } from "@asyncapi/parser";

const { document, diagnostics } = await new Parser().parse(readFileSync(process.argv[2], "utf-8"));
// 3.0 is what readers know; that there is a later one is no fault.
const faults = diagnostics.filter(({ code }) => code !== "asyncapi-latest-version");
const found = faults.map(({ code, message, path }) => ({ code, message, path: path.join(".") }));
console.log(JSON.stringify(document ? found : [...found, "no document"]));

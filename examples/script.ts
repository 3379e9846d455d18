/** Embeddings of a recording: node script.ts call.wav yamnet */
import { extract } from "orca-embeddings";

const [file = "call.wav", model = "yamnet"] = process.argv.slice(2);
for await (const record of extract(file, model)) {
  if (record.type === "header") console.log(`${record.model}, ${record.weights} weights, ${record.engine}`);
  if (record.type === "window") console.log(record.start, record.utc ?? "", record.embedding.slice(0, 4));
  if (record.type === "summary") for (const { message } of record.findings) console.log(message);
}
